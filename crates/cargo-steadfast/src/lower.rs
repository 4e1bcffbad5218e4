//! From syn's syntax tree to the audit's own: what a file declares, and the bodies of its functions.

mod control;
mod expr;
mod macros;
mod pat;
mod stmt;
mod ty;

use crate::ir::{Function, Param, Span, TypeRef};
use proc_macro2::TokenStream;
use syn::{Attribute, ImplItem, Item, TraitItem, UseTree};

/// What one file declares.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    pub(crate) functions: Vec<Function>,
    pub(crate) uses: Vec<Use>,
    pub(crate) structs: Vec<Struct>,
    /// Statics and constants.
    pub(crate) values: Vec<(Vec<String>, String, TypeRef)>,
    pub(crate) aliases: Vec<(Vec<String>, String, TypeRef)>,
    /// Modules under `#[cfg(test)]`, inline or in a file of their own.
    pub(crate) test_modules: Vec<Vec<String>>,
    /// Modules that stand elsewhere, and where, as `#[path]` says it.
    pub(crate) paths: Vec<(Vec<String>, String)>,
    /// Where other test code stands.
    pub(crate) tests: Vec<Span>,
}

/// One name that a `use` brings into a module.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) module: Vec<String>,
    /// `*` of a glob.
    pub(crate) name: String,
    pub(crate) path: Vec<String>,
}

/// A type with fields; those of an enum's variants count as its own.
#[derive(Clone, Debug)]
pub(crate) struct Struct {
    pub(crate) module: Vec<String>,
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) ty: TypeRef,
    pub(crate) is_public: bool,
}

/// Parses `text`, which stands at `module` of its crate.
///
/// # Errors
///
/// The line that cannot be parsed, and why.
pub(crate) fn file(
    text: &str,
    module: Vec<String>,
    is_test: bool,
) -> Result<Lowered, (u32, String)> {
    let parsed =
        syn::parse_file(text).map_err(|error| (span(error.span()).line, error.to_string()))?;
    let mut lowering = Lowering::new(module, is_test);
    lowering.is_test |= is_test_only(&parsed.attrs);
    lowering.items(&parsed.items);
    Ok(lowering.out)
}

/// The state of one file's lowering: where it is, and what it has found.
#[derive(Debug)]
pub(crate) struct Lowering {
    module: Vec<String>,
    /// Names in the module of the file itself.
    root: usize,
    is_test: bool,
    out: Lowered,
}

impl Lowering {
    fn new(module: Vec<String>, is_test: bool) -> Self {
        let out = Lowered::default();
        let root = module.len();
        Self {
            module,
            root,
            is_test,
            out,
        }
    }

