//! Every statement and every `let` of a body, closures and futures inside of it included.

use crate::ir::{Block, Expr, Part, Pat, Stmt};

pub(crate) fn each<'a>(block: &'a Block, f: &mut dyn FnMut(&'a Pat, Option<&'a Expr>)) {
    each_stmt(block, &mut |stmt| {
        if let Stmt::Let(binding) = stmt {
            f(&binding.pat, binding.init.as_ref());
        }
    });
}

pub(crate) fn each_stmt<'a>(block: &'a Block, f: &mut dyn FnMut(&'a Stmt)) {
    for stmt in &block.stmts {
        f(stmt);
        stmt.exprs().for_each(|e| inside(e, f));
    }
}

fn inside<'a>(e: &'a Expr, f: &mut dyn FnMut(&'a Stmt)) {
    e.parts(&mut |part| match part {
        Part::Expr(e) => inside(e, f),
        Part::Block(b) => each_stmt(b, f),
    });
}
