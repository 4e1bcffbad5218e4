//! Blocks and statements.

use super::{Lowering, is_test_only, span, ty};
use crate::ir::{Block, Expr, Let, Pat, Span, Stmt};

impl Lowering {
    pub(crate) fn block(&mut self, block: &syn::Block) -> Block {
        Block {
            span: span(block.brace_token.span.join()),
            stmts: self.stmts(&block.stmts),
        }
    }

    pub(crate) fn stmts(&mut self, stmts: &[syn::Stmt]) -> Vec<Stmt> {
        let mut lowered = Vec::new();
        for stmt in stmts {
            if !self.is_test() && is_test_only(attributes(stmt)) {
                self.leave_out(stmt);
            } else {
                self.stmt(stmt, &mut lowered);
            }
        }
        lowered
    }

    fn stmt(&mut self, stmt: &syn::Stmt, out: &mut Vec<Stmt>) {
        match stmt {
            syn::Stmt::Local(local) => out.push(self.local(local)),
            syn::Stmt::Item(item) => self.item(item),
            syn::Stmt::Expr(e, semi) => {
                let e = self.expr(e);
                out.push(Stmt::Expr(e, semi.is_some()));
            }
            syn::Stmt::Macro(m) => self.statement_macro(m, out),
        }
    }

    /// A statement that is compiled for tests alone: of it, only the place counts.
    fn leave_out(&mut self, stmt: &syn::Stmt) {
        let mut lowered = Vec::new();
        self.is_test = true;
        self.stmt(stmt, &mut lowered);
        self.is_test = false;
        self.out.tests.extend(lowered.iter().map(Stmt::span));
    }

    fn local(&mut self, local: &syn::Local) -> Stmt {
        let ty = match &local.pat {
            syn::Pat::Type(typed) => ty::lower(&typed.ty),
            _ => Default::default(),
        };
        let pat = self.pat(&local.pat);
        let init = local.init.as_ref().map(|init| self.expr(&init.expr));
        let otherwise = local.init.as_ref().and_then(|init| {
            let (_, diverge) = init.diverge.as_ref()?;
            Some(self.expr(diverge))
        });
        Stmt::Let(Let {
            span: span(local.let_token.span).to(span(local.semi_token.span)),
            pat,
            ty,
            init,
            otherwise,
        })
    }
}

fn attributes(stmt: &syn::Stmt) -> &[syn::Attribute] {
    match stmt {
        syn::Stmt::Local(local) => &local.attrs,
        syn::Stmt::Macro(m) => &m.attrs,
        syn::Stmt::Expr(syn::Expr::Call(e), _) => &e.attrs,
        syn::Stmt::Expr(syn::Expr::MethodCall(e), _) => &e.attrs,
        syn::Stmt::Expr(syn::Expr::Block(e), _) => &e.attrs,
        syn::Stmt::Expr(syn::Expr::If(e), _) => &e.attrs,
        _ => &[],
    }
}

/// Statements that a macro's tokens hold.
pub(crate) fn block_of(stmts: Vec<Stmt>, span: Span) -> Block {
    Block { span, stmts }
}

/// A binding that a macro makes.
pub(crate) fn rebinding(name: String, at: Span, value: Expr) -> Stmt {
    Stmt::Let(Let {
        span: at,
        pat: Pat::Bind(name),
        ty: Default::default(),
        init: Some(value),
        otherwise: None,
    })
}
