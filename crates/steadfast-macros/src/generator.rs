//! `flow!` and `try_flow!`: async closures in which `yield` hands out an item.

use proc_macro::{Delimiter, Group, Span, TokenStream, TokenTree};

use crate::error::Error;
use crate::loops::{GENERATORS, find_question_mark, lint_behind};
use crate::template::Template;
use crate::tokens::{end_of_expression, group_of, is_sign, is_word, macro_call};

pub(crate) fn flow(tokens: TokenStream) -> TokenStream {
    let body: Vec<_> = tokens.clone().into_iter().collect();
    match find_question_mark(&body) {
        Some(at) => Error::new(at, NO_ERRORS).into_tokens(),
        None => expand(tokens, "P::flow(TAKES |mut Y| { BODY })", "ITEM"),
    }
}

const NO_ERRORS: &str = "`?` would leave the flow with an error, and the items of `flow!` have no room for one: write `try_flow! { .. }`, \
                         which gives `Result`s, the error as the last one; what is an `Option` ends a flow by \
                         `let Some(value) = .. else { return };`";

pub(crate) fn try_flow(tokens: TokenStream) -> TokenStream {
    expand(
        tokens,
        "P::try_flow(TAKES |mut Y| -> ::core::result::Result<(), _> { BODY LINT ::core::result::Result::Ok(()) })",
        "::core::result::Result::Ok(ITEM)",
    )
}

fn expand(tokens: TokenStream, whole: &'static str, item: &'static str) -> TokenStream {
    let mut tokens: Vec<_> = tokens.into_iter().collect();
    let Some(private) = group_of(tokens.first(), Delimiter::Parenthesis).map(Group::stream) else {
        let text = "this macro is for `steadfast::flow!` and `steadfast::try_flow!`, which say where the crate is";
        return Error::new(Span::call_site(), text).into_tokens();
    };
    tokens.remove(0);
    let takes = tokens.first().is_some_and(|token| is_word(token, "move"));
    if takes {
        tokens.remove(0);
    }
    let lint = lint_behind(tokens.iter().cloned().collect());
    let mut body = yields(&tokens, &private, item);
    if tokens.last().is_some_and(|token| !is_sign(token, ';')) {
        // What the last expression gives is nobody's.
        body.extend(Template::new().code(";"));
    }
    Template::new()
        .with("P", private)
        .with("BODY", body)
        .with("Y", emitter())
        .with("LINT", lint)
        .with(
            "TAKES",
            Template::new().code(if takes { "async move" } else { "async" }),
        )
        .code(whole)
}

fn emitter() -> TokenStream {
    Template::new().code("__emitter")
}

/// What `item` borrows is let go of before it waits.
const YIELD: &str = "{
    let __put = P::Emitting::put(&mut Y, GIVEN);
    match __put {
        ::core::result::Result::Ok(()) => P::Emitting::wait(&mut Y).await,
        ::core::result::Result::Err(__late) => P::Emitting::emit(&mut Y, __late).await,
    }
}";

/// `yield item` becomes an emit, wherever it stands: in loops, and in the arguments of macros.
fn yields(tokens: &[TokenTree], private: &TokenStream, kind: &str) -> TokenStream {
    let mut out = TokenStream::new();
    let mut at = 0;
    while at < tokens.len() {
        if macro_call(tokens, at).is_some_and(|(name, _)| GENERATORS.contains(&name.as_str())) {
            // Its yields are its own.
            out.extend(tokens[at..at + 3].iter().cloned());
            at += 3;
            continue;
        }
        let token = &tokens[at];
        at += 1;
        match token {
            TokenTree::Ident(word) if word.to_string() == "yield" => {
                let end = end_of_expression(tokens, at);
                let item = match end == at {
                    true => Template::new().code("()"),
                    false => yields(&tokens[at..end], private, kind),
                };
                let template = Template::new()
                    .with("P", private.clone())
                    .with("Y", emitter())
                    .with("ITEM", item);
                let item = template.code_at(kind, token.span());
                let template = template.with("GIVEN", item);
                out.extend(template.code_at(YIELD, token.span()));
                at = end;
            }
            TokenTree::Group(group) => {
                let inside: Vec<_> = group.stream().into_iter().collect();
                let mut changed = Group::new(group.delimiter(), yields(&inside, private, kind));
                changed.set_span(group.span());
                out.extend([TokenTree::from(changed)]);
            }
            _ => out.extend([token.clone()]),
        }
    }
    out
}
