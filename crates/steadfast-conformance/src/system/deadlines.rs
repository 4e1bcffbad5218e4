//! placeholder

use steadfast_core::Builder;

crate::suite::cases! {
    system_deadlines_tests in system;

    /// placeholder.
    #[case("system/deadlines-placeholder", must, laws = [])]
    fn deadlines_placeholder<S>(fx: &Fixture<S>) {
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |_n| 7));
        assert_eq!(value, 7);
    }
}
