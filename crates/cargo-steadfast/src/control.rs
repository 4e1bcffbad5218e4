//! Where control goes after an expression.

use crate::ir::{Block, Expr, Kind, Stmt};

/// Whether the expression never gives a value to what follows in the same loop: it returns, breaks, or panics on every path.
pub(crate) fn leaves(e: &Expr) -> bool {
    match &e.kind {
        Kind::Return(_) | Kind::Break(..) => true,
        Kind::Block(block) => block_leaves(block),
        Kind::If(branch) => {
            block_leaves(&branch.then) && branch.otherwise.as_ref().is_some_and(leaves)
        }
        Kind::Match(_, arms) => !arms.is_empty() && arms.iter().all(|arm| leaves(&arm.body)),
        Kind::Macro(path, _) => {
            let last = path.last().map_or("", String::as_str);
            matches!(
                last,
                "panic" | "bail" | "unreachable" | concat!("to", "do") | "error_exit"
            )
        }
        Kind::Call(callee, _) => matches!(
            crate::spawns::name_of(callee).as_str(),
            "exit" | "abort" | "panic_any"
        ),
        // `return` inside of a value leaves before the value is used.
        Kind::Try(inner) | Kind::Await(inner) => leaves(inner) || is_error(inner),
        _ => false,
    }
}

/// `Err(..)?`
fn is_error(e: &Expr) -> bool {
    matches!(&e.kind, Kind::Call(callee, _) if crate::spawns::name_of(callee) == "Err")
}

pub(crate) fn block_leaves(block: &Block) -> bool {
    block.stmts.iter().any(|stmt| match stmt {
        Stmt::Expr(e, _) => leaves(e),
        Stmt::Let(binding) => binding.init.as_ref().is_some_and(leaves),
    })
}
