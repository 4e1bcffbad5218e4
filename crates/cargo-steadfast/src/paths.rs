//! The paths through a body, as seen by one variable: where it is used up, and where control leaves while it is not.

use crate::{
    follow::{LOOKS, Rest},
    ir::{Block, Expr, Head, Kind, Part, Pat, Span, Stmt},
};

/// A variable's state at some place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not used up yet.
    Live,
    Used,
    /// Control does not come here.
    Dead,
}

impl State {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Dead, state) | (state, Self::Dead) => state,
            (Self::Live, _) | (_, Self::Live) => Self::Live,
            (Self::Used, Self::Used) => Self::Used,
        }
    }
}

/// A way on which a variable is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Leak {
    pub(crate) at: Span,
    pub(crate) how: Leaves,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// The scope ends.
    End,
    /// `?`, `return`, `break` or `continue`.
    Early,
    /// Another arm of a `select!` wins.
    LosesRace,
    /// A timeout fires.
    TimesOut,
    /// Another value takes its place.
    Overwritten,
    /// Another one in the same `try_join!` fails, or ends first.
    Beside,
    /// `?` or `return` in a loop over it, which drops what has not had its turn.
    Rest,
}

/// Where `name`, or the part of it at the given position, is dropped without having been used up, when control runs through `rest`, its
/// scope.
pub(crate) fn leaks(name: &str, part: Option<usize>, rest: Rest<'_>) -> Vec<Leak> {
    let mut paths = Paths {
        name,
        part: part.map(|part| part.to_string()),
        leaks: Vec::new(),
        loops: Vec::new(),
    };
    let (state, at) = match rest {
        Rest::Stmts(stmts) => {
            let at = stmts.last().map(Stmt::span).unwrap_or_default();
            (paths.stmts(stmts, State::Live), at)
        }
        Rest::Expr(e) => (paths.value(e, State::Live), e.span),
    };
    if state == State::Live {
        paths.leak(at, Leaves::End);
    }
    paths.leaks
}

/// Where this expression, which takes the collection `name` apart, may drop what is left of it.
pub(crate) fn leak_of_rest(e: &Expr, name: &str) -> Option<Leak> {
    let is_it = |e: &Expr| e.peeled().as_variable() == Some(name);
    match &e.kind {
        Kind::Loop(l) => match &l.head {
            Head::For(_, items) if is_it(items_of(items)) => {
                let awaits = l.body.any(&mut |e| matches!(e.kind, Kind::Await(_)));
                let named = l.body.any(&mut |e| is_it(e));
                let at = way_out(&l.body).filter(|_| awaits && !named)?;
                let how = Leaves::Rest;
                Some(Leak { at, how })
            }
            _ => None,
        },
        Kind::Call(callee, args) if args.iter().any(is_it) => {
            let how = Leaves::Beside;
            let tries = crate::spawns::name_of(callee) == "try_join_all";
            tries.then_some(Leak { at: e.span, how })
        }
        _ => None,
    }
}

/// The collection that a `for` goes through.
fn items_of(e: &Expr) -> &Expr {
    match &e.kind {
        Kind::Method(m)
            if matches!(
                m.name.as_str(),
                "into_iter" | "iter_mut" | "drain" | "enumerate" | "rev" | "into_values"
            ) =>
        {
            items_of(&m.receiver)
        }
        _ => e,
    }
}

/// The first `?` or `return` of a body itself.
fn way_out(block: &Block) -> Option<Span> {
    let mut leaves = |e: &Expr| matches!(e.kind, Kind::Try(_) | Kind::Return(_));
    block.find_own(&mut leaves).map(|e| e.span)
}

struct Paths<'n> {
    name: &'n str,
    /// The field of it that counts, if it is not the whole.
    part: Option<String>,
    leaks: Vec<Leak>,
    /// For each loop around, its label and the state at its breaks.
    loops: Vec<(Option<String>, State)>,
}

