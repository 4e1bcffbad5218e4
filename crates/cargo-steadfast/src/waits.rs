//! What an awaited expression waits for, and what is lost if it is dropped half-way.

use crate::{
    cancel_safe::{self, Effect, For},
    control,
    index::Id,
    infer::{Context, Scope, Ty},
    ir::{Arm, Block, Expr, Kind, Part, Pat, Span, Stmt},
    known,
};

/// One await, by what is awaited.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    pub(crate) span: Span,
    /// The whole expression, `.await` included.
    pub(crate) whole: Span,
    /// A call, and not a future that was made elsewhere.
    pub(crate) is_call: bool,
    /// As it is called in messages.
    pub(crate) name: String,
    pub(crate) waits_for: Option<For>,
    pub(crate) effect: Effect,
    pub(crate) loses: Option<&'static str>,
    /// The audited crates' own function.
    pub(crate) callee: Option<Id>,
    /// The variable that the resource is reached through.
    pub(crate) root: Option<String>,
    /// The variable that bytes are read into.
    pub(crate) buffer: Option<String>,
    /// The same, down to the field.
    pub(crate) into: Option<String>,
    /// The buffer is emptied first, whenever control comes here.
    pub(crate) emptied: bool,
    /// How many loops are around the await.
    pub(crate) loops: usize,
    /// It stands where what was awaited before gave nothing: in an arm for `None` or `Err`.
    pub(crate) after_nothing: bool,
}

/// The wait that is `e.await`.
pub(crate) fn of<'a>(cx: &Context<'a>, scope: &Scope<'a>, e: &Expr) -> Wait {
    let mut wait = Wait {
        span: e.span,
        whole: e.span,
        is_call: matches!(e.kind, Kind::Method(_) | Kind::Call(..)),
        name: String::from("a future"),
        waits_for: None,
        effect: Effect::None,
        loses: None,
        callee: None,
        root: None,
        buffer: None,
        into: None,
        emptied: false,
        loops: 0,
        after_nothing: false,
    };
    match &e.kind {
        Kind::Method(m) => {
            if is_wrapper(&m.name) && m.args.len() <= 1 {
                return of(cx, scope, &m.receiver);
            }
            wait.name = format!("`{}`", m.name);
            wait.root = root(&m.receiver);
            wait.callee = cx.method(scope, m);
            if wait.callee.is_some() {
                return wait;
            }
            let ty = cx.infer(scope, &m.receiver);
            let on = ty.deref().last().to_owned();
            let on = if on.is_empty() {
                name_hint(&m.receiver)
            } else {
                &on
            };
            if let Some(known) = cancel_safe::method(&m.name, m.args.len(), on) {
                fill(&mut wait, known);
                wait.span = m.name_span;
                let buffer = match known.effect {
                    Effect::Fills => m.args.first(),
                    // The delimiter comes first.
                    Effect::Appends => m.args.last(),
                    _ => None,
                };
                wait.buffer = buffer.and_then(root);
                wait.into = buffer.and_then(place_of);
                if known.effect == Effect::Appends && wait.buffer.is_none() {
                    wait.effect = Effect::None;
                }
            }
        }
        Kind::Call(callee, args) => {
            if let Kind::Path(path) = &callee.kind {
                wait.name = format!("`{}`", path.last().map_or("", String::as_str));
                wait.callee = cx.callee(path);
                wait.root = args.iter().find_map(root);
                let resolved = cx.resolve(path);
                if let Some(known) = cancel_safe::function(&resolved) {
                    fill(&mut wait, known);
                }
            }
        }
        Kind::Ref(inner) | Kind::Unary(inner) => return of(cx, scope, inner),
        Kind::Path(path) if path.len() == 1 => {
            wait.name = format!("`{}`", path[0]);
            wait.root = Some(path[0].clone());
            let ty = cx.infer(scope, e);
            if known::is_detaching_handle(ty.path())
                || ty.path().starts_with("tokio::sync::oneshot")
            {
                wait.waits_for = Some(For::Event);
            } else if ty.path().starts_with("tokio::time::Sleep") {
                wait.waits_for = Some(For::Timer);
            }
        }
        _ => {}
    }
    wait
}

fn fill(wait: &mut Wait, known: &cancel_safe::Known) {
    wait.waits_for = Some(known.waits_for);
    wait.effect = known.effect;
    wait.loses = known.loses;
}

