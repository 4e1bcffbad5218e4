//! What a body takes out of something that stays, without an await, and still holds when it awaits.

use crate::{
    ir::{Block, Expr, Head, Kind, Part, Stmt},
    spawns::name_of,
    waits,
};

/// What is lost if a body is dropped at such an await; `stays` tells of a variable whether it outlives the body's future.
pub(crate) fn lost(body: &Block, stays: &dyn Fn(&str) -> bool) -> Option<String> {
    let search = Search { stays };
    let (took, at) = search.block(body)?;
    Some(format!(
        "what `{took}` took is lost when it is dropped at {at}"
    ))
}

/// What took something, and what is awaited while it is held.
type Found = Option<(String, String)>;

struct Search<'s> {
    stays: &'s dyn Fn(&str) -> bool,
}

impl Search<'_> {
    fn block(&self, block: &Block) -> Found {
        block
            .stmts
            .iter()
            .enumerate()
            .find_map(|(position, stmt)| match stmt {
                Stmt::Expr(e, _) => self.expr(e),
                Stmt::Let(binding) => {
                    let init = binding.init.as_ref()?;
                    let rest = &block.stmts[position + 1..];
                    let held = || {
                        let took = self.takes(init)?;
                        let names = binding.pat.names();
                        let at = rest.iter().find_map(|stmt| awaited(stmt, &names))?;
                        Some((took, at))
                    };
                    self.expr(init).or_else(held)
                }
            })
    }

    fn expr(&self, e: &Expr) -> Found {
        let here = match &e.kind {
            // What these hold is not taken before they are polled or called.
            Kind::Async(_) | Kind::Closure(_) => return None,
            Kind::Await(inner) => self.given(inner).map(|took| (took, called(inner))),
            Kind::If(branch) => self.in_pattern(&branch.cond, &branch.then),
            Kind::Loop(l) => match &l.head {
                Head::While(cond) => self.in_pattern(cond, &l.body),
                Head::For(_, items) => {
                    let took = self.takes(items);
                    took.and_then(|took| Some((took, first_await(&l.body)?)))
                }
                Head::Loop => None,
            },
            _ => None,
        };
        here.or_else(|| {
            let mut found = None;
            e.parts(&mut |part| {
                found = found.take().or_else(|| match part {
                    Part::Expr(e) => self.expr(e),
                    Part::Block(block) => self.block(block),
                });
            });
            found
        })
    }

    /// `if let Some(item) = queue.pop_front() { .. }`
    fn in_pattern(&self, cond: &Expr, body: &Block) -> Found {
        let Kind::Let(pat, value) = &cond.kind else {
            return None;
        };
        let took = self.takes(value)?;
        let names = pat.names();
        let at = body.stmts.iter().find_map(|stmt| awaited(stmt, &names))?;
        Some((took, at))
    }

    /// The same in a part of what is awaited. A call that is awaited itself takes when it ends.
    fn given(&self, awaited: &Expr) -> Option<String> {
        let parts: Vec<&Expr> = match &awaited.kind {
            Kind::Method(m) => std::iter::once(&m.receiver).chain(&m.args).collect(),
            Kind::Call(callee, args) if name_of(callee).starts_with("timeout") => {
                return args.last().and_then(|limited| self.given(limited));
            }
            Kind::Call(_, args) => args.iter().collect(),
            Kind::Unary(inner) | Kind::Ref(inner) => return self.given(inner),
            _ => return self.takes(awaited),
        };
        parts.into_iter().find_map(|part| self.takes(part))
    }

    /// The call in `e` that takes something out of what stays, if its result is in that of `e`.
    fn takes(&self, e: &Expr) -> Option<String> {
        let of_what_stays = |e: &Expr| waits::root(e).is_some_and(|root| (self.stays)(&root));
        match &e.kind {
            Kind::Method(m) if TAKES.contains(&m.name.as_str()) && of_what_stays(&m.receiver) => {
                Some(m.name.clone())
            }
            Kind::Method(m) => {
                let mut parts = std::iter::once(&m.receiver).chain(&m.args);
                parts.find_map(|part| self.takes(part))
            }
            Kind::Call(callee, args) => match args.as_slice() {
                [from] if name_of(callee) == "take" => {
                    let is_lent = matches!(from.kind, Kind::Ref(_)) && of_what_stays(from);
                    is_lent.then(|| "take".to_owned())
                }
                // A type of its own may put back what it has when it is dropped.
                _ if is_guard(callee) => None,
                args => args.iter().find_map(|arg| self.takes(arg)),
            },
            Kind::Try(inner) | Kind::Unary(inner) | Kind::Ref(inner) => self.takes(inner),
            _ => None,
        }
    }
}

/// Whether this makes a value of a type, by its name or by a function of it, that is not known to leave alone what it is given.
fn is_guard(callee: &Expr) -> bool {
    let Kind::Path(path) = &callee.kind else {
        return false;
    };
    let is_type = |name: &&String| name.starts_with(char::is_uppercase);
    let mut names = path.iter().rev().take(2);
    names
        .find(is_type)
        .is_some_and(|name| !PLAIN.contains(&name.as_str()))
}

/// Types and variants that do nothing when they are dropped but to drop what they hold.
const PLAIN: &[&str] = &[
    "Some", "Ok", "Box", "Vec", "VecDeque", "Arc", "Rc", "Pin", "Bytes", "String",
];

/// Methods that take out, and give, what is in a collection.
const TAKES: &[&str] = &[
    "pop_front",
    "pop_back",
    "pop_first",
    "pop_last",
    "drain",
    "split_to",
];

/// What a statement awaits that one of these names is part of.
fn awaited(stmt: &Stmt, names: &[&str]) -> Option<String> {
    let holds = |inner: &Expr| names.iter().any(|name| inner.mentions(name));
    let found = stmt.find_own(&mut |e| matches!(&e.kind, Kind::Await(inner) if holds(inner)));
    found.map(called)
}

fn first_await(block: &Block) -> Option<String> {
    let found = block.find_own(&mut |e| matches!(e.kind, Kind::Await(_)));
    found.map(called)
}

/// What is awaited, by its name.
fn called(awaited: &Expr) -> String {
    format!("`{}`", name_of(awaited))
}
