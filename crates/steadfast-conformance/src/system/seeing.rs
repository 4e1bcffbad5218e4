//! placeholder

use steadfast_core::Builder;

crate::suite::cases! {
    system_seeing_tests in system;

    /// placeholder.
    #[case("system/seeing-placeholder", must, laws = [])]
    fn seeing_placeholder<S>(fx: &Fixture<S>) {
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |_n| 7));
        assert_eq!(value, 7);
    }
}
