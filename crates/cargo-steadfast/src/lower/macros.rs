//! Macros whose arguments the audit looks into. A call is never expanded: what is not one of these is read as a list of expressions.

use super::{
    Lowering, cfg_if,
    expr::path_span,
    span,
    stmt::{block_of, rebinding},
    ty,
};
use crate::ir::{Expr, Flavour, Kind, Pat, Select, SelectArm, Span, Stmt};
use proc_macro2::TokenStream;
use syn::{
    Token,
    parse::{ParseStream, Parser},
};

impl Lowering {
    pub(crate) fn expression_macro(&mut self, mac: &syn::Macro) -> Expr {
        let path = self.unrenamed(ty::segments(&mac.path));
        let at = path_span(&mac.path).to(delimiter(mac));
        let last = path.last().map_or("", String::as_str);
        let kind = match last {
            "select" | "select_biased" => self.select(&path, mac.tokens.clone()),
            "join" => self
                .list(mac.tokens.clone())
                .map(|all| Kind::Join(false, all)),
            "try_join" => self
                .list(mac.tokens.clone())
                .map(|all| Kind::Join(!self.is_steadfast(&path), all)),
            "stream" | "try_stream" | "async_block" | "async_try_stream" => {
                self.generator(&path, mac.tokens.clone(), at)
            }
            // Code that is written out, and runs elsewhere.
            "quote" | "quote_spanned" | "parse_quote" => Some(Kind::Opaque),
            _ => self
                .list(mac.tokens.clone())
                .map(|all| Kind::Macro(path.clone(), all)),
        };
        let kind = kind.or_else(|| self.statements(&path, mac.tokens.clone(), at));
        Expr {
            span: at,
            kind: kind.unwrap_or(Kind::Macro(path, Vec::new())),
        }
    }

    /// A macro as a statement: `pin!` declares, the rest are expressions.
    pub(crate) fn statement_macro(&mut self, m: &syn::StmtMacro, out: &mut Vec<Stmt>) {
        let last = m.mac.path.segments.last().map(|s| s.ident.to_string());
        if matches!(last.as_deref(), Some("pin" | "pin_mut")) {
            if let Ok(stmts) = syn::Block::parse_within.parse2(m.mac.tokens.clone()) {
                if stmts.iter().any(|s| matches!(s, syn::Stmt::Local(_))) {
                    out.extend(self.stmts(&stmts));
                    return;
                }
            }
            // `pin!(a, b)` pins in place: the names stay what they were.
            for value in self.list(m.mac.tokens.clone()).unwrap_or_default() {
                if let Some(name) = value.as_variable().map(ToOwned::to_owned) {
                    let at = value.span;
                    let pinned = Kind::Macro(vec!["pin".into()], vec![value]);
                    let pinned = Expr {
                        span: at,
                        kind: pinned,
                    };
                    out.push(rebinding(name, at, pinned));
                }
            }
            return;
        }
        let discards = m.semi_token.is_some();
        out.push(Stmt::Expr(self.expression_macro(&m.mac), discards));
    }

    /// Expressions between commas; `name = value` of formats, and the sigils of tracing's fields, are looked through.
    fn list(&mut self, tokens: TokenStream) -> Option<Vec<Expr>> {
        let parsed = entries.parse2(tokens).ok()?;
        Some(parsed.iter().map(|e| self.expr(e)).collect())
    }

    fn statements(&mut self, path: &[String], tokens: TokenStream, at: Span) -> Option<Kind> {
        let Ok(parsed) = syn::Block::parse_within.parse2(tokens.clone()) else {
            return self.branches(path, tokens, at);
        };
        let block = block_of(self.stmts(&parsed), at);
        let body = Expr {
            span: at,
            kind: Kind::Block(Box::new(block)),
        };
        Some(Kind::Macro(path.to_vec(), vec![body]))
    }

