//! Going through a function's body, with the names in scope and what surrounds each expression at hand.

use crate::{
    infer::{Context, Scope, Ty},
    ir::{Arm, Block, Expr, Head, Kind, Loop, Select, SelectArm, Span, Stmt},
};

/// What an expression stands in; the innermost is last in [`Place::around`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Around<'a> {
    Expr(&'a Expr),
    /// A statement, by its position in the block.
    Stmt(&'a Block, usize),
    Arm(&'a Arm),
    /// The expression that an arm of a `select!` races.
    Raced(&'a SelectArm),
    /// The handler of such an arm.
    Handler(&'a Select, usize),
}

/// Where the walk is.
#[derive(Debug)]
pub(crate) struct Place<'a, 'b> {
    pub(crate) cx: Context<'a>,
    pub(crate) scope: &'b Scope<'a>,
    pub(crate) around: &'b [Around<'a>],
}

impl<'a> Place<'a, '_> {
    pub(crate) fn infer(&self, e: &Expr) -> Ty {
        self.cx.infer(self.scope, e)
    }

    /// The function of the audited crates that `e` calls.
    pub(crate) fn callee(&self, e: &Expr) -> Option<usize> {
        match &e.kind {
            Kind::Method(m) => self.cx.method(self.scope, m),
            Kind::Call(callee, _) => match &callee.kind {
                Kind::Path(path) => self.cx.callee(path),
                _ => None,
            },
            _ => None,
        }
    }

    /// The innermost statement around, which a comment above it speaks of.
    pub(crate) fn stmt(&self) -> Option<Span> {
        self.around.iter().rev().find_map(|around| match around {
            Around::Stmt(block, position) => Some(block.stmts[*position].span()),
            _ => None,
        })
    }

    /// The innermost loop around, if no closure or async block is between.
    pub(crate) fn enclosing_loop(&self) -> Option<&'a Loop> {
        for around in self.around.iter().rev() {
            if let Around::Expr(e) = around {
                match &e.kind {
                    Kind::Loop(l) => return Some(l),
                    Kind::Closure(_) | Kind::Async(_) => return None,
                    _ => {}
                }
            }
        }
        None
    }

    /// The statements that follow in the blocks around, innermost first, up to the next closure or async block.
    pub(crate) fn rest(&self) -> Vec<&'a [Stmt]> {
        let mut rest = Vec::new();
        for around in self.around.iter().rev() {
            match around {
                Around::Stmt(block, position) => rest.push(&block.stmts[position + 1..]),
                Around::Expr(e) if matches!(e.kind, Kind::Closure(_) | Kind::Async(_)) => break,
                _ => {}
            }
        }
        rest
    }

    /// The same, up to the innermost loop: what this turn still does.
    pub(crate) fn rest_of_turn(&self) -> Vec<&'a [Stmt]> {
        let mut rest = Vec::new();
        for around in self.around.iter().rev() {
            match around {
                Around::Stmt(block, position) => rest.push(&block.stmts[position + 1..]),
                Around::Expr(e)
                    if matches!(e.kind, Kind::Loop(_) | Kind::Closure(_) | Kind::Async(_)) =>
                {
                    break;
                }
                _ => {}
            }
        }
        rest
    }

    /// The body of the innermost closure, async block or function around.
    pub(crate) fn body_any(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        for around in self.around.iter().rev() {
            if let Around::Expr(e) = around {
                match &e.kind {
                    Kind::Async(block) => return block.any(test),
                    Kind::Closure(c) => return c.body.any(test),
                    _ => {}
                }
            }
        }
        self.cx.entry.function.body.any(test)
    }
}

/// Visits every expression of the function, outer ones first.
pub(crate) fn walk<'a>(cx: Context<'a>, visit: &mut dyn FnMut(&'a Expr, &Place<'a, '_>)) {
    let mut walker = Walker {
        cx,
        scope: cx.scope(),
        around: Vec::new(),
        visit,
    };
    walker.block(&cx.entry.function.body);
}

struct Walker<'a, 'v> {
    cx: Context<'a>,
    scope: Scope<'a>,
    around: Vec<Around<'a>>,
    visit: &'v mut dyn FnMut(&'a Expr, &Place<'a, '_>),
}

