//! The suite on smol: executors of its own, and the one of the process.

use steadfast_certified::subjects::{SmolGlobal, SmolOwned};
use steadfast_conformance::conformance_tests;

conformance_tests!(smol_1: SmolOwned<1>);
conformance_tests!(smol_4: SmolOwned<4>);
conformance_tests!(smol_global: SmolGlobal);