    pub(crate) fn is_test(&self) -> bool {
        self.is_test
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            self.item(item);
        }
    }

    pub(crate) fn item(&mut self, item: &Item) {
        match item {
            Item::Fn(f) => self.function(&f.attrs, &f.sig, &f.block, &Owner::default()),
            Item::Impl(i) => self.implementation(i),
            Item::Trait(t) => self.trait_defaults(t),
            Item::Mod(m) => self.submodule(m),
            Item::Use(u) => self.use_tree(&u.tree, &mut Vec::new()),
            Item::Struct(s) => {
                let fields = s.fields.iter();
                self.structure(s.ident.to_string(), fields);
            }
            Item::Enum(e) => {
                let fields = e.variants.iter().flat_map(|v| v.fields.iter());
                self.structure(e.ident.to_string(), fields);
            }
            Item::Static(s) => self.value(s.ident.to_string(), &s.ty),
            Item::Const(c) => self.value(c.ident.to_string(), &c.ty),
            Item::Type(t) => {
                let alias = (self.module.clone(), t.ident.to_string(), ty::lower(&t.ty));
                self.out.aliases.push(alias);
            }
            Item::Macro(m) if !m.mac.path.is_ident("macro_rules") => {
                self.items_of_macro(m.mac.tokens.clone());
            }
            _ => {}
        }
    }

    /// Items that a macro wraps, as in `cfg_rt! { pub fn .. }`.
    fn items_of_macro(&mut self, tokens: TokenStream) {
        if let Ok(file) = syn::parse2::<syn::File>(tokens.clone()) {
            return self.items(&file.items);
        }
        for branch in cfg_if(tokens).unwrap_or_default() {
            if let Ok(file) = syn::parse2::<syn::File>(branch.body) {
                let was_test = self.is_test;
                self.is_test |= branch.is_test;
                self.items(&file.items);
                self.is_test = was_test;
            }
        }
    }

    fn value(&mut self, name: String, ty: &syn::Type) {
        let value = (self.module.clone(), name, ty::lower(ty));
        self.out.values.push(value);
    }

    fn submodule(&mut self, module: &syn::ItemMod) {
        let was_test = self.is_test;
        let is_inline = self.module.len() > self.root;
        self.module.push(module.ident.to_string());
        if let (Some(path), None, false) = (path_of(&module.attrs), &module.content, is_inline) {
            self.out.paths.push((self.module.clone(), path));
        }
        if is_test_only(&module.attrs) {
            self.is_test = true;
            self.out.test_modules.push(self.module.clone());
        }
        if let Some((brace, items)) = &module.content {
            if self.is_test {
                self.out.tests.push(span(brace.span.join()));
            }
            self.items(items);
        }
        self.module.pop();
        self.is_test = was_test;
    }

    fn implementation(&mut self, i: &syn::ItemImpl) {
        let owner = Owner {
            self_type: Some(ty::lower(&i.self_ty)),
            of_trait: i.trait_.as_ref().map(|(_, path, _)| ty::segments(path)),
            bounds: ty::bounds(&i.generics),
        };
        let was_test = self.is_test;
        if is_test_only(&i.attrs) {
            self.is_test = true;
            self.out.tests.push(span(i.brace_token.span.join()));
        }
        for item in &i.items {
            if let ImplItem::Fn(f) = item {
                self.function(&f.attrs, &f.sig, &f.block, &owner);
            }
        }
        self.is_test = was_test;
    }

    fn trait_defaults(&mut self, t: &syn::ItemTrait) {
        let owner = Owner {
            self_type: Some(TypeRef::Path(vec![t.ident.to_string()], Vec::new())),
            of_trait: None,
            bounds: ty::bounds(&t.generics),
        };
        for item in &t.items {
            if let TraitItem::Fn(f) = item {
                if let Some(block) = &f.default {
                    self.function(&f.attrs, &f.sig, block, &owner);
                }
            }
        }
    }

    fn structure<'a>(&mut self, name: String, fields: impl Iterator<Item = &'a syn::Field>) {
        let fields = (0..).zip(fields).map(|(position, field)| Field {
            name: field
                .ident
                .as_ref()
                .map_or_else(|| position.to_string(), ToString::to_string),
            ty: ty::lower(&field.ty),
            is_public: matches!(field.vis, syn::Visibility::Public(_)),
        });
        let fields = fields.collect();
        let module = self.module.clone();
        self.out.structs.push(Struct {
            module,
            name,
            fields,
        });
    }

    fn function(
        &mut self,
        attrs: &[Attribute],
        sig: &syn::Signature,
        block: &syn::Block,
        owner: &Owner,
    ) {
        let was_test = self.is_test;
        self.is_test |= is_test_only(attrs);
        let mut params = Vec::new();
        let mut borrows_self = false;
        for input in &sig.inputs {
            match input {
                syn::FnArg::Receiver(receiver) => {
                    borrows_self = matches!(*receiver.ty, syn::Type::Reference(_));
                }
                syn::FnArg::Typed(typed) => params.push(Param {
                    pat: self.pat(&typed.pat),
                    ty: ty::lower(&typed.ty),
                    is_lent: matches!(*typed.ty, syn::Type::Reference(_)),
                }),
            }
        }
        let mut bounds = owner.bounds.clone();
        bounds.extend(ty::bounds(&sig.generics));
        let body = self.block(block);
        let output = match &sig.output {
            syn::ReturnType::Default => TypeRef::Tuple(Vec::new()),
            syn::ReturnType::Type(_, ty) => ty::lower(ty),
        };
        self.out.functions.push(Function {
            span: span(sig.fn_token.span).to(body.span),
            name: sig.ident.to_string(),
            module: self.module.clone(),
            self_type: owner.self_type.clone(),
            of_trait: owner.of_trait.clone(),
            borrows_self,
            params,
            bounds,
            output,
            is_async: sig.asyncness.is_some(),
            is_test: self.is_test,
            body,
        });
        self.is_test = was_test;
    }

    fn use_tree(&mut self, tree: &UseTree, prefix: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.use_tree(&path.tree, prefix);
                prefix.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, prefix);
                }
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                if name == "self" {
                    let last = prefix.last().cloned().unwrap_or_default();
                    self.import(last, prefix.clone());
                } else {
                    let path = [prefix.as_slice(), std::slice::from_ref(&name)].concat();
                    self.import(name, path);
                }
            }
            UseTree::Rename(rename) => {
                let mut path = prefix.clone();
                if rename.ident != "self" {
                    path.push(rename.ident.to_string());
                }
                self.import(rename.rename.to_string(), path);
            }
            UseTree::Glob(_) => self.import("*".into(), prefix.clone()),
        }
    }

    fn import(&mut self, name: String, path: Vec<String>) {
        let module = self.module.clone();
        self.out.uses.push(Use { module, name, path });
    }
}

