//! placeholder

use steadfast_core::Builder;

crate::suite::cases! {
    system_cancel_tests in system;

    /// placeholder.
    #[case("system/cancel-placeholder", must, laws = [])]
    fn cancel_placeholder<S>(fx: &Fixture<S>) {
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |_n| 7));
        assert_eq!(value, 7);
    }
}
