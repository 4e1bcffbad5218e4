//! Types, as far as their names go.

use crate::ir::TypeRef;
use syn::{GenericArgument, GenericParam, PathArguments, Type, TypeParamBound, WherePredicate};

pub(crate) fn lower(ty: &Type) -> TypeRef {
    match ty {
        Type::Path(path) => of_path(&path.path),
        Type::Reference(r) => lower(&r.elem),
        Type::Paren(p) => lower(&p.elem),
        Type::Group(g) => lower(&g.elem),
        Type::Tuple(t) => TypeRef::Tuple(t.elems.iter().map(lower).collect()),
        Type::Array(a) => vec_of(&a.elem),
        Type::Slice(s) => vec_of(&s.elem),
        Type::ImplTrait(i) => of_bounds(i.bounds.iter()),
        Type::TraitObject(t) => of_bounds(t.bounds.iter()),
        _ => TypeRef::Unknown,
    }
}

/// The first trait of each type parameter that has one, in the list or in the `where` clause.
pub(crate) fn bounds(generics: &syn::Generics) -> Vec<(String, TypeRef)> {
    let listed = generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(t) => Some((t.ident.to_string(), of_bounds(t.bounds.iter()))),
        _ => None,
    });
    let clauses = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates);
    let demanded = clauses.filter_map(|clause| match clause {
        WherePredicate::Type(t) => match lower(&t.bounded_ty) {
            TypeRef::Path(path, _) if path.len() == 1 => {
                Some((path[0].clone(), of_bounds(t.bounds.iter())))
            }
            _ => None,
        },
        _ => None,
    });
    listed
        .chain(demanded)
        .filter(|(_, bound)| *bound != TypeRef::Unknown)
        .collect()
}

pub(crate) fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|s| s.ident.to_string()).collect()
}

fn last_arguments(of: &PathArguments) -> Vec<TypeRef> {
    match of {
        PathArguments::None => Vec::new(),
        PathArguments::AngleBracketed(angle) => arguments(angle),
        PathArguments::Parenthesized(p) => match &p.output {
            syn::ReturnType::Default => Vec::new(),
            syn::ReturnType::Type(_, ty) => vec![lower(ty)],
        },
    }
}

/// The types in angle brackets.
pub(crate) fn arguments(angle: &syn::AngleBracketedGenericArguments) -> Vec<TypeRef> {
    angle.args.iter().filter_map(argument).collect()
}

fn argument(argument: &GenericArgument) -> Option<TypeRef> {
    match argument {
        GenericArgument::Type(ty) => Some(lower(ty)),
        GenericArgument::AssocType(assoc) => Some(lower(&assoc.ty)),
        _ => None,
    }
}

fn of_path(path: &syn::Path) -> TypeRef {
    let arguments = path
        .segments
        .last()
        .map(|last| last_arguments(&last.arguments));
    TypeRef::Path(segments(path), arguments.unwrap_or_default())
}

fn of_bounds<'a>(mut bounds: impl Iterator<Item = &'a TypeParamBound>) -> TypeRef {
    let first = bounds.find_map(|bound| match bound {
        TypeParamBound::Trait(t) => Some(of_path(&t.path)),
        _ => None,
    });
    first.unwrap_or_default()
}

fn vec_of(element: &Type) -> TypeRef {
    TypeRef::Path(vec!["Vec".into()], vec![lower(element)])
}