    /// The branches of `cfg_if!`, each a block.
    fn branches(&mut self, path: &[String], tokens: TokenStream, at: Span) -> Option<Kind> {
        let mut bodies = Vec::new();
        for branch in cfg_if(tokens)? {
            if branch.is_test && !self.is_test() {
                continue;
            }
            let parsed = syn::Block::parse_within.parse2(branch.body).ok()?;
            let block = block_of(self.stmts(&parsed), at);
            bodies.push(Expr {
                span: at,
                kind: Kind::Block(Box::new(block)),
            });
        }
        Some(Kind::Macro(path.to_vec(), bodies))
    }

    /// A body that is a future or stream of its own.
    fn generator(&mut self, path: &[String], tokens: TokenStream, at: Span) -> Option<Kind> {
        let parsed = syn::Block::parse_within.parse2(tokens).ok()?;
        let block = block_of(self.stmts(&parsed), at);
        let body = Expr {
            span: at,
            kind: Kind::Async(Box::new(block)),
        };
        Some(Kind::Macro(path.to_vec(), vec![body]))
    }

    fn select(&mut self, path: &[String], tokens: TokenStream) -> Option<Kind> {
        let arms = branches.parse2(tokens).ok()?;
        let flavour = self.flavour(path);
        let mut select = Select {
            flavour,
            arms: Vec::new(),
            otherwise: Vec::new(),
        };
        for arm in arms {
            let body = self.expr(&arm.body);
            match arm.race {
                None => select.otherwise.push(body),
                Some(race) => select.arms.push(SelectArm {
                    pat: race.pat.map_or(Pat::Wild, |pat| self.pat(&pat)),
                    future: self.expr(&race.future),
                    cond: race.cond.map(|cond| self.expr(&cond)),
                    body,
                }),
            }
        }
        Some(Kind::Select(Box::new(select)))
    }

    /// `select` for `choose!`, if the file says `use tokio::select as choose`.
    fn unrenamed(&self, path: Vec<String>) -> Vec<String> {
        let [name] = path.as_slice() else {
            return path;
        };
        let mut uses = self.out.uses.iter().rev();
        let renamed = uses.find(|u| u.name == *name && u.path.last() != Some(name));
        renamed.map_or(path, |u| u.path.clone())
    }

    /// Whether a macro is of steadfast: as its path says, or as the imports of its module say.
    fn is_steadfast(&self, path: &[String]) -> bool {
        let is_ours = |path: &[String]| {
            let krate = path.iter().find(|segment| !segment.is_empty());
            krate.is_some_and(|krate| matches!(krate.as_str(), "steadfast" | "steadfast_core"))
        };
        if is_ours(path) {
            return true;
        }
        let [first, ..] = path else {
            return false;
        };
        let mut uses = self.out.uses.iter().rev();
        let import = uses.find(|u| u.module == self.module && u.name == *first);
        import.is_some_and(|u| is_ours(&u.path))
    }

    /// Whose `select!` it is: as the path says, else as the file's imports say.
    fn flavour(&self, path: &[String]) -> Flavour {
        let is_futures = |krate: &String| krate.starts_with("futures");
        let last = path.last().map_or("", String::as_str);
        let imported = || {
            let uses = &self.out.uses;
            uses.iter()
                .any(|u| u.name == last && u.path.first().is_some_and(is_futures))
        };
        if last == "select_biased" || path.first().is_some_and(is_futures) {
            return Flavour::Futures;
        }
        if path.len() == 1 && imported() {
            return Flavour::Futures;
        }
        Flavour::Tokio
    }
}

fn delimiter(mac: &syn::Macro) -> Span {
    span(mac.delimiter.span().join())
}

