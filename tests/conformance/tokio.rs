//! The suite on tokio.

use steadfast_certified::subjects::{TokioCurrentThread, TokioMultiThread};
use steadfast_conformance::conformance_tests;

conformance_tests!(tokio_multi_thread_1: TokioMultiThread<1>);
conformance_tests!(tokio_multi_thread_4: TokioMultiThread<4>);
conformance_tests!(tokio_current_thread: TokioCurrentThread);
