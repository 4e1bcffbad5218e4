//! Names in scope.

use super::Ty;
use crate::ir::Expr;

/// A name in scope.
#[derive(Clone, Debug)]
pub(crate) struct Local<'a> {
    pub(crate) name: &'a str,
    pub(crate) ty: Ty,
    pub(crate) init: Option<&'a Expr>,
    /// How many loops are around the binding, inside of the same body.
    pub(crate) loops: usize,
}

/// The names in scope at some place of a function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope<'a> {
    pub(crate) locals: Vec<Local<'a>>,
    pub(crate) loops: usize,
}

impl<'a> Scope<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&Local<'a>> {
        self.locals.iter().rev().find(|local| local.name == name)
    }

    /// The binding of `name` among the first `limit`, and its position: what a later binding of that name was made of.
    pub(crate) fn before(&self, limit: usize, name: &str) -> Option<(usize, &Local<'a>)> {
        let earlier = self.locals.get(..limit)?.iter().enumerate();
        earlier.rev().find(|(_, local)| local.name == name)
    }

    pub(crate) fn bind(&mut self, name: &'a str, ty: Ty, init: Option<&'a Expr>) {
        let loops = self.loops;
        self.locals.push(Local {
            name,
            ty,
            init,
            loops,
        });
    }
}
