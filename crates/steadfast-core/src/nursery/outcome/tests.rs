use super::{End, Failures};
use crate::unwind;

/// A nursery that ends without a value and without a failure cannot be. If it is all the same, the caller learns of a fault in
/// this crate, by a panic that says so, and of no error or panic of the user's.
#[test]
fn broken_invariant_is_no_error_of_the_user() {
    let returned = unwind::catch(|| Failures::<&str>::new().conclude(None::<()>, None, false));
    let payload = returned.err().expect("nothing can be returned");
    assert!(unwind::message(&*payload).starts_with("internal error"));
    let plain = unwind::catch(|| Failures::<&str>::new().conclude_plain(None::<()>));
    let payload = plain.expect_err("nothing can be returned");
    assert!(unwind::message(&*payload).starts_with("internal error"));
    let sound = Failures::<&str>::new().conclude(Some(7), None, false);
    assert!(matches!(sound, End::Value(7)));
}
