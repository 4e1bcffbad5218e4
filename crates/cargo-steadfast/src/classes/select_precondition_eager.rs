//! `, if ..` that comes too late.

use super::{Class, Finding};
use crate::{
    ir::{Block, Expr, Flavour, Kind, Part, Pat, Stmt},
    known, spawns, waits,
    walk::Place,
};

pub(super) const EXPLANATION: &str = "\
`tokio::select!` evaluates the expression of every branch, also of one whose `if` is false: it only does not poll it. An
`unwrap` of the very option that the `if` asks about panics, and a call that takes, sends or starts something does so.

Instead: make the expression lazy or harmless.

    job = async { job.as_mut().unwrap().await }, if job.is_some() => ..      // evaluated when it is polled
    job = OptionFuture::from(job.as_mut()), if job.is_some() => ..

With steadfast, make the arm of `merge!` a flow that is empty.";

const INSTEAD: &str = "move the expression into an `async` block, which is evaluated when it is polled, or use a form that does nothing when there is nothing (`OptionFuture`)";

pub(super) fn check<'a>(e: &'a Expr, place: &Place<'a, '_>, out: &mut Vec<Finding>) {
    let Kind::Select(select) = &e.kind else {
        return;
    };
    if select.flavour != Flavour::Tokio {
        return;
    }
    for arm in &select.arms {
        let Some(cond) = &arm.cond else {
            continue;
        };
        let mut search = Search {
            cond,
            future: &arm.future,
            place,
            made: Vec::new(),
        };
        let Some((at, what)) = search.expr(&arm.future) else {
            continue;
        };
        let message = format!("this is evaluated even if `if` is false: it {what}");
        let finding = place.finding(
            Class::SelectPreconditionEager,
            arm.future.span,
            message,
            INSTEAD,
        );
        let finding = finding.label(at.span, what);
        out.push(finding.label(
            cond.span,
            "a false condition keeps the branch from being polled, not from being evaluated",
        ));
    }
}

/// Looks for the part that panics or acts when the branch is only evaluated.
struct Search<'a, 'p, 'b> {
    cond: &'a Expr,
    /// The whole expression: it gives a future, which does nothing yet.
    future: &'a Expr,
    place: &'p Place<'a, 'b>,
    /// Names of values that the branch has made for itself.
    made: Vec<&'a str>,
}

type Found<'a> = Option<(&'a Expr, &'static str)>;

impl<'a> Search<'a, '_, '_> {
    fn expr(&mut self, e: &'a Expr) -> Found<'a> {
        if let Some(what) = self.acts(e) {
            return Some((e, what));
        }
        match &e.kind {
            Kind::Async(_) | Kind::Closure(_) => None,
            Kind::Block(block) => self.block(block),
            // What asks for itself is not taken by surprise.
            Kind::If(branch) if relates(&branch.cond, self.cond) => self.expr(&branch.cond),
            Kind::Match(scrutinee, _) if relates(scrutinee, self.cond) => self.expr(scrutinee),
            _ => {
                match &e.kind {
                    Kind::Let(pat, value) => self.bind(pat, Some(value)),
                    Kind::Match(value, arms) => {
                        arms.iter().for_each(|arm| self.bind(&arm.pat, Some(value)));
                    }
                    _ => {}
                }
                let mut found = None;
                e.parts(&mut |part| {
                    found = found.or_else(|| match part {
                        Part::Expr(part) => self.expr(part),
                        Part::Block(block) => self.block(block),
                    });
                });
                found
            }
        }
    }

    fn acts(&self, e: &Expr) -> Option<&'static str> {
        match &e.kind {
            Kind::Method(m) => match m.name.as_str() {
                "unwrap" | "expect" if m.args.len() <= 1 && !is_infallible(&m.receiver) => {
                    Some("panics")
                }
                "spawn" | "spawn_local" | "spawn_blocking" => Some("starts a task"),
                _ if self.is_own(&m.receiver) => None,
                "take" if m.args.is_empty() => Some("takes the value out, and drops it"),
                "pop" | "pop_front" | "pop_back" | "try_recv" if m.args.is_empty() => {
                    Some("takes a value out")
                }
                "remove" | "swap_remove" | "drain" | "split_to" | "split_off" | "pop_first"
                | "pop_last"
                    if e.span != self.future.span =>
                {
                    Some("takes a value out")
                }
                "fetch_add" | "fetch_sub" | "push" | "insert" | "push_back" => {
                    Some("changes state")
                }
                _ => None,
            },
            Kind::Index(base, index) if relates(base, self.cond) || relates(index, self.cond) => {
                Some("panics if there is no such element")
            }
            Kind::Binary("-", _, passed) if is_elapsed(passed) && relates(e, self.cond) => {
                Some("panics once more time than that has passed")
            }
            Kind::Call(callee, args) => match &callee.kind {
                Kind::Path(path)
                    if self.place.cx.resolve(path).ends_with("mem::take")
                        && args.iter().any(|arg| !self.is_own(arg)) =>
                {
                    Some("takes the value out, and drops it")
                }
                Kind::Path(path) if known::spawner(&self.place.cx.resolve(path)).is_some() => {
                    Some("starts a task")
                }
                _ => None,
            },
            Kind::Macro(path, _)
                if path
                    .last()
                    .is_some_and(|p| matches!(p.as_str(), "panic" | "unreachable")) =>
            {
                Some("panics")
            }
            Kind::Assign(target, _)
                if waits::root(target).is_some_and(|root| root != "_" && !self.has_made(&root)) =>
            {
                Some("changes state")
            }
            _ => None,
        }
    }

