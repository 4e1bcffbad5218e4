//! What the audit keeps of a parsed file: the expressions that its classes ask about, without tokens, so that it may cross threads.

/// A place in a file: lines from 1, columns in characters from 0; the end is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end_line: u32,
    pub(crate) end_column: u32,
}

impl Span {
    pub(crate) fn to(self, end: Self) -> Self {
        if end.end_line == 0 {
            return self;
        }
        if self.line == 0 {
            return end;
        }
        Self {
            end_line: end.end_line,
            end_column: end.end_column,
            ..self
        }
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        (self.line, self.column) <= (other.line, other.column)
            && (other.end_line, other.end_column) <= (self.end_line, self.end_column)
    }

    pub(crate) fn starts_after(self, other: Self) -> bool {
        (self.line, self.column) >= (other.end_line, other.end_column)
    }
}

/// A type as it is written: references are looked through, and of a bound the first trait counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum TypeRef {
    #[default]
    Unknown,
    Path(Vec<String>, Vec<TypeRef>),
    Tuple(Vec<TypeRef>),
}

#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Path(Vec<String>),
    Field(Box<Expr>, String),
    Call(Box<Expr>, Vec<Expr>),
    Method(Box<Method>),
    Await(Box<Expr>),
    Try(Box<Expr>),
    Ref(Box<Expr>),
    /// `*`, `!`, `-`, a cast or parentheses.
    Unary(Box<Expr>),
    Async(Box<Block>),
    Closure(Box<Closure>),
    Block(Box<Block>),
    If(Box<If>),
    Match(Box<Expr>, Vec<Arm>),
    Let(Box<Pat>, Box<Expr>),
    Loop(Box<Loop>),
    Break(Option<String>, Option<Box<Expr>>),
    Continue(Option<String>),
    Return(Option<Box<Expr>>),
    Assign(Box<Expr>, Box<Expr>),
    Index(Box<Expr>, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Struct(Vec<String>, Vec<(String, Expr)>),
    Tuple(Vec<Expr>),
    Array(Vec<Expr>),
    Select(Box<Select>),
    /// `join!` and `try_join!`, of whichever library; and whether the first error drops the others.
    Join(bool, Vec<Expr>),
    /// `pin!`, and the value that it pins.
    Macro(Vec<String>, Vec<Expr>),
    Lit(String),
    Opaque,
}

#[derive(Clone, Debug)]
pub(crate) struct Method {
    pub(crate) receiver: Expr,
    pub(crate) name: String,
    pub(crate) name_span: Span,
    pub(crate) args: Vec<Expr>,
    pub(crate) turbofish: Vec<TypeRef>,
}

#[derive(Clone, Debug)]
pub(crate) struct Closure {
    pub(crate) params: Vec<Pat>,
    pub(crate) body: Expr,
}

#[derive(Clone, Debug)]
pub(crate) struct If {
    pub(crate) cond: Expr,
    pub(crate) then: Block,
    pub(crate) otherwise: Option<Expr>,
}

#[derive(Clone, Debug)]
pub(crate) struct Arm {
    pub(crate) pat: Pat,
    pub(crate) guard: Option<Expr>,
    pub(crate) body: Expr,
}

#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) label: Option<String>,
    pub(crate) head: Head,
    pub(crate) body: Block,
}

#[derive(Clone, Debug)]
pub(crate) enum Head {
    Loop,
    While(Expr),
    For(Pat, Expr),
}

#[derive(Clone, Debug)]
pub(crate) struct Select {
    pub(crate) flavour: Flavour,
    pub(crate) arms: Vec<SelectArm>,
    /// `else` of tokio; `complete` and `default` of futures.
    pub(crate) otherwise: Vec<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Tokio,
    Futures,
}

#[derive(Clone, Debug)]
pub(crate) struct SelectArm {
    pub(crate) pat: Pat,
    pub(crate) future: Expr,
    pub(crate) cond: Option<Expr>,
    pub(crate) body: Expr,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub(crate) span: Span,
    pub(crate) stmts: Vec<Stmt>,
}

