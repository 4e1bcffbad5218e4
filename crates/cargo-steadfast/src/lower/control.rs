//! Branches, loops, jumps and closures.

use super::{Lowering, expr::opaque, span};
use crate::ir::{Arm, Closure, Expr, Head, If, Kind, Loop, Span};

impl Lowering {
    pub(super) fn control(&mut self, e: &syn::Expr) -> Expr {
        match e {
            syn::Expr::Async(a) => {
                let block = self.block(&a.block);
                Expr {
                    span: span(a.async_token.span).to(block.span),
                    kind: Kind::Async(Box::new(block)),
                }
            }
            syn::Expr::Closure(c) => self.closure(c),
            syn::Expr::Block(b) => self.braced(&b.block),
            syn::Expr::Unsafe(b) => self.braced(&b.block),
            syn::Expr::If(i) => self.branch(i),
            syn::Expr::Match(m) => self.choice(m),
            syn::Expr::Loop(l) => {
                let label = l.label.as_ref();
                self.repeated(l.loop_token.span, label, Head::Loop, &l.body)
            }
            syn::Expr::While(w) => {
                let head = Head::While(self.expr(&w.cond));
                self.repeated(w.while_token.span, w.label.as_ref(), head, &w.body)
            }
            syn::Expr::ForLoop(f) => {
                let head = Head::For(self.pat(&f.pat), self.expr(&f.expr));
                self.repeated(f.for_token.span, f.label.as_ref(), head, &f.body)
            }
            syn::Expr::Break(b) => {
                let value = b.expr.as_ref().map(|e| self.boxed(e));
                Expr {
                    span: span(b.break_token.span),
                    kind: Kind::Break(name(b.label.as_ref()), value),
                }
            }
            syn::Expr::Continue(c) => Expr {
                span: span(c.continue_token.span),
                kind: Kind::Continue(name(c.label.as_ref())),
            },
            syn::Expr::Return(r) => {
                let value = r.expr.as_ref().map(|e| self.boxed(e));
                Expr {
                    span: span(r.return_token.span),
                    kind: Kind::Return(value),
                }
            }
            syn::Expr::Yield(y) => {
                let value = y.expr.as_ref().map(|e| self.expr(e));
                Expr {
                    span: span(y.yield_token.span),
                    kind: Kind::Macro(vec!["yield".into()], value.into_iter().collect()),
                }
            }
            _ => opaque(Span::default()),
        }
    }

    fn closure(&mut self, c: &syn::ExprClosure) -> Expr {
        let params = c.inputs.iter().map(|p| self.pat(p)).collect();
        let body = self.expr(&c.body);
        Expr {
            span: span(c.or1_token.span).to(body.span),
            kind: Kind::Closure(Box::new(Closure { params, body })),
        }
    }

    fn braced(&mut self, block: &syn::Block) -> Expr {
        let block = self.block(block);
        Expr {
            span: block.span,
            kind: Kind::Block(Box::new(block)),
        }
    }

    fn branch(&mut self, i: &syn::ExprIf) -> Expr {
        let cond = self.expr(&i.cond);
        let then = self.block(&i.then_branch);
        let otherwise = i.else_branch.as_ref().map(|(_, e)| self.expr(e));
        let end = otherwise.as_ref().map_or(then.span, |e| e.span);
        Expr {
            span: span(i.if_token.span).to(end),
            kind: Kind::If(Box::new(If {
                cond,
                then,
                otherwise,
            })),
        }
    }

    fn choice(&mut self, m: &syn::ExprMatch) -> Expr {
        let scrutinee = self.boxed(&m.expr);
        let arms = m.arms.iter().map(|arm| Arm {
            pat: self.pat(&arm.pat),
            guard: arm.guard.as_ref().map(|(_, e)| self.expr(e)),
            body: self.expr(&arm.body),
        });
        let arms = arms.collect();
        Expr {
            span: span(m.match_token.span).to(span(m.brace_token.span.join())),
            kind: Kind::Match(scrutinee, arms),
        }
    }

    fn repeated(
        &mut self,
        keyword: proc_macro2::Span,
        label: Option<&syn::Label>,
        head: Head,
        body: &syn::Block,
    ) -> Expr {
        let body = self.block(body);
        Expr {
            span: span(keyword).to(body.span),
            kind: Kind::Loop(Box::new(Loop {
                label: name(label.map(|l| &l.name)),
                head,
                body,
            })),
        }
    }
}

fn name(label: Option<&syn::Lifetime>) -> Option<String> {
    label.map(|l| l.ident.to_string())
}