    fn block(&mut self, block: &'a Block) -> Found<'a> {
        let outer = self.made.len();
        let found = block.stmts.iter().find_map(|stmt| self.stmt(stmt));
        self.made.truncate(outer);
        found
    }

    fn stmt(&mut self, stmt: &'a Stmt) -> Found<'a> {
        match stmt {
            Stmt::Expr(e, discards) => {
                let found = self.expr(e);
                found.or_else(|| {
                    (*discards && self.is_for_its_effect(e)).then_some((e, "changes state"))
                })
            }
            Stmt::Let(binding) => {
                let parts = binding.init.iter().chain(&binding.otherwise);
                let found = parts.into_iter().find_map(|e| self.expr(e));
                self.bind(&binding.pat, binding.init.as_ref());
                found
            }
        }
    }

    /// Whether `e`, whose value nobody wants, is a call on something that stays.
    fn is_for_its_effect(&self, e: &Expr) -> bool {
        match &e.kind {
            Kind::Method(m) => !self.is_own(&m.receiver),
            Kind::Await(inner) | Kind::Try(inner) => self.is_for_its_effect(inner),
            _ => false,
        }
    }

    /// Whether `e` is a part of something that the branch has made.
    fn is_own(&self, e: &Expr) -> bool {
        waits::root(e).is_some_and(|root| self.has_made(&root))
    }

    fn has_made(&self, name: &str) -> bool {
        self.made.contains(&name)
    }

    /// Takes the names of `pat` down, which takes `value` apart.
    fn bind(&mut self, pat: &'a Pat, value: Option<&Expr>) {
        if value.is_none_or(|value| !self.lends(value)) {
            self.made.extend(pat.names());
        }
    }

    /// Whether the value of `e` is a way to something that the branch has not made.
    fn lends(&self, e: &Expr) -> bool {
        match &e.kind {
            Kind::Ref(inner) => !self.is_own(inner),
            Kind::Try(inner) | Kind::Await(inner) => self.lends(inner),
            Kind::Method(m) => match m.name.as_str() {
                "unwrap" | "expect" => self.lends(&m.receiver),
                "lock" | "write" | "entry" => !self.is_own(&m.receiver),
                name => name.ends_with("_mut") && !self.is_own(&m.receiver),
            },
            _ => false,
        }
    }
}

/// A `Duration`: unlike what is left until an `Instant`, it cannot be less than nothing.
fn is_elapsed(e: &Expr) -> bool {
    matches!(&e.kind, Kind::Method(m) if m.name == "elapsed")
}

/// A lock fails only if a holder panicked, and parsing a literal does not fail at all.
fn is_infallible(receiver: &Expr) -> bool {
    match &receiver.kind {
        Kind::Method(m) => matches!(
            m.name.as_str(),
            "lock" | "read" | "write" | "try_into" | "parse"
        ),
        Kind::Call(callee, _) => {
            let name = spawns::name_of(callee);
            matches!(name.as_str(), "new" | "signal" | "try_from" | "ctrl_c")
        }
        _ => false,
    }
}

/// Whether both speak of the same variable or field.
fn relates(a: &Expr, cond: &Expr) -> bool {
    a.any(&mut |e| match &e.kind {
        Kind::Path(path) if path.len() == 1 && path[0] != "self" => cond.mentions(&path[0]),
        Kind::Field(_, name) => {
            cond.any(&mut |c| matches!(&c.kind, Kind::Field(_, other) if other == name))
        }
        _ => false,
    })
}
