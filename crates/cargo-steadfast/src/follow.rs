//! What becomes of a value: from the expression that makes it outwards, to where it is kept, used up or dropped.

use crate::{
    ir::{Arm, Expr, Kind, Method, Pat, Stmt},
    walk::{Around, Place},
};

/// Where a value ends up.
#[derive(Clone, Debug)]
pub(crate) enum Fate<'a> {
    /// Dropped at once: a statement of its own, `let _`, `drop(..)`.
    Discarded,
    Awaited,
    Aborted,
    /// `.detach()` or `.forget()`.
    Detached,
    /// Bound to a name, and what may name it.
    Bound(&'a str, Rest<'a>),
    /// The same, as the part at this position of a tuple.
    BoundWithin(&'a str, usize, Rest<'a>),
    /// One of these: the arms of a `match` take it apart.
    Either(Vec<Self>),
    /// Assigned to this variable, which is declared elsewhere.
    Assigned(&'a str),
    /// Put into a field of a struct; empty if the struct is not known.
    Stored(String, &'a str),
    /// Pushed or inserted into a collection that this expression names.
    Collected(&'a Expr),
    /// An arm of a `select!` owns it.
    Raced,
    /// `timeout(..)` owns it.
    TimedOut,
    /// One of several in a `try_join!` or `try_join_all`, of which the first error drops the others.
    TryJoined,
    Returned,
    /// Given to other code, which is trusted.
    Passed,
}

/// What may name a variable: the statements after its `let`, or the body of an arm.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rest<'a> {
    Stmts(&'a [Stmt]),
    Expr(&'a Expr),
}

impl<'a> Rest<'a> {
    fn of(body: &'a Expr) -> Self {
        match &body.kind {
            Kind::Block(block) => Self::Stmts(&block.stmts),
            _ => Self::Expr(body),
        }
    }

    pub(crate) fn any(self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        match self {
            Self::Stmts(stmts) => stmts.iter().any(|stmt| stmt.any(test)),
            Self::Expr(e) => e.any(test),
        }
    }
}

/// Methods that give back their receiver in another shape.
const SHAPES: &[&str] = &[
    "unwrap",
    "expect",
    "unwrap_or_else",
    "map",
    "map_err",
    "map_ok",
    "fuse",
    "boxed",
    "into",
    "ok",
    "into_future",
    "and_then",
    "context",
    "with_context",
    "instrument",
    "then",
    "collect",
    "chain",
    "into_iter",
    "shared",
    "flatten",
    "inspect",
    "filter_map",
    "rev",
    "enumerate",
    "zip",
    "err_into",
    "or_else",
    "flat_map",
    "take",
    "fallible",
];

/// Those of them that leave the parts of a tuple where they are.
const KEEPS_PARTS: &[&str] = &[
    "unwrap",
    "expect",
    "unwrap_or_else",
    "map_err",
    "ok",
    "context",
    "with_context",
    "err_into",
    "or_else",
];

/// Methods that look at a handle and leave it as it is.
pub(crate) const LOOKS: &[&str] = &[
    "is_finished",
    "id",
    "thread",
    "task",
    "is_some",
    "is_none",
    "is_empty",
    "len",
    "as_ref",
];

/// A part of a tuple.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Component {
    pub(crate) position: usize,
    /// Parts of the tuple.
    pub(crate) of: usize,
}

pub(crate) fn fate<'a>(e: &'a Expr, place: &Place<'a, '_>) -> Fate<'a> {
    follow(e, Vec::new(), place)
}

/// What becomes of a part of the tuple that `e` gives.
pub(crate) fn fate_of_part<'a>(
    e: &'a Expr,
    component: Component,
    place: &Place<'a, '_>,
) -> Fate<'a> {
    follow(e, vec![component], place)
}

/// `within` are the tuples that hold the value, the outermost last.
fn follow<'a>(e: &'a Expr, mut within: Vec<Component>, place: &Place<'a, '_>) -> Fate<'a> {
    let mut current = e;
    for (depth, around) in place.around.iter().enumerate().rev() {
        match around {
            Around::Arm(_) | Around::Handler(..) => {}
            Around::Raced(_) => return Fate::Raced,
            Around::Stmt(block, position) => match &block.stmts[*position] {
                Stmt::Expr(_, true) => return Fate::Discarded,
                Stmt::Expr(_, false) => {
                    let is_tail = position + 1 == block.stmts.len();
                    let outer = depth.checked_sub(1).map(|depth| &place.around[depth]);
                    if outer.is_none() {
                        return Fate::Returned;
                    }
                    if !is_tail {
                        return Fate::Discarded;
                    }
                }
                Stmt::Let(binding) => {
                    let rest = Rest::Stmts(&block.stmts[position + 1..]);
                    return bound(&binding.pat, within, rest);
                }
            },
            Around::Expr(outer) => {
                if let Some(fate) = taken_apart(current, outer, &within, &place.around[..depth]) {
                    return fate;
                }
                let fate = match step_of_part(current, outer, &mut within, place) {
                    Some(fate) => fate,
                    None => step(current, outer, place),
                };
                if let Some(fate) = fate {
                    return fate;
                }
                current = outer;
            }
        }
    }
    Fate::Returned
}

