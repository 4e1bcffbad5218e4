//! Loom: the races of the core, in every interleaving. The models, and what they leave out, are in `steadfast_core::models`.

use crate::{report::Section, shell::cargo};

pub(super) const COVERS: &str = "\
The nursery itself on a runtime of Loom's threads, in every interleaving with up to two or three preemptions (two models: one):
spawn against close and against the end of the last child; the last child against the wait for it; a request against the end of
work, against a wait, against a mere look, against a scope that is born, against another request; the end of a grace against a task
that goes to sleep and against a scope that is born; a deadline that is set against who waits for it; the drop of a nursery against
the ends of its children; adoption against the end of the parent, against the close of the nursery around and against a scope that
goes to sleep; a value against the wait on its handle and the drop of it; the queue of clean-ups against the end of
who takes them; a guest, which somebody else polls, that comes or goes, against the end of the nursery, of the one around and of
the root, against a request and the end of its grace; wakes from elsewhere against a scope that goes to sleep or is gone; tasks that
come for the same children, and that rest until there are more; a look at who is there against a seat that changes hands. A lost wake
shows as a deadlock, an order that is not kept as a deed that was not seen.
Quick and full are the same.
Planted and found, each by the models that are listed with it in `models::killers`: wakes that are lost (of a last child, of a
request, by an exit and by an end of grace that look first), a count that is taken too early, an adoption that is forgotten, a
clean-up that runs twice or never, and four orders that are weakened: of the count, of a request, of a refusal, of a second wake.
Not covered: more preemptions, more than five threads, std's own counts of `Arc`, time.";

/// Optimised: the search is thousands of runs of each model.
const MODELS: &str =
    "test --package steadfast-core --features __faults --release --lib --target-dir";

pub(super) fn run(section: &mut Section) {
    let models = cargo(MODELS).args([&super::target("loom"), "--", "models"]);
    section.run_tests(models.env("RUSTFLAGS", "--cfg steadfast_loom"));
}