fn entries(input: ParseStream<'_>) -> syn::Result<Vec<syn::Expr>> {
    let mut all = Vec::new();
    while !input.is_empty() {
        if input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
            continue;
        }
        if input.peek(Token![%]) {
            input.parse::<Token![%]>()?;
        } else if input.peek(Token![?]) {
            input.parse::<Token![?]>()?;
        }
        if is_named(input) {
            while !input.peek(Token![=]) && !input.peek(Token![:]) {
                input.parse::<proc_macro2::TokenTree>()?;
            }
            input.parse::<proc_macro2::TokenTree>()?;
            continue;
        }
        all.push(input.parse()?);
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
        } else if !input.is_empty() && !input.peek(Token![;]) {
            return Err(input.error("a list of expressions ends here"));
        }
    }
    Ok(all)
}

/// `name = ..`, `some.field = ..` or `name: ..`, and not `a == b` or `a::b`.
fn is_named(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    if fork.parse::<syn::Ident>().is_err() {
        return false;
    }
    while fork.peek(Token![.]) {
        if fork.parse::<Token![.]>().is_err() || fork.parse::<syn::Ident>().is_err() {
            return false;
        }
    }
    let assigns = fork.peek(Token![=]) && !fork.peek(Token![==]) && !fork.peek(Token![=>]);
    assigns || (fork.peek(Token![:]) && !fork.peek(Token![::]))
}

/// One branch of a `select!`, as tokens give it.
struct Branch {
    /// Absent in `else`, `complete` and `default`.
    race: Option<Race>,
    body: syn::Expr,
}

struct Race {
    pat: Option<syn::Pat>,
    future: syn::Expr,
    cond: Option<syn::Expr>,
}

fn branches(input: ParseStream<'_>) -> syn::Result<Vec<Branch>> {
    if input.peek(syn::Ident) && input.peek2(Token![;]) {
        // `biased;`
        input.parse::<syn::Ident>()?;
        input.parse::<Token![;]>()?;
    }
    let mut all = Vec::new();
    while !input.is_empty() {
        all.push(branch(input)?);
    }
    Ok(all)
}

fn branch(input: ParseStream<'_>) -> syn::Result<Branch> {
    let race = if input.peek(Token![else]) || is_keyword_branch(input) {
        input.parse::<proc_macro2::TokenTree>()?;
        None
    } else {
        Some(race(input)?)
    };
    input.parse::<Token![=>]>()?;
    let body = if input.peek(syn::token::Brace) {
        // Without a comma after it, the block is the whole body.
        let fork = input.fork();
        fork.parse::<syn::Block>()?;
        if fork.is_empty()
            || fork.peek(Token![,])
            || !(fork.peek(Token![.]) || fork.peek(Token![?]))
        {
            block_expr(input.parse()?)
        } else {
            input.parse()?
        }
    } else {
        input.parse()?
    };
    if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
    }
    Ok(Branch { race, body })
}

fn race(input: ParseStream<'_>) -> syn::Result<Race> {
    // futures allows a bare future; tokio always has a pattern.
    let fork = input.fork();
    let has_pattern = syn::Pat::parse_multi_with_leading_vert(&fork).is_ok()
        && fork.peek(Token![=])
        && !fork.peek(Token![=>]);
    let pat = if has_pattern {
        let pat = syn::Pat::parse_multi_with_leading_vert(input)?;
        input.parse::<Token![=]>()?;
        Some(pat)
    } else {
        None
    };
    let future = input.parse()?;
    let mut cond = None;
    if input.peek(Token![,]) && input.peek2(Token![if]) {
        input.parse::<Token![,]>()?;
        input.parse::<Token![if]>()?;
        cond = Some(input.parse()?);
    }
    Ok(Race { pat, future, cond })
}

fn is_keyword_branch(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    let word = fork.parse::<syn::Ident>();
    word.is_ok_and(|word| word == "complete" || word == "default") && fork.peek(Token![=>])
}

fn block_expr(block: syn::Block) -> syn::Expr {
    syn::Expr::Block(syn::ExprBlock {
        attrs: Vec::new(),
        label: None,
        block,
    })
}