/// Methods that give the same future in another shape.
fn is_wrapper(name: &str) -> bool {
    matches!(
        name,
        "fuse"
            | "boxed"
            | "boxed_local"
            | "instrument"
            | "in_current_span"
            | "map"
            | "map_err"
            | "map_ok"
            | "with_context"
            | "context"
            | "into_future"
            | "err_into"
            | "or_cancelled"
    )
}

/// What a name says of a type that is not known.
fn name_hint(e: &Expr) -> &'static str {
    let name = match &e.peeled().kind {
        Kind::Path(path) => path.last().cloned().unwrap_or_default(),
        Kind::Field(_, name) => name.clone(),
        _ => return "",
    };
    if name == "tx" || name.ends_with("_tx") || name.starts_with("tx_") || name.ends_with("sender")
    {
        "Sender"
    } else if name.ends_with("sink") || name == "framed" || name == "ws_sender" {
        "Sink"
    } else if name.ends_with("socket") {
        "Socket"
    } else {
        ""
    }
}

/// The variable at the start of a chain of fields, methods and references.
pub(crate) fn root(e: &Expr) -> Option<String> {
    match &e.kind {
        Kind::Path(path) if path.len() == 1 => Some(path[0].clone()),
        Kind::Field(base, _)
        | Kind::Ref(base)
        | Kind::Unary(base)
        | Kind::Try(base)
        | Kind::Await(base)
        | Kind::Index(base, _) => root(base),
        Kind::Method(m) => root(&m.receiver),
        _ => None,
    }
}

/// The variable that this borrows, or borrows a part of.
pub(crate) fn borrowed(e: &Expr) -> Option<&str> {
    let mut borrows = false;
    let mut current = e;
    loop {
        current = match &current.kind {
            Kind::Path(path) if path.len() == 1 => return borrows.then_some(path[0].as_str()),
            Kind::Field(base, _) | Kind::Unary(base) | Kind::Try(base) | Kind::Index(base, _) => {
                base
            }
            Kind::Ref(base) => {
                borrows = true;
                base
            }
            Kind::Method(m) => {
                match m.name.as_str() {
                    "as_mut" | "as_deref_mut" | "get_mut" | "last_mut" | "first_mut" => {
                        borrows = true;
                    }
                    "unwrap" | "expect" | "ok_or" | "ok_or_else" => {}
                    _ => return None,
                }
                &m.receiver
            }
            _ => return None,
        };
    }
}

/// A variable or a field, by the whole way to it.
fn place_of(e: &Expr) -> Option<String> {
    match &e.peeled().kind {
        Kind::Path(path) if path.len() == 1 => Some(path[0].clone()),
        Kind::Field(base, name) => Some(format!("{}.{name}", place_of(base)?)),
        _ => None,
    }
}

/// The buffer that a statement empties, whatever is in it.
pub(crate) fn emptied(stmt: &Stmt) -> Option<String> {
    let Stmt::Expr(e, _) = stmt else {
        return None;
    };
    match &e.kind {
        Kind::Method(m) => {
            let is_zero = |e: &Expr| matches!(&e.kind, Kind::Lit(text) if text == "0");
            let empties = match (m.name.as_str(), m.args.as_slice()) {
                ("clear", []) => true,
                ("truncate", [length]) => is_zero(length),
                _ => false,
            };
            empties.then(|| place_of(&m.receiver)).flatten()
        }
        Kind::Assign(target, value) if is_new(value) => place_of(target),
        _ => None,
    }
}

/// A collection that has just been made, and has nothing in it.
pub(crate) fn is_new(e: &Expr) -> bool {
    match &e.kind {
        Kind::Call(callee, _) => matches!(
            crate::spawns::name_of(callee).as_str(),
            "new" | "with_capacity" | "default"
        ),
        Kind::Macro(path, all) => path.last().is_some_and(|last| last == "vec") && all.is_empty(),
        _ => false,
    }
}

/// The awaits of a body in program order, without those of futures that it only makes.
pub(crate) fn all<'a>(cx: &Context<'a>, scope: &Scope<'a>, block: &'a Block) -> Vec<Wait> {
    let mut scan = Scan::new(cx, scope);
    scan.block(block);
    scan.out
}

pub(crate) fn of_expr<'a>(cx: &Context<'a>, scope: &Scope<'a>, e: &'a Expr) -> Vec<Wait> {
    let mut scan = Scan::new(cx, scope);
    scan.expr(e);
    scan.out
}