impl<'a> Walker<'a, '_> {
    fn block(&mut self, block: &'a Block) {
        let depth = self.scope.locals.len();
        for (position, stmt) in block.stmts.iter().enumerate() {
            self.around.push(Around::Stmt(block, position));
            match stmt {
                Stmt::Expr(e, _) => self.expr(e),
                Stmt::Let(binding) => {
                    let mut ty = self.cx.lower(&binding.ty);
                    if let Some(init) = &binding.init {
                        self.expr(init);
                        if !ty.is_known() || matches!(&ty, Ty::Named(p, _) if p == "_") {
                            ty = self.cx.infer(&self.scope, init);
                        }
                    }
                    if let Some(otherwise) = &binding.otherwise {
                        self.expr(otherwise);
                    }
                    let init = binding.init.as_ref();
                    self.cx.bind(&mut self.scope, &binding.pat, &ty, init);
                }
            }
            self.around.pop();
        }
        self.scope.locals.truncate(depth);
    }

    fn expr(&mut self, e: &'a Expr) {
        let place = Place {
            cx: self.cx,
            scope: &self.scope,
            around: &self.around,
        };
        (self.visit)(e, &place);
        self.around.push(Around::Expr(e));
        let depth = self.scope.locals.len();
        self.inside(e);
        self.scope.locals.truncate(depth);
        self.around.pop();
    }

    fn inside(&mut self, e: &'a Expr) {
        match &e.kind {
            Kind::Closure(closure) => {
                let first = self.given_to(e);
                for (position, param) in closure.params.iter().enumerate() {
                    let ty = if position == 0 { &first } else { &Ty::Unknown };
                    self.cx.bind(&mut self.scope, param, ty, None);
                }
                let loops = std::mem::take(&mut self.scope.loops);
                self.expr(&closure.body);
                self.scope.loops = loops;
            }
            Kind::Async(block) => {
                let loops = std::mem::take(&mut self.scope.loops);
                self.block(block);
                self.scope.loops = loops;
            }
            Kind::If(branch) => {
                self.cond(&branch.cond);
                self.block(&branch.then);
                if let Some(otherwise) = &branch.otherwise {
                    self.expr(otherwise);
                }
            }
            Kind::Match(scrutinee, arms) => self.choice(scrutinee, arms),
            Kind::Loop(l) => self.repeated(l),
            Kind::Select(select) => self.select(select),
            _ => e.parts(&mut |part| match part {
                crate::ir::Part::Expr(e) => self.expr(e),
                crate::ir::Part::Block(b) => self.block(b),
            }),
        }
    }

    /// What the method around a closure calls it with: the value of an option or a result, or an item.
    fn given_to(&self, closure: &Expr) -> Ty {
        let mut around = self.around.iter().rev();
        let outer = around.find_map(|around| match around {
            Around::Expr(e) if e.span != closure.span => Some(e),
            _ => None,
        });
        let Some(Kind::Method(m)) = outer.map(|e| &e.kind) else {
            return Ty::Unknown;
        };
        let takes = matches!(
            m.name.as_str(),
            "map" | "and_then" | "inspect" | "for_each" | "is_some_and" | "map_or"
        );
        if !takes || !m.args.iter().any(|arg| arg.span == closure.span) {
            return Ty::Unknown;
        }
        let receiver = self.cx.infer(&self.scope, &m.receiver);
        match receiver.deref().last() {
            "Option" | "Result" => receiver.inner(),
            "Vec" | "VecDeque" => receiver.deref().arg(0),
            _ => Ty::Unknown,
        }
    }

    /// A condition, whose `let` patterns bind for what follows.
    fn cond(&mut self, cond: &'a Expr) {
        self.expr(cond);
        self.bind_conditions(cond);
    }

    fn bind_conditions(&mut self, cond: &'a Expr) {
        match &cond.kind {
            Kind::Let(pat, value) => {
                let ty = self.cx.infer(&self.scope, value);
                self.cx.bind(&mut self.scope, pat, &ty, Some(value));
            }
            Kind::Binary("&&", a, b) => {
                self.bind_conditions(a);
                self.bind_conditions(b);
            }
            _ => {}
        }
    }

    fn choice(&mut self, scrutinee: &'a Expr, arms: &'a [Arm]) {
        self.expr(scrutinee);
        let ty = self.cx.infer(&self.scope, scrutinee);
        for arm in arms {
            let depth = self.scope.locals.len();
            self.around.push(Around::Arm(arm));
            self.cx
                .bind(&mut self.scope, &arm.pat, &ty, Some(scrutinee));
            if let Some(guard) = &arm.guard {
                self.expr(guard);
            }
            self.expr(&arm.body);
            self.around.pop();
            self.scope.locals.truncate(depth);
        }
    }

    fn repeated(&mut self, l: &'a Loop) {
        match &l.head {
            Head::Loop => {}
            Head::While(cond) => self.cond(cond),
            Head::For(pat, iter) => {
                self.expr(iter);
                let item = self.cx.infer(&self.scope, iter).deref().arg(0);
                self.cx.bind(&mut self.scope, pat, &item, None);
            }
        }
        self.scope.loops += 1;
        self.block(&l.body);
        self.scope.loops -= 1;
    }

    fn select(&mut self, select: &'a Select) {
        for arm in &select.arms {
            self.around.push(Around::Raced(arm));
            self.raced(arm);
            self.around.pop();
        }
        for (position, arm) in select.arms.iter().enumerate() {
            let depth = self.scope.locals.len();
            self.around.push(Around::Handler(select, position));
            let ty = match self.cx.infer(&self.scope, &arm.future) {
                Ty::Future(output) => *output,
                _ => Ty::Unknown,
            };
            self.cx.bind(&mut self.scope, &arm.pat, &ty, None);
            self.expr(&arm.body);
            self.around.pop();
            self.scope.locals.truncate(depth);
        }
        for body in &select.otherwise {
            self.expr(body);
        }
    }

    fn raced(&mut self, arm: &'a SelectArm) {
        if let Some(cond) = &arm.cond {
            self.expr(cond);
        }
        self.expr(&arm.future);
    }
}
