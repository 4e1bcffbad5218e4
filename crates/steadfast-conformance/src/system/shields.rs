//! Shields: what they keep out, what they let through, and that they never replace a result.

mod inside;
mod nurseries;

crate::suite::layer! {
    system_shields_tests;
    inside system_shields_inside_tests,
    nurseries system_shields_nurseries_tests,
}