#[derive(Clone, Debug)]
pub(crate) enum Stmt {
    Let(Let),
    /// An expression, and whether a semicolon discards its value.
    Expr(Expr, bool),
}

#[derive(Clone, Debug)]
pub(crate) struct Let {
    pub(crate) span: Span,
    pub(crate) pat: Pat,
    pub(crate) ty: TypeRef,
    pub(crate) init: Option<Expr>,
    pub(crate) otherwise: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pat {
    Wild,
    Bind(String),
    Tuple(Vec<Pat>),
    TupleStruct(Vec<String>, Vec<Pat>),
    Struct(Vec<String>, Vec<(String, Pat)>),
    Or(Vec<Pat>),
    Other,
}

/// A function, a method, or the default body of a trait's method.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) span: Span,
    pub(crate) name: String,
    pub(crate) module: Vec<String>,
    pub(crate) self_type: Option<TypeRef>,
    pub(crate) of_trait: Option<Vec<String>>,
    /// `&self` or `&mut self`.
    pub(crate) borrows_self: bool,
    pub(crate) params: Vec<Param>,
    /// Bounds of type parameters, the first trait of each.
    pub(crate) bounds: Vec<(String, TypeRef)>,
    pub(crate) output: TypeRef,
    pub(crate) is_async: bool,
    pub(crate) is_test: bool,
    pub(crate) body: Block,
}

#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) pat: Pat,
    pub(crate) ty: TypeRef,
    /// A reference: what it refers to stays when the function's future goes.
    pub(crate) is_lent: bool,
}

impl Stmt {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Let(binding) => binding.span,
            Self::Expr(expr, _) => expr.span,
        }
    }

    /// Its own expressions, in the order of evaluation.
    pub(crate) fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let (value, otherwise) = match self {
            Self::Expr(e, _) => (Some(e), None),
            Self::Let(binding) => (binding.init.as_ref(), binding.otherwise.as_ref()),
        };
        value.into_iter().chain(otherwise)
    }

    /// The expression whose value it throws away.
    pub(crate) fn discarded(&self) -> Option<&Expr> {
        match self {
            Self::Expr(e, true) => Some(e),
            Self::Let(binding) if binding.pat == Pat::Wild => binding.init.as_ref(),
            _ => None,
        }
    }
}

impl Expr {
    /// The name, if this is a plain variable.
    pub(crate) fn as_variable(&self) -> Option<&str> {
        match &self.kind {
            Kind::Path(segments) if segments.len() == 1 => Some(&segments[0]),
            Kind::Unary(inner) => inner.as_variable(),
            _ => None,
        }
    }

    /// Without references, parentheses and dereferences.
    pub(crate) fn peeled(&self) -> &Self {
        match &self.kind {
            Kind::Ref(inner) | Kind::Unary(inner) => inner.peeled(),
            _ => self,
        }
    }

