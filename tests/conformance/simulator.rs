//! The suite on the simulator, in each order of polls.

use steadfast_conformance::conformance_tests;
use steadfast_conformance::simulated::{Fifo, LastWokenFirst, Lifo, Random, RandomOn4, Simulated};

conformance_tests!(fifo: Simulated<Fifo>);
conformance_tests!(lifo: Simulated<Lifo>);
conformance_tests!(last_woken_first: Simulated<LastWokenFirst>);
conformance_tests!(random: Simulated<Random>);
conformance_tests!(random_on_4: Simulated<RandomOn4>);