/// What surrounds a method.
#[derive(Debug, Default)]
struct Owner {
    self_type: Option<TypeRef>,
    of_trait: Option<Vec<String>>,
    bounds: Vec<(String, TypeRef)>,
}

pub(crate) fn span(of: proc_macro2::Span) -> Span {
    let (start, end) = (of.start(), of.end());
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Span {
        line: number(start.line),
        column: number(start.column),
        end_line: number(end.line),
        end_column: number(end.column),
    }
}

/// `#[path = ".."]`
fn path_of(attrs: &[Attribute]) -> Option<String> {
    let path = attrs.iter().find(|attr| attr.path().is_ident("path"))?;
    match &path.meta {
        syn::Meta::NameValue(syn::MetaNameValue {
            value:
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(path),
                    ..
                }),
            ..
        }) => Some(path.value()),
        _ => None,
    }
}

/// `#[test]`, `#[tokio::test]` and the like, `#[cfg(test)]`, `#[cfg(any(test, ..))]`; not `#[cfg(not(test))]`.
fn is_test_only(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let path = ty::segments(attr.path());
        let last = path.last().map_or("", String::as_str);
        match last {
            "test" | "rstest" | "bench" | "test_log" | "traced_test" => true,
            "cfg" => match &attr.meta {
                syn::Meta::List(list) => demands_test(list.tokens.clone()),
                _ => false,
            },
            _ => false,
        }
    })
}

/// A branch of `cfg_if!`.
struct Branch {
    is_test: bool,
    body: TokenStream,
}

/// `if #[cfg(..)] { .. } else if #[cfg(..)] { .. } else { .. }`; nothing, if the tokens are anything else.
fn cfg_if(tokens: TokenStream) -> Option<Vec<Branch>> {
    use proc_macro2::{Delimiter, TokenTree};
    let mut branches = Vec::new();
    let mut is_test = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "if" || word == "else" => {}
            TokenTree::Punct(hash) if hash.as_char() == '#' => {}
            TokenTree::Group(group) => match group.delimiter() {
                Delimiter::Bracket => is_test = demands_test(group.stream()),
                Delimiter::Brace => {
                    let body = group.stream();
                    branches.push(Branch { is_test, body });
                    is_test = false;
                }
                _ => return None,
            },
            _ => return None,
        }
    }
    Some(branches)
}

/// Whether a `cfg` predicate names `test` outside of a `not`.
fn demands_test(tokens: TokenStream) -> bool {
    let mut negated = false;
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(word) if word == "test" => return true,
            proc_macro2::TokenTree::Ident(word) => negated = word == "not",
            proc_macro2::TokenTree::Group(group) => {
                if !negated && demands_test(group.stream()) {
                    return true;
                }
                negated = false;
            }
            _ => {}
        }
    }
    false
}