/// What patterns do with `value`: those of a `match`, of an `if let` or of a `while let`.
fn taken_apart<'a>(
    value: &Expr,
    outer: &'a Expr,
    within: &[Component],
    around: &[Around<'a>],
) -> Option<Fate<'a>> {
    let within = within.to_vec();
    match &outer.kind {
        Kind::Let(pat, matched) if matched.span == value.span => {
            let mut around = around.iter().rev();
            let body = around.find_map(|around| match around {
                Around::Expr(Expr { kind, .. }) => match kind {
                    Kind::If(branch) => Some(Some(&branch.then)),
                    Kind::Loop(l) => Some(Some(&l.body)),
                    Kind::Binary(..) => None,
                    _ => Some(None),
                },
                _ => Some(None),
            });
            let body = body.flatten()?;
            if is_failure(pat) {
                return Some(Fate::Discarded);
            }
            Some(bound(pat, within, Rest::Stmts(&body.stmts)))
        }
        Kind::Match(matched, arms) if matched.span == value.span => {
            let arms = arms.iter().filter(|arm| !is_failure(&arm.pat));
            let arms: Vec<_> = arms.collect();
            let takes = |arm: &&&Arm| matches!(arm.pat, Pat::TupleStruct(..) | Pat::Tuple(_));
            let taking = arms.iter().filter(takes).count();
            let fates = arms
                .iter()
                // Beside `Ok(..)`, what is left is the failure.
                .filter(|arm| taking == 0 || takes(arm))
                .map(|arm| bound(&arm.pat, within.clone(), Rest::of(&arm.body)));
            Some(Fate::Either(fates.collect()))
        }
        _ => None,
    }
}

fn is_failure(pat: &Pat) -> bool {
    matches!(pat, Pat::TupleStruct(path, _) if path.last().is_some_and(|last| last == "Err"))
}

fn bound<'a>(pat: &'a Pat, mut within: Vec<Component>, rest: Rest<'a>) -> Fate<'a> {
    match pat {
        Pat::Wild => Fate::Discarded,
        Pat::Bind(name) => match within.as_slice() {
            [] => Fate::Bound(name, rest),
            [component] => Fate::BoundWithin(name, component.position, rest),
            _ => Fate::Passed,
        },
        Pat::TupleStruct(_, inner) => match inner.as_slice() {
            [inner] => bound(inner, within, rest),
            _ => Fate::Passed,
        },
        Pat::Tuple(all) => match within.pop().map(|component| component.of_pattern(all)) {
            Some(Some(pat)) => bound(pat, within, rest),
            // `..`
            Some(None) => Fate::Discarded,
            None => Fate::Passed,
        },
        _ => Fate::Passed,
    }
}

impl Component {
    /// The pattern for this part among those for the tuple; none, if it is left out.
    fn of_pattern(self, all: &[Pat]) -> Option<&Pat> {
        let left_out = all.iter().position(|pat| *pat == Pat::Other);
        if left_out.is_none_or(|left_out| self.position < left_out) {
            return all.get(self.position);
        }
        let from_the_end = self.of - self.position;
        let position = all.len().checked_sub(from_the_end)?;
        all.get(position)
            .filter(|_| left_out.is_some_and(|left_out| left_out < position))
    }
}

/// [`step`] for what tuples hold, where `outer` tells their parts apart.
fn step_of_part<'a>(
    inner: &'a Expr,
    outer: &'a Expr,
    within: &mut Vec<Component>,
    place: &Place<'a, '_>,
) -> Option<Option<Fate<'a>>> {
    match &outer.kind {
        Kind::Tuple(all) => {
            let position = all.iter().position(|part| part.span == inner.span)?;
            let of = all.len();
            within.push(Component { position, of });
        }
        // The tuples are items of a collection.
        Kind::Array(_) | Kind::Macro(..) | Kind::Closure(_) => within.clear(),
        _ if within.is_empty() => {}
        Kind::Field(_, name) => {
            let is_taken = within.pop()?.position.to_string() == *name;
            return Some((!is_taken).then_some(Fate::Discarded));
        }
        Kind::Method(m) if m.receiver.span == inner.span => {
            let name = m.name.as_str();
            let keeps = LOOKS.contains(&name) || KEEPS_PARTS.contains(&name);
            return (!keeps).then_some(Some(Fate::Passed));
        }
        Kind::Assign(target, _) => {
            let mut target = &**target;
            while let (Kind::Tuple(all), Some(component)) = (&target.kind, within.pop()) {
                match all.get(component.position) {
                    Some(part) if all.len() == component.of => target = part,
                    _ => return Some(Some(Fate::Passed)),
                }
            }
            return Some(Some(assigned(target, place)));
        }
        _ => {}
    }
    None
}

