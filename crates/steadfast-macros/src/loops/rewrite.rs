//! Awaits that drive: what becomes of the code of a handler.

use proc_macro::{Delimiter, Group, Span, TokenStream, TokenTree};

use super::scan::{AWAITING, GENERATORS, LOOPS, QUOTING, TELLING, find_await, lint_behind, scan};
use crate::error::Error;
use crate::template::Template;
use crate::tokens::{end_of_async, is_sign, is_word, macro_call};

/// Puts a driver before each await.
pub(crate) struct Rewrite {
    /// With the name of the driver, and the path to the private part of the core.
    template: Template,
}

impl Rewrite {
    pub(crate) fn new(private: TokenStream, driver: TokenStream) -> Self {
        Self {
            template: Template::new().with("P", private).with("D", driver),
        }
    }

    /// A whole handler.
    pub(crate) fn handler(&self, tokens: &[TokenTree]) -> Result<TokenStream, Error> {
        let found = scan(tokens, None);
        match found.unknown_macro {
            Some(at) if found.leaves.is_none() => Ok(self.whole(tokens, at)),
            _ => self.tokens(tokens),
        }
    }

    /// Code in which each await is to drive.
    pub(crate) fn tokens(&self, tokens: &[TokenTree]) -> Result<TokenStream, Error> {
        let mut out = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            at = self.one(tokens, at, &mut out)?;
        }
        Ok(out.into_iter().collect())
    }

    pub(crate) fn stream(&self, tokens: TokenStream) -> Result<TokenStream, Error> {
        self.tokens(&tokens.into_iter().collect::<Vec<_>>())
    }

    /// Copies what begins at `at`, changed; returns where the next thing begins.
    fn one(
        &self,
        tokens: &[TokenTree],
        at: usize,
        out: &mut Vec<TokenTree>,
    ) -> Result<usize, Error> {
        let token = &tokens[at];
        if is_word(token, "yield") {
            // Those of a generator around this loop are written out by then.
            return Err(Error::new(token.span(), NO_GENERATOR));
        }
        if is_word(token, "async") {
            let end = end_of_async(tokens, at);
            out.extend_from_slice(&tokens[at..end]);
            return Ok(end);
        }
        if let Some((name, arguments)) = macro_call(tokens, at) {
            self.call(tokens, at, &name, arguments, out)?;
            return Ok(at + 3);
        }
        let waits = is_sign(token, '.')
            && tokens
                .get(at + 1)
                .is_some_and(|next| is_word(next, "await"))
            && !(at > 0 && is_sign(&tokens[at - 1], '.'));
        if waits {
            out.extend(self.drive(tokens[at + 1].span()));
            out.extend_from_slice(&tokens[at..at + 2]);
            return Ok(at + 2);
        }
        match token {
            TokenTree::Group(group) => {
                let inside = self.stream(group.stream())?;
                out.push(regroup(group, inside));
            }
            _ => out.push(token.clone()),
        }
        Ok(at + 1)
    }

    fn call(
        &self,
        tokens: &[TokenTree],
        at: usize,
        name: &str,
        arguments: &Group,
        out: &mut Vec<TokenTree>,
    ) -> Result<(), Error> {
        let next = tokens.get(at + 3);
        let is_future = next.is_some_and(|token| is_sign(token, '.'))
            && tokens
                .get(at + 4)
                .is_some_and(|token| is_word(token, "await"));
        let inside = if LOOPS.contains(&name) {
            let mut inside = self.template.code("@in (D)");
            inside.extend(arguments.stream());
            inside
        } else if GENERATORS.contains(&name) || QUOTING.contains(&name) {
            arguments.stream()
        } else if (AWAITING.contains(&name) && !is_future) || self.would_show(name, arguments) {
            let call = [
                tokens[at].clone(),
                tokens[at + 1].clone(),
                arguments.clone().into(),
            ];
            return self.hidden(name, call, next, out);
        } else {
            self.stream(arguments.stream())?
        };
        out.extend([
            tokens[at].clone(),
            tokens[at + 1].clone(),
            regroup(arguments, inside),
        ]);
        Ok(())
    }

    /// A macro that shows its arguments would show our code, too. Where control leaves it, that cannot be helped.
    fn would_show(&self, name: &str, arguments: &Group) -> bool {
        TELLING.contains(&name)
            && find_await(&[arguments.clone().into()]).is_some()
            && scan(&[arguments.clone().into()], None).leaves.is_none()
    }

    /// A macro that awaits by itself becomes a future that is awaited where one sees it.
    fn hidden(
        &self,
        name: &str,
        call: [TokenTree; 3],
        next: Option<&TokenTree>,
        out: &mut Vec<TokenTree>,
    ) -> Result<(), Error> {
        if scan(&call, None).leaves.is_some() {
            let text = format!(
                "`{name}!` awaits by itself, so the other arms would stand still meanwhile, and control leaves it, so it cannot be \
                 wrapped: write `let outcome = async {{ {name}!(..) }}.await;` without `break`, `continue`, `return` and `?` inside, and \
                 leave the loop afterwards"
            );
            return Err(Error::new(call[0].span(), text));
        }
        let braces =
            matches!(&call[2], TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        let goes_on = next.is_some_and(|token| ".?;,".chars().any(|sign| is_sign(token, sign)));
        let at = call[0].span();
        let mut path = take_path(out);
        path.extend(call);
        let wrapped = self.value(path.into_iter().collect(), at);
        if braces && !goes_on {
            // A statement without a semicolon stays one.
            out.push(Group::new(Delimiter::Brace, wrapped).into());
        } else {
            out.extend(wrapped);
        }
        Ok(())
    }

    /// The handler as one future, which is driven as a whole: the macro at `at` may await where nobody sees it. Should it leave, it would
    /// leave the future alone; so that has a type of ours, which no `return` has.
    fn whole(&self, handler: &[TokenTree], at: Span) -> TokenStream {
        let template = self.template.clone();
        let end = template.code_at("P::NoMacroLeavesThisHandler(())", at);
        let template = template.with("HANDLER", handler.iter().cloned().collect());
        let template = template.with("END", end);
        // What is behind a handler that does not come to its end is not out of reach by this.
        template.code("async { if P::endless() { HANDLER; } END }.__drive(&mut D).await")
    }

    /// The value of a call that awaits by itself.
    fn value(&self, call: TokenStream, at: Span) -> TokenStream {
        let template = self.template.clone().with("CALL", call.clone());
        let end = template.code_at("P::NoMacroLeavesThisHandler(CALL)", at);
        let template = template.with("END", end).with("LINT", lint_behind(call));
        template.code("async { match () { LINT () => END } }.__drive(&mut D).await.0")
    }

    fn drive(&self, at: Span) -> TokenStream {
        self.template.code_at(".__drive(&mut D)", at)
    }
}

/// The path before the name of a macro, which has been copied already: `some::path::`.
fn take_path(out: &mut Vec<TokenTree>) -> Vec<TokenTree> {
    let mut start = out.len();
    while start >= 2 && is_sign(&out[start - 1], ':') && is_sign(&out[start - 2], ':') {
        start -= 2;
        if start > 0 && matches!(out[start - 1], TokenTree::Ident(_)) {
            start -= 1;
        }
    }
    out.split_off(start)
}

fn regroup(group: &Group, inside: TokenStream) -> TokenTree {
    let mut changed = Group::new(group.delimiter(), inside);
    changed.set_span(group.span());
    changed.into()
}

const NO_GENERATOR: &str = "`yield` hands out an item of a generator, and there is none around this loop: put the loop into `flow! { .. }` or \
                            `try_flow! { .. }`";
