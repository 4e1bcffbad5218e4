//! Which mentions of a field leave what is in it to itself: they look at it, or put something in.

use crate::{
    bindings,
    follow::LOOKS,
    ir::{Block, Expr, Kind, Pat, Span, Stmt},
};
use std::collections::HashSet;

/// The fields, by where they are mentioned, that a body only looks at or puts something into.
pub(crate) fn looked_at(body: &Block) -> HashSet<Span> {
    let mut found = HashSet::new();
    body.any(&mut |e| {
        match &e.kind {
            Kind::Assign(target, value) => {
                if let Kind::Field(_, name) = &target.kind {
                    let is_itself = matches!(&value.kind, Kind::Field(_, of) if of == name);
                    found.extend((!is_itself).then_some(target.span));
                }
            }
            Kind::Method(m) if m.name != "as_ref" && (looks(e) || puts_in(&m.name)) => {
                found.extend(accessed(&m.receiver).map(|field| field.span));
            }
            _ => {}
        }
        false
    });
    bindings::each_stmt(body, &mut |stmt| {
        if let Some(Kind::Method(m)) = stmt.discarded().map(|e| &e.kind) {
            if gives_back(&m.name) {
                found.extend(accessed(&m.receiver).map(|field| field.span));
            }
        }
        if let Stmt::Let(binding) = stmt {
            if let (Pat::Bind(name), Some(init)) = (&binding.pat, &binding.init) {
                let is_way = !matches!(init.kind, Kind::Field(..));
                let field = accessed(init).filter(|_| is_way && !is_used_up(body, name));
                found.extend(field.map(|field| field.span));
            }
        }
    });
    found
}

/// The field that this reaches, through locks and references.
pub(crate) fn accessed(e: &Expr) -> Option<&Expr> {
    match &e.kind {
        Kind::Field(..) => Some(e),
        Kind::Await(inner) | Kind::Try(inner) | Kind::Ref(inner) | Kind::Unary(inner) => {
            accessed(inner)
        }
        Kind::Method(m) => matches!(
            m.name.as_str(),
            "lock"
                | "write"
                | "read"
                | "borrow"
                | "borrow_mut"
                | "get_mut"
                | "as_mut"
                | "unwrap"
                | "expect"
                | "unwrap_or_else"
        )
        .then(|| accessed(&m.receiver))
        .flatten(),
        _ => None,
    }
}

/// Whether a body names a variable, a collection of handles, other than to look at it or to put something in.
pub(crate) fn is_used_up(body: &Block, name: &str) -> bool {
    let mut renamed = false;
    bindings::each(body, &mut |_, init| {
        renamed |= init.is_some_and(|init| init.peeled().as_variable() == Some(name));
    });
    renamed || tail_is(&body.stmts, name) || body.any(&mut |e| uses_up(e, name))
}

fn uses_up(e: &Expr, name: &str) -> bool {
    let is_it = |e: &Expr| e.peeled().as_variable() == Some(name);
    match &e.kind {
        Kind::Method(m) => {
            is_it(&m.receiver) && !looks(e) && !puts_in(&m.name) && m.name != "insert"
                || m.args.iter().any(is_it)
        }
        Kind::Call(_, args) => args.iter().any(is_it),
        Kind::Struct(_, fields) => fields.iter().any(|(_, value)| is_it(value)),
        Kind::Tuple(all) | Kind::Array(all) | Kind::Macro(_, all) => all.iter().any(is_it),
        Kind::Return(Some(value)) | Kind::Await(value) => is_it(value),
        Kind::Index(base, _) | Kind::Let(_, base) => is_it(base),
        Kind::Match(base, arms) => {
            is_it(base) || arms.iter().any(|arm| arm.body.as_variable() == Some(name))
        }
        Kind::If(branch) => tail_is(&branch.then.stmts, name),
        Kind::Assign(_, value) => is_it(value),
        Kind::Loop(l) => match &l.head {
            crate::ir::Head::For(_, iter) => is_it(iter),
            _ => false,
        },
        Kind::Closure(closure) => is_it(&closure.body),
        Kind::Block(block) | Kind::Async(block) => tail_is(&block.stmts, name),
        _ => false,
    }
}

fn tail_is(stmts: &[Stmt], name: &str) -> bool {
    matches!(stmts.last(), Some(Stmt::Expr(tail, false)) if tail.as_variable() == Some(name))
}

/// Whether this method looks at its receiver, or takes out what has ended.
fn looks(e: &Expr) -> bool {
    let Kind::Method(m) = &e.kind else {
        return false;
    };
    let asks = |e: &Expr| matches!(&e.kind, Kind::Method(m) if m.name == "is_finished");
    match m.name.as_str() {
        "contains_key" => true,
        "retain" => m.args.iter().any(|arg| arg.any(&mut |e| asks(e))),
        name => LOOKS.contains(&name),
    }
}

fn puts_in(method: &str) -> bool {
    matches!(
        method,
        "push" | "push_back" | "push_front" | "extend" | "reserve"
    )
}

/// Methods whose result, the handle that was there, may be dropped with it.
fn gives_back(method: &str) -> bool {
    matches!(
        method,
        "insert" | "replace" | "remove" | "clear" | "take" | "pop"
    )
}
