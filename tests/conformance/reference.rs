//! The suite on its own reference runtime, which passes every case.

use steadfast_conformance::conformance_tests;
use steadfast_conformance::reference::Reference;

conformance_tests!(reference: Reference);
