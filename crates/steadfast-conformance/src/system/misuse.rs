//! placeholder

use steadfast_core::Builder;

crate::suite::cases! {
    system_misuse_tests in system;

    /// placeholder.
    #[case("system/misuse-placeholder", must, laws = [])]
    fn misuse_placeholder<S>(fx: &Fixture<S>) {
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |_n| 7));
        assert_eq!(value, 7);
    }
}
