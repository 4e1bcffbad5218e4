//! Expressions and blocks.

use super::{Lowering, span, ty};
use crate::ir::{Expr, Kind, Method, Span};

impl Lowering {
    pub(crate) fn boxed(&mut self, e: &syn::Expr) -> Box<Expr> {
        Box::new(self.expr(e))
    }

    fn all<'a>(&mut self, all: impl IntoIterator<Item = &'a syn::Expr>) -> Vec<Expr> {
        all.into_iter().map(|e| self.expr(e)).collect()
    }

    pub(crate) fn expr(&mut self, e: &syn::Expr) -> Expr {
        match e {
            syn::Expr::Path(_)
            | syn::Expr::Lit(_)
            | syn::Expr::Tuple(_)
            | syn::Expr::Array(_)
            | syn::Expr::Repeat(_)
            | syn::Expr::Struct(_)
            | syn::Expr::Macro(_) => self.value_expr(e),
            syn::Expr::Call(_) | syn::Expr::MethodCall(_) => self.call(e),
            syn::Expr::Assign(_)
            | syn::Expr::Binary(_)
            | syn::Expr::Index(_)
            | syn::Expr::Range(_)
            | syn::Expr::Let(_) => self.two_sided(e),
            syn::Expr::Field(_)
            | syn::Expr::Await(_)
            | syn::Expr::Try(_)
            | syn::Expr::Reference(_)
            | syn::Expr::Unary(_)
            | syn::Expr::Paren(_)
            | syn::Expr::Group(_)
            | syn::Expr::Cast(_)
            | syn::Expr::RawAddr(_) => self.one_sided(e),
            _ => self.control(e),
        }
    }

    fn value_expr(&mut self, e: &syn::Expr) -> Expr {
        match e {
            syn::Expr::Path(p) => Expr {
                span: path_span(&p.path),
                kind: Kind::Path(ty::segments(&p.path)),
            },
            syn::Expr::Lit(l) => Expr {
                span: span(l.lit.span()),
                kind: Kind::Lit(literal(&l.lit)),
            },
            syn::Expr::Tuple(t) => Expr {
                span: span(t.paren_token.span.join()),
                kind: Kind::Tuple(self.all(&t.elems)),
            },
            syn::Expr::Array(a) => Expr {
                span: span(a.bracket_token.span.join()),
                kind: Kind::Array(self.all(&a.elems)),
            },
            syn::Expr::Repeat(r) => Expr {
                span: span(r.bracket_token.span.join()),
                kind: Kind::Array(vec![self.expr(&r.expr)]),
            },
            syn::Expr::Struct(s) => {
                let mut fields = Vec::new();
                for field in &s.fields {
                    let name = match &field.member {
                        syn::Member::Named(name) => name.to_string(),
                        syn::Member::Unnamed(position) => position.index.to_string(),
                    };
                    fields.push((name, self.expr(&field.expr)));
                }
                if let Some(rest) = &s.rest {
                    fields.push(("..".into(), self.expr(rest)));
                }
                Expr {
                    span: path_span(&s.path).to(span(s.brace_token.span.join())),
                    kind: Kind::Struct(ty::segments(&s.path), fields),
                }
            }
            syn::Expr::Macro(m) => self.expression_macro(&m.mac),
            _ => opaque(Span::default()),
        }
    }

    fn call(&mut self, e: &syn::Expr) -> Expr {
        match e {
            syn::Expr::Call(c) => {
                let callee = self.expr(&c.func);
                let args = self.all(&c.args);
                Expr {
                    span: callee.span.to(span(c.paren_token.span.join())),
                    kind: Kind::Call(Box::new(callee), args),
                }
            }
            syn::Expr::MethodCall(m) => {
                let receiver = self.expr(&m.receiver);
                let args = self.all(&m.args);
                let turbofish = m.turbofish.as_ref().map(ty::arguments);
                Expr {
                    span: receiver.span.to(span(m.paren_token.span.join())),
                    kind: Kind::Method(Box::new(Method {
                        receiver,
                        name: m.method.to_string(),
                        name_span: span(m.method.span()),
                        args,
                        turbofish: turbofish.unwrap_or_default(),
                    })),
                }
            }
            _ => opaque(Span::default()),
        }
    }

    fn two_sided(&mut self, e: &syn::Expr) -> Expr {
        match e {
            syn::Expr::Assign(a) => pair(self.boxed(&a.left), self.boxed(&a.right), Kind::Assign),
            syn::Expr::Binary(b) => {
                let operator = operator(&b.op);
                let (left, right) = (self.boxed(&b.left), self.boxed(&b.right));
                pair(left, right, |l, r| {
                    if operator == "=" {
                        Kind::Assign(l, r)
                    } else {
                        Kind::Binary(operator, l, r)
                    }
                })
            }
            syn::Expr::Index(i) => pair(self.boxed(&i.expr), self.boxed(&i.index), Kind::Index),
            syn::Expr::Range(r) => {
                let ends = r.start.iter().chain(&r.end).map(|end| self.expr(end));
                let ends: Vec<Expr> = ends.collect();
                let of = ends.first().map(|e| e.span).unwrap_or_default();
                Expr {
                    span: of,
                    kind: Kind::Tuple(ends),
                }
            }
            syn::Expr::Let(l) => {
                let value = self.boxed(&l.expr);
                Expr {
                    span: span(l.let_token.span).to(value.span),
                    kind: Kind::Let(Box::new(self.pat(&l.pat)), value),
                }
            }
            _ => opaque(Span::default()),
        }
    }

    fn one_sided(&mut self, e: &syn::Expr) -> Expr {
        match e {
            syn::Expr::Field(f) => {
                let base = self.boxed(&f.base);
                let (name, end) = match &f.member {
                    syn::Member::Named(name) => (name.to_string(), span(name.span())),
                    syn::Member::Unnamed(i) => (i.index.to_string(), span(i.span)),
                };
                Expr {
                    span: base.span.to(end),
                    kind: Kind::Field(base, name),
                }
            }
            syn::Expr::Await(a) => {
                let base = self.boxed(&a.base);
                Expr {
                    span: base.span.to(span(a.await_token.span)),
                    kind: Kind::Await(base),
                }
            }
            syn::Expr::Try(t) => {
                let inner = self.boxed(&t.expr);
                Expr {
                    span: inner.span.to(span(t.question_token.span)),
                    kind: Kind::Try(inner),
                }
            }
            syn::Expr::Reference(r) => {
                let inner = self.boxed(&r.expr);
                Expr {
                    span: span(r.and_token.span).to(inner.span),
                    kind: Kind::Ref(inner),
                }
            }
            syn::Expr::Unary(u) => {
                let inner = self.boxed(&u.expr);
                Expr {
                    span: inner.span,
                    kind: Kind::Unary(inner),
                }
            }
            syn::Expr::Cast(c) => self.expr(&c.expr),
            syn::Expr::Paren(p) => self.expr(&p.expr),
            syn::Expr::Group(g) => self.expr(&g.expr),
            _ => opaque(Span::default()),
        }
    }
}

