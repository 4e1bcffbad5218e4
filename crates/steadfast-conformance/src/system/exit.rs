//! The exit: who is waited for, and when the call returns.

use steadfast_core::Builder;

crate::suite::cases! {
    system_exit_tests in system;

    /// An empty nursery returns the value of its body.
    #[case("system/exit-of-empty-nursery-gives-value", must, laws = [4, 10])]
    fn exit_of_empty_nursery_gives_value<S>(fx: &Fixture<S>) {
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |_n| 7));
        assert_eq!(value, 7);
    }
}
