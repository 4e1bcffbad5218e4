//! The suite on async-std.

use steadfast_certified::subjects::AsyncStdGlobal;
use steadfast_conformance::conformance_tests;

conformance_tests!(async_std: AsyncStdGlobal);