pub(crate) fn of_stmts<'a>(cx: &Context<'a>, scope: &Scope<'a>, stmts: &'a [Stmt]) -> Vec<Wait> {
    let mut scan = Scan::new(cx, scope);
    scan.stmts(stmts);
    scan.out
}

/// A pattern of `None` or of an error.
pub(crate) fn is_nothing(pat: &Pat) -> bool {
    match pat {
        Pat::Other => true,
        Pat::TupleStruct(path, inner) => match path.last().map(String::as_str) {
            Some("Err") => true,
            Some("Ok" | "Some") => inner
                .iter()
                .any(|pat| !matches!(pat, Pat::Other) && is_nothing(pat)),
            _ => false,
        },
        Pat::Or(all) => all.iter().all(is_nothing),
        _ => false,
    }
}

struct Scan<'a, 'c> {
    cx: &'c Context<'a>,
    scope: Scope<'a>,
    loops: usize,
    after_nothing: bool,
    /// Buffers that the blocks around have emptied.
    emptied: Vec<String>,
    out: Vec<Wait>,
}

impl<'a, 'c> Scan<'a, 'c> {
    fn new(cx: &'c Context<'a>, scope: &Scope<'a>) -> Self {
        Self {
            cx,
            scope: scope.clone(),
            loops: 0,
            after_nothing: false,
            emptied: Vec::new(),
            out: Vec::new(),
        }
    }

    fn block(&mut self, block: &'a Block) {
        self.stmts(&block.stmts);
    }

    fn stmts(&mut self, stmts: &'a [Stmt]) {
        let depth = self.scope.locals.len();
        let emptied = self.emptied.len();
        for stmt in stmts {
            self.emptied.extend(self::emptied(stmt));
            match stmt {
                Stmt::Expr(e, _) => self.expr(e),
                Stmt::Let(binding) => {
                    let mut ty = self.cx.lower(&binding.ty);
                    if let Some(init) = &binding.init {
                        self.expr(init);
                        if ty == Ty::Unknown {
                            ty = self.cx.infer(&self.scope, init);
                        }
                    }
                    self.cx
                        .bind(&mut self.scope, &binding.pat, &ty, binding.init.as_ref());
                }
            }
        }
        self.scope.locals.truncate(depth);
        self.emptied.truncate(emptied);
    }

    fn expr(&mut self, e: &'a Expr) {
        match &e.kind {
            Kind::Async(_) | Kind::Closure(_) => {}
            Kind::Await(inner) => {
                match &inner.kind {
                    Kind::Async(block) => self.block(block),
                    _ => self.expr(inner),
                }
                let mut wait = self.wait(inner);
                wait.whole = e.span;
                self.out.push(wait);
            }
            Kind::Select(select) => {
                for arm in &select.arms {
                    self.out.push(self.wait(&arm.future));
                }
                for arm in &select.arms {
                    self.expr(&arm.body);
                }
            }
            Kind::Match(scrutinee, arms) => self.choice(scrutinee, arms),
            Kind::Loop(_) => {
                self.loops += 1;
                self.parts(e);
                self.loops -= 1;
            }
            _ => self.parts(e),
        }
    }

    /// [`of`], here.
    fn wait(&self, e: &'a Expr) -> Wait {
        let mut wait = of(self.cx, &self.scope, e);
        wait.loops = self.loops;
        wait.after_nothing = self.after_nothing;
        wait.emptied = wait
            .into
            .as_ref()
            .is_some_and(|into| self.emptied.contains(into));
        wait
    }

    fn choice(&mut self, scrutinee: &'a Expr, arms: &'a [Arm]) {
        let before = self.out.len();
        self.expr(scrutinee);
        let awaited = self.out.len() > before;
        for arm in arms {
            let was = self.after_nothing;
            self.after_nothing |= awaited && is_nothing(&arm.pat);
            if let Some(guard) = &arm.guard {
                self.expr(guard);
            }
            self.expr(&arm.body);
            self.after_nothing = was;
        }
        // What was taken leaves with the arms that have it; what comes after the match came without.
        let mut with = arms.iter().filter(|arm| !is_nothing(&arm.pat));
        if awaited && with.all(|arm| control::leaves(&arm.body)) {
            for wait in &mut self.out[before..] {
                wait.effect = Effect::None;
            }
        }
    }

    fn parts(&mut self, e: &'a Expr) {
        e.parts(&mut |part| match part {
            Part::Expr(e) => self.expr(e),
            Part::Block(b) => self.block(b),
        });
    }
}
