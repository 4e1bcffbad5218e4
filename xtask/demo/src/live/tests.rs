//! The tree shows every task of the server, each in its place.

use super::tree;
use crate::cell;
use crate::runtime::Runtime;

#[test]
fn every_task_of_the_server_is_in_the_tree_of_each_runtime() {
    for runtime in Runtime::ALL {
        let tree = cell::watch(move || tree(runtime))
            .expect("the server ends")
            .to_string();
        for part in [
            "nursery `server`",
            "background child `metrics`",
            "child `accept`",
            "child `alice`",
            "nursery `page`",
            "child `text`",
            "child `image`",
            "child `bob`",
            "cleaning up",
            "cancelled: idle",
            "deadline in",
        ] {
            assert!(
                tree.contains(part),
                "no {part} on {}:\n{tree}",
                runtime.name()
            );
        }
    }
}