/// The attributes of a statement, where code has any.
pub(crate) fn opaque(span: Span) -> Expr {
    let kind = Kind::Opaque;
    Expr { span, kind }
}

pub(crate) fn path_span(path: &syn::Path) -> Span {
    let mut idents = path.segments.iter().map(|s| span(s.ident.span()));
    let first = idents.next().unwrap_or_default();
    idents.last().map_or(first, |last| first.to(last))
}

fn pair(left: Box<Expr>, right: Box<Expr>, kind: impl Fn(Box<Expr>, Box<Expr>) -> Kind) -> Expr {
    Expr {
        span: left.span.to(right.span),
        kind: kind(left, right),
    }
}

fn literal(lit: &syn::Lit) -> String {
    match lit {
        syn::Lit::Int(i) => i.base10_digits().to_owned(),
        syn::Lit::Bool(b) => b.value.to_string(),
        syn::Lit::Str(s) => s.value(),
        _ => String::new(),
    }
}

/// `=` stands for every operator that assigns.
fn operator(op: &syn::BinOp) -> &'static str {
    match op {
        syn::BinOp::Add(_) => "+",
        syn::BinOp::Sub(_) => "-",
        syn::BinOp::And(_) => "&&",
        syn::BinOp::Or(_) => "||",
        syn::BinOp::Eq(_) | syn::BinOp::Ne(_) => "==",
        syn::BinOp::Lt(_) | syn::BinOp::Le(_) | syn::BinOp::Gt(_) | syn::BinOp::Ge(_) => "<",
        syn::BinOp::Mul(_) | syn::BinOp::Div(_) | syn::BinOp::Rem(_) => "*",
        syn::BinOp::BitAnd(_)
        | syn::BinOp::BitOr(_)
        | syn::BinOp::BitXor(_)
        | syn::BinOp::Shl(_)
        | syn::BinOp::Shr(_) => "&",
        _ => "=",
    }
}
