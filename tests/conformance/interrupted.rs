//! The system cases, broken off after each of their polls.

use steadfast_certified::subjects::{AsyncStdGlobal, SmolOwned, TokioMultiThread};
use steadfast_conformance::interrupted::{Cancelled, Dropped};
use steadfast_conformance::interrupted_tests;
use steadfast_conformance::simulated::{Random, Simulated};

interrupted_tests!(dropped: Dropped<Simulated<Random>>);
interrupted_tests!(cancelled: Cancelled<Simulated<Random>>);
interrupted_tests!(dropped_on_tokio: Dropped<TokioMultiThread<4>>);
interrupted_tests!(dropped_on_smol: Dropped<SmolOwned<4>>);
interrupted_tests!(dropped_on_async_std: Dropped<AsyncStdGlobal>);