impl Paths<'_> {
    fn stmts(&mut self, stmts: &[Stmt], mut state: State) -> State {
        for stmt in stmts {
            state = match stmt {
                Stmt::Expr(e, _) => self.expr(e, state),
                Stmt::Let(binding) => {
                    let mut after = state;
                    if let Some(init) = &binding.init {
                        if state == State::Live && self.is_first_of_all(&binding.pat, init) {
                            self.leak(init.span, Leaves::Beside);
                        }
                        after = self.value(init, state);
                    }
                    if let Some(otherwise) = &binding.otherwise {
                        self.expr(otherwise, after);
                    }
                    after
                }
            };
        }
        state
    }

    /// `let (first, _, _) = select_all(tasks).await`
    fn is_first_of_all(&self, pat: &Pat, init: &Expr) -> bool {
        let drops_rest =
            matches!(pat, Pat::Tuple(parts) if matches!(parts.as_slice(), [_, _, Pat::Wild]));
        drops_rest
            && init.any(&mut |e| match &e.kind {
                Kind::Call(callee, args) => {
                    crate::spawns::name_of(callee) == "select_all"
                        && args.iter().any(|arg| arg.as_variable() == Some(self.name))
                }
                _ => false,
            })
    }

    fn block(&mut self, block: &Block, state: State) -> State {
        self.stmts(&block.stmts, state)
    }

    fn leak(&mut self, at: Span, how: Leaves) {
        self.leaks.push(Leak { at, how });
    }

    /// An expression whose value is used: a bare name moves the variable.
    fn value(&mut self, e: &Expr, state: State) -> State {
        if e.as_variable() == Some(self.name) && state == State::Live {
            return State::Used;
        }
        self.expr(e, state)
    }

    fn expr(&mut self, e: &Expr, state: State) -> State {
        if state == State::Dead {
            return state;
        }
        match &e.kind {
            Kind::Path(path) if path.len() == 1 && path[0] == self.name => State::Used,
            Kind::Field(base, field)
                if base.as_variable() == Some(self.name)
                    && self.part.as_ref().is_some_and(|part| part != field) =>
            {
                state
            }
            Kind::Path(_) | Kind::Lit(_) | Kind::Opaque => state,
            Kind::Method(m) => self.method(e, m, state),
            Kind::Call(callee, args) => {
                if state == State::Live {
                    self.leaks.extend(leak_of_rest(e, self.name));
                }
                self.call(callee, args, state)
            }
            Kind::Try(inner) => {
                let after = self.expr(inner, state);
                if after == State::Live {
                    self.leak(e.span, Leaves::Early);
                }
                after
            }
            Kind::Return(value) => {
                let after = value.as_ref().map_or(state, |v| self.value(v, state));
                if after == State::Live {
                    self.leak(e.span, Leaves::Early);
                }
                State::Dead
            }
            Kind::Break(label, value) => self.break_to(e, label.as_ref(), value.as_deref(), state),
            Kind::Continue(_) => {
                if self.loops.is_empty() && state == State::Live {
                    self.leak(e.span, Leaves::Early);
                }
                State::Dead
            }
            Kind::If(branch) => {
                let cond = self.expr(&branch.cond, state);
                let then = self.block(&branch.then, cond);
                let otherwise = branch
                    .otherwise
                    .as_ref()
                    .map_or(cond, |e| self.value(e, cond));
                then.or(otherwise)
            }
            Kind::Match(scrutinee, arms) => {
                let before = self.value(scrutinee, state);
                let mut after = State::Dead;
                for arm in arms {
                    let guard = arm.guard.as_ref().map_or(before, |g| self.expr(g, before));
                    after = after.or(self.value(&arm.body, guard));
                }
                after
            }
            Kind::Loop(l) => {
                if state == State::Live {
                    self.leaks.extend(leak_of_rest(e, self.name));
                }
                self.repeated(l, state)
            }
            Kind::Join(true, all) if all.len() > 1 => {
                let after = self.parts(e, state);
                if state == State::Live && all.iter().any(|e| self.is_given(e)) {
                    self.leak(e.span, Leaves::Beside);
                }
                after
            }
            Kind::Select(select) => self.select(e, select, state),
            Kind::Closure(_) | Kind::Async(_) => {
                if e.mentions(self.name) {
                    State::Used
                } else {
                    state
                }
            }
            // Looked at, not moved: by reference into a call, or into a format.
            Kind::Field(base, _) => self.expr(base, state),
            Kind::Macro(path, _) if is_diverging(path) => State::Dead,
            Kind::Macro(path, args) if is_format(path) => args.iter().fold(state, |state, arg| {
                if arg.as_variable() == Some(self.name) {
                    state
                } else {
                    self.expr(arg, state)
                }
            }),
            Kind::Assign(target, value) => {
                let after = self.value(value, state);
                if target.as_variable() == Some(self.name) {
                    if after == State::Live && matches!(target.kind, Kind::Path(_)) {
                        self.leak(e.span, Leaves::Overwritten);
                    }
                    after
                } else {
                    self.expr(target, after)
                }
            }
            _ => self.parts(e, state),
        }
    }

    /// Whether `e` is the variable, or a call that takes it.
    fn is_given(&self, e: &Expr) -> bool {
        match &e.kind {
            Kind::Call(_, args) => args.iter().any(|e| self.is_given(e)),
            Kind::Method(m) => self.is_given(&m.receiver),
            _ => e.as_variable() == Some(self.name),
        }
    }

    fn parts(&mut self, e: &Expr, state: State) -> State {
        let mut after = state;
        e.parts(&mut |part| {
            after = match part {
                Part::Expr(e) => self.value(e, after),
                Part::Block(b) => self.block(b, after),
            };
        });
        after
    }

    fn method(&mut self, e: &Expr, m: &crate::ir::Method, state: State) -> State {
        let looks = LOOKS.contains(&m.name.as_str())
            || matches!(
                m.name.as_str(),
                "push"
                    | "push_back"
                    | "insert"
                    | "extend"
                    | "reserve"
                    | "contains_key"
                    | "iter"
                    | "get"
            );
        if looks && m.receiver.peeled().as_variable() == Some(self.name) {
            return m
                .args
                .iter()
                .fold(state, |state, arg| self.value(arg, state));
        }
        if m.name == "exit" {
            return State::Dead;
        }
        self.parts(e, state)
    }

    fn call(&mut self, callee: &Expr, args: &[Expr], state: State) -> State {
        let name = crate::spawns::name_of(callee);
        let ours = args.iter().any(|arg| arg.as_variable() == Some(self.name));
        match name.as_str() {
            "exit" | "panic_any" | "unreachable_unchecked" => State::Dead,
            "drop" if ours => state,
            "timeout" | "timeout_at" if ours => {
                if let Some(arg) = args.last() {
                    self.leak(arg.span, Leaves::TimesOut);
                }
                State::Used
            }
            _ => args.iter().fold(self.expr(callee, state), |state, arg| {
                self.value(arg, state)
            }),
        }
    }

    fn break_to(
        &mut self,
        e: &Expr,
        label: Option<&String>,
        value: Option<&Expr>,
        state: State,
    ) -> State {
        let after = value.map_or(state, |v| self.value(v, state));
        let target = match label {
            None => self.loops.last_mut(),
            Some(label) => self
                .loops
                .iter_mut()
                .rev()
                .find(|(l, _)| l.as_ref() == Some(label)),
        };
        match target {
            Some((_, at_breaks)) => *at_breaks = at_breaks.or(after),
            None if after == State::Live => self.leak(e.span, Leaves::Early),
            None => {}
        }
        State::Dead
    }

    fn repeated(&mut self, l: &crate::ir::Loop, state: State) -> State {
        let before = match &l.head {
            Head::Loop => state,
            Head::While(e) | Head::For(_, e) => self.value(e, state),
        };
        self.loops.push((l.label.clone(), State::Dead));
        let turn = self.block(&l.body, before);
        let (_, at_breaks) = self.loops.pop().unwrap_or((None, State::Dead));
        match &l.head {
            Head::Loop => at_breaks,
            // Used in a turn, it is used: a loop that never turns is not looked for.
            _ if turn == State::Used => State::Used,
            _ => before.or(at_breaks),
        }
    }

    fn select(&mut self, e: &Expr, select: &crate::ir::Select, state: State) -> State {
        let mut after = State::Dead;
        let by_value =
            |arm: &crate::ir::SelectArm| self.name == arm.future.as_variable().unwrap_or_default();
        let lost = state == State::Live && select.arms.iter().any(by_value);
        if lost && select.arms.len() > 1 {
            self.leak(e.span, Leaves::LosesRace);
        }
        for arm in &select.arms {
            let ours = arm.future.mentions(self.name);
            let before = if ours || lost { State::Used } else { state };
            after = after.or(self.value(&arm.body, before));
        }
        for body in &select.otherwise {
            after = after.or(self.value(body, state));
        }
        after
    }
}

fn is_diverging(path: &[String]) -> bool {
    let last = path.last().map_or("", String::as_str);
    matches!(
        last,
        "panic" | "unreachable" | concat!("to", "do") | concat!("unimple", "mented")
    )
}

fn is_format(path: &[String]) -> bool {
    let last = path.last().map_or("", String::as_str);
    matches!(
        last,
        "println"
            | "eprintln"
            | "format"
            | "debug"
            | "info"
            | "warn"
            | "error"
            | "trace"
            | "assert"
            | "debug_assert"
            | "write"
            | "writeln"
    )
}
