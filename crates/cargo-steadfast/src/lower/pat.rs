//! Patterns, as far as they bind names.

use super::{Lowering, ty};
use crate::ir::Pat;

impl Lowering {
    pub(crate) fn pat(&self, pat: &syn::Pat) -> Pat {
        let all = |pats: &syn::punctuated::Punctuated<syn::Pat, syn::Token![,]>| {
            pats.iter().map(|p| self.pat(p)).collect()
        };
        match pat {
            syn::Pat::Wild(_) => Pat::Wild,
            // A capitalized name is a constant or a unit variant; it binds nothing.
            syn::Pat::Ident(i) if i.subpat.is_none() => {
                let name = i.ident.to_string();
                if name.starts_with(char::is_uppercase) {
                    Pat::Other
                } else {
                    Pat::Bind(name)
                }
            }
            syn::Pat::Ident(i) => Pat::Bind(i.ident.to_string()),
            syn::Pat::Tuple(t) => Pat::Tuple(all(&t.elems)),
            syn::Pat::Slice(s) => Pat::Tuple(all(&s.elems)),
            syn::Pat::TupleStruct(t) => Pat::TupleStruct(ty::segments(&t.path), all(&t.elems)),
            syn::Pat::Struct(s) => {
                let fields = s.fields.iter().map(|field| {
                    let name = match &field.member {
                        syn::Member::Named(name) => name.to_string(),
                        syn::Member::Unnamed(position) => position.index.to_string(),
                    };
                    (name, self.pat(&field.pat))
                });
                Pat::Struct(ty::segments(&s.path), fields.collect())
            }
            syn::Pat::Or(o) => Pat::Or(o.cases.iter().map(|p| self.pat(p)).collect()),
            syn::Pat::Reference(r) => self.pat(&r.pat),
            syn::Pat::Paren(p) => self.pat(&p.pat),
            syn::Pat::Type(t) => self.pat(&t.pat),
            _ => Pat::Other,
        }
    }
}