    /// Calls `f` with each direct part, in the order of evaluation; a loop's or closure's body is a part too.
    pub(crate) fn parts<'a>(&'a self, f: &mut dyn FnMut(Part<'a>)) {
        match &self.kind {
            Kind::Path(_) | Kind::Lit(_) | Kind::Opaque | Kind::Continue(_) => {}
            Kind::Field(e, _)
            | Kind::Await(e)
            | Kind::Try(e)
            | Kind::Ref(e)
            | Kind::Unary(e)
            | Kind::Let(_, e) => f(Part::Expr(e)),
            Kind::Break(_, e) | Kind::Return(e) => {
                if let Some(e) = e {
                    f(Part::Expr(e));
                }
            }
            Kind::Call(callee, args) => {
                f(Part::Expr(callee));
                args.iter().for_each(|e| f(Part::Expr(e)));
            }
            Kind::Method(m) => {
                f(Part::Expr(&m.receiver));
                m.args.iter().for_each(|e| f(Part::Expr(e)));
            }
            Kind::Async(block) | Kind::Block(block) => f(Part::Block(block)),
            Kind::Closure(closure) => f(Part::Expr(&closure.body)),
            Kind::If(branch) => {
                f(Part::Expr(&branch.cond));
                f(Part::Block(&branch.then));
                if let Some(e) = &branch.otherwise {
                    f(Part::Expr(e));
                }
            }
            Kind::Match(scrutinee, arms) => {
                f(Part::Expr(scrutinee));
                for arm in arms {
                    if let Some(guard) = &arm.guard {
                        f(Part::Expr(guard));
                    }
                    f(Part::Expr(&arm.body));
                }
            }
            Kind::Loop(l) => {
                match &l.head {
                    Head::Loop => {}
                    Head::While(e) | Head::For(_, e) => f(Part::Expr(e)),
                }
                f(Part::Block(&l.body));
            }
            Kind::Assign(a, b) | Kind::Index(a, b) | Kind::Binary(_, a, b) => {
                f(Part::Expr(a));
                f(Part::Expr(b));
            }
            Kind::Struct(_, fields) => fields.iter().for_each(|(_, e)| f(Part::Expr(e))),
            Kind::Tuple(all) | Kind::Array(all) | Kind::Join(_, all) | Kind::Macro(_, all) => {
                all.iter().for_each(|e| f(Part::Expr(e)));
            }
            Kind::Select(select) => {
                for arm in &select.arms {
                    if let Some(cond) = &arm.cond {
                        f(Part::Expr(cond));
                    }
                    f(Part::Expr(&arm.future));
                }
                for arm in &select.arms {
                    f(Part::Expr(&arm.body));
                }
                select.otherwise.iter().for_each(|e| f(Part::Expr(e)));
            }
        }
    }

    /// Whether `test` holds for this expression or one inside of it.
    pub(crate) fn any(&self, test: &mut dyn FnMut(&Self) -> bool) -> bool {
        if test(self) {
            return true;
        }
        let mut found = false;
        self.parts(&mut |part| {
            found = found
                || match part {
                    Part::Expr(e) => e.any(test),
                    Part::Block(b) => b.any(test),
                }
        });
        found
    }

    /// The first one for which `test` holds, of this expression and those inside of it. What futures and closures in it do is their own.
    pub(crate) fn find_own(&self, test: &mut dyn FnMut(&Self) -> bool) -> Option<&Self> {
        if matches!(self.kind, Kind::Async(_) | Kind::Closure(_)) {
            return None;
        }
        if test(self) {
            return Some(self);
        }
        let mut found = None;
        self.parts(&mut |part| {
            found = found.or_else(|| match part {
                Part::Expr(e) => e.find_own(test),
                Part::Block(b) => b.find_own(test),
            });
        });
        found
    }

    /// Whether the variable `name` is named anywhere inside.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.any(&mut |e| matches!(&e.kind, Kind::Path(p) if p.len() == 1 && p[0] == name))
    }
}

/// A direct part of an expression.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    Expr(&'a Expr),
    Block(&'a Block),
}

impl Block {
    pub(crate) fn any(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        self.stmts.iter().any(|stmt| stmt.any(test))
    }

    pub(crate) fn find_own(&self, test: &mut dyn FnMut(&Expr) -> bool) -> Option<&Expr> {
        self.stmts.iter().find_map(|stmt| stmt.find_own(test))
    }
}

impl Stmt {
    pub(crate) fn any(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        self.exprs().any(|expr| expr.any(test))
    }

    pub(crate) fn find_own(&self, test: &mut dyn FnMut(&Expr) -> bool) -> Option<&Expr> {
        self.exprs().find_map(|expr| expr.find_own(test))
    }

    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.any(&mut |e| matches!(&e.kind, Kind::Path(p) if p.len() == 1 && p[0] == name))
    }
}

impl Pat {
    /// Every name that the pattern binds.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Bind(name) => vec![name],
            Self::Tuple(all) | Self::TupleStruct(_, all) | Self::Or(all) => {
                all.iter().flat_map(Self::names).collect()
            }
            Self::Struct(_, fields) => fields.iter().flat_map(|(_, p)| p.names()).collect(),
            Self::Wild | Self::Other => Vec::new(),
        }
    }
}