/// What `outer` does with `inner`, one of its parts; nothing yet, if its own value holds it.
fn step<'a>(inner: &'a Expr, outer: &'a Expr, place: &Place<'a, '_>) -> Option<Fate<'a>> {
    match &outer.kind {
        Kind::Await(_) => Some(Fate::Awaited),
        Kind::Try(_) | Kind::Unary(_) | Kind::Block(_) | Kind::Tuple(_) | Kind::Array(_) => None,
        Kind::Ref(_) => Some(Fate::Passed),
        Kind::If(branch) => (branch.cond.span == inner.span).then_some(Fate::Passed),
        Kind::Match(scrutinee, _) => (scrutinee.span == inner.span).then_some(Fate::Passed),
        Kind::Method(m) if m.receiver.span == inner.span => of_receiver(m),
        Kind::Method(m) => match m.name.as_str() {
            "push" | "push_back" | "insert" | "push_front" | "extend" | "add" => {
                Some(Fate::Collected(&m.receiver))
            }
            "replace" | "insert_entry" | "get_or_insert" => match &m.receiver.kind {
                Kind::Field(base, name) => Some(Fate::Stored(
                    place.infer(base).deref().path().to_owned(),
                    name,
                )),
                _ => Some(Fate::Passed),
            },
            // The closure's value is an item of what the method gives.
            "map" | "flat_map" | "filter_map" | "and_then" | "then"
                if matches!(inner.kind, Kind::Closure(_) | Kind::Path(_)) =>
            {
                None
            }
            "chain" | "zip" => None,
            _ => Some(Fate::Passed),
        },
        Kind::Call(callee, args) => of_argument(callee, args),
        Kind::Struct(path, fields) => {
            let field = fields.iter().find(|(_, value)| value.span == inner.span);
            let owner = place.cx.resolve(path);
            Some(field.map_or(Fate::Passed, |(name, _)| Fate::Stored(owner, name)))
        }
        Kind::Assign(target, _) => Some(assigned(target, place)),
        Kind::Return(_) => Some(Fate::Returned),
        Kind::Break(..) => Some(Fate::Passed),
        Kind::Closure(_) => None,
        Kind::Async(_) => Some(Fate::Returned),
        Kind::Loop(_) => Some(Fate::Discarded),
        Kind::Join(true, all) if all.len() > 1 => Some(Fate::TryJoined),
        Kind::Join(..) => Some(Fate::Awaited),
        Kind::Macro(path, _) => match path.last().map(String::as_str) {
            Some("vec" | "pin" | "ready") => None,
            _ => Some(Fate::Passed),
        },
        _ => Some(Fate::Passed),
    }
}

fn of_receiver<'a>(m: &Method) -> Option<Fate<'a>> {
    let drops = |e: &Expr| matches!(&e.kind, Kind::Path(path) if path.last().is_some_and(|last| last == "drop"));
    match m.name.as_str() {
        "for_each" if m.args.iter().any(drops) => Some(Fate::Discarded),
        "abort" | "cancel" => Some(Fate::Aborted),
        "detach" | "forget" => Some(Fate::Detached),
        // The handle that can only abort is what is kept.
        "abort_handle" => Some(Fate::Passed),
        name if LOOKS.contains(&name) => Some(Fate::Discarded),
        name if SHAPES.contains(&name) => None,
        _ => Some(Fate::Passed),
    }
}

fn of_argument<'a>(callee: &Expr, args: &[Expr]) -> Option<Fate<'a>> {
    let Kind::Path(path) = &callee.kind else {
        return Some(Fate::Passed);
    };
    let last = path.last().map_or("", String::as_str);
    match last {
        "drop" | "forget" if args.len() == 1 => Some(Fate::Discarded),
        "Some" | "Ok" | "join_all" | "flatten" => None,
        "try_join_all" => Some(Fate::TryJoined),
        "timeout" | "timeout_at" => Some(Fate::TimedOut),
        "new" | "pin" | "from" => {
            let owner = path.iter().rev().nth(1).map_or("", String::as_str);
            match owner {
                "Box" | "Some" => None,
                _ => Some(Fate::Passed),
            }
        }
        _ => Some(Fate::Passed),
    }
}

fn assigned<'a>(target: &'a Expr, place: &Place<'a, '_>) -> Fate<'a> {
    match &target.kind {
        Kind::Path(path) if path.len() == 1 && path[0] == "_" => Fate::Discarded,
        Kind::Path(path) if path.len() == 1 => Fate::Assigned(&path[0]),
        Kind::Field(base, name) => Fate::Stored(place.infer(base).deref().path().to_owned(), name),
        Kind::Unary(inner) => assigned(inner, place),
        Kind::Opaque => Fate::Discarded,
        _ => Fate::Passed,
    }
}
