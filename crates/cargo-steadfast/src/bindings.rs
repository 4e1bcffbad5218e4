//! Every `let` of a body, closures and futures inside of it included.

use crate::ir::{Block, Expr, Part, Pat, Stmt};

pub(crate) fn each<'a>(block: &'a Block, f: &mut dyn FnMut(&'a Pat, Option<&'a Expr>)) {
    for stmt in &block.stmts {
        match stmt {
            Stmt::Expr(e, _) => inside(e, f),
            Stmt::Let(binding) => {
                f(&binding.pat, binding.init.as_ref());
                binding
                    .init
                    .iter()
                    .chain(&binding.otherwise)
                    .for_each(|e| inside(e, f));
            }
        }
    }
}

fn inside<'a>(e: &'a Expr, f: &mut dyn FnMut(&'a Pat, Option<&'a Expr>)) {
    e.parts(&mut |part| match part {
        Part::Expr(e) => inside(e, f),
        Part::Block(b) => each(b, f),
    });
}
