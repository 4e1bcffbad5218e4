//! The suite on async-std.

use steadfast_conformance::conformance_tests;
use steadfast_tests::subjects::AsyncStdGlobal;

conformance_tests!(async_std: AsyncStdGlobal);
