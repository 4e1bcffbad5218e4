//! A look at who is left.

use steadfast_core::Tree;

/// What a test has to say that ends while `tree`, a nursery's, has anything below it: a line for each. Nothing if it has not.
#[must_use]
pub fn leaks(tree: &Tree) -> Option<String> {
    let drawing = tree.to_string();
    let mut lines = drawing.lines();
    let nursery = lines.next()?;
    let left: Vec<_> = lines.collect();
    (!left.is_empty()).then(|| {
        format!(
            "{} left at the end of {nursery}\n{}",
            left.len(),
            left.join("\n")
        )
    })
}
