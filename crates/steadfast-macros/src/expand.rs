//! What the attributes turn a function into.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::error::Error;
use crate::function::{Attribute, Function};
use crate::options::{Of, Options, Runtime};

/// ```text
/// fn main() -> Output {
///     async fn main() -> Output { .. }
///     ::steadfast::__private::run(<runtime>, <grace>, "main", main())
/// }
/// ```
pub(crate) fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    match try_main(options, item.clone()) {
        Ok(tokens) => tokens,
        // A `main` of some kind, so that nobody is told that there is none.
        Err(error) => [error.into_tokens(), code("fn main() {}")]
            .into_iter()
            .collect(),
    }
}

fn try_main(options: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    let options = Options::parse(options, Of::Main)?;
    let function = Function::parse(item, "`#[steadfast::main]`")?;
    if let [_, (_, at), ..] = *options.runtimes {
        return Err(Error::new(
            at,
            "a program runs on one runtime: name one (others can be used by name, with `Nursery::builder().runtime(&rt)`)",
        ));
    }
    let name = &function.name;
    let tail = format!("{}, \"{name}\", {name}()", number(options.grace_ms));
    let call = match options.runtimes.first() {
        Some((runtime, at)) => {
            let owner = owner(*runtime, &options, None);
            let call = format!("::steadfast::__private::run({owner}, {tail})");
            if_enabled(*runtime, code(&call), missing(*runtime, *at, "main"))
        }
        None => code(&format!("::steadfast::__private::run_on_the_one!({tail})")),
    };
    let mut block = inner(&function, None);
    block.extend(call);
    let mut tokens: TokenStream = function
        .attributes
        .iter()
        .map(|attribute| attribute.tokens.clone())
        .collect();
    tokens.extend(function.visibility);
    tokens.extend(code("fn"));
    tokens.extend([TokenTree::from(function.name)]);
    tokens.extend(code("()"));
    tokens.extend(function.output);
    tokens.extend([TokenTree::from(Group::new(Delimiter::Brace, block))]);
    Ok(tokens)
}

/// ```text
/// async fn name() -> Output { .. }
/// mod name {
///     #[test]
///     fn tokio() -> impl Termination { ::steadfast::__private::run(<runtime>, <grace>, "name::tokio", super::name()) }
///     ..
/// }
/// ```
pub(crate) fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    try_test(options, item).unwrap_or_else(Error::into_tokens)
}

fn try_test(options: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    let options = Options::parse(options, Of::Test)?;
    let function = Function::parse(item, "`#[steadfast::test]`")?;
    let tests = match options.runtimes.as_slice() {
        [] => {
            let mut tests: TokenStream = Runtime::ALL
                .into_iter()
                .map(|runtime| {
                    let test = one_test(runtime, &options, &function);
                    if_enabled(runtime, test, TokenStream::new())
                })
                .collect();
            tests.extend(code("::steadfast::__private::some_runtime! {}"));
            tests
        }
        named => named
            .iter()
            .map(|(runtime, at)| {
                let test = one_test(*runtime, &options, &function);
                if_enabled(*runtime, test, missing(*runtime, *at, "test"))
            })
            .collect(),
    };
    let conditions: TokenStream = pick(&function.attributes, |name| name == "cfg");
    let mut tokens = inner(&function, Some(&conditions));
    tokens.extend(code("#[cfg(test)]"));
    tokens.extend(conditions);
    tokens.extend(code("mod"));
    tokens.extend([
        TokenTree::from(function.name),
        Group::new(Delimiter::Brace, tests).into(),
    ]);
    Ok(tokens)
}

fn one_test(runtime: Runtime, options: &Options, function: &Function) -> TokenStream {
    let name = &function.name;
    let plain = name.to_string();
    let plain = plain.trim_start_matches("r#");
    let run = match runtime {
        Runtime::Sim => run_on_sim(options, plain, name),
        _ => {
            let (owner, grace) = (owner(runtime, options, Some(2)), number(options.grace_ms));
            let runtime = runtime.name();
            format!("run({owner}, {grace}, \"{plain}::{runtime}\", super::{name}())")
        }
    };
    let mut tokens = code("#[test]");
    tokens.extend(pick(&function.attributes, goes_to_each_test));
    // At the place of the function's name, so that a failure to compile points there.
    tokens.extend(at(code(&format!("fn {}()", runtime.name())), name.span()));
    let output = function.output.clone().into_iter().last();
    // On the simulator, each seed has a value of its own, which is looked at there.
    if let Some(output) = output.filter(|_| runtime != Runtime::Sim) {
        let any = "-> impl ::std::process::Termination";
        tokens.extend(at(code(any), output.span()));
    }
    tokens.extend(code(&format!("{{ ::steadfast::__private::{run} }}")));
    tokens
}

/// The call that runs a test once for each seed.
fn run_on_sim(options: &Options, plain: &str, name: &Ident) -> String {
    let policy = options.policy.map_or("Random", |(policy, _)| policy);
    let (seeds, workers) = (number(options.seeds), number(options.workers));
    let grace = number(options.grace_ms);
    format!(
        "run_on_sim({seeds}, ::steadfast::sim::Policy::{policy}, {workers}, {grace}, \"{plain}::sim\", super::{name})"
    )
}

/// The function as the user wrote it; for a test, without the attributes that belong elsewhere.
fn inner(function: &Function, test: Option<&TokenStream>) -> TokenStream {
    let mut tokens = TokenStream::new();
    if let Some(conditions) = test {
        tokens.extend(code("#[cfg(test)]"));
        tokens.extend(conditions.clone());
        tokens.extend(pick(&function.attributes, |name| {
            name != "cfg" && !goes_to_each_test(name)
        }));
        tokens.extend(function.visibility.clone());
    }
    tokens.extend(code("async fn"));
    tokens.extend([TokenTree::from(function.name.clone())]);
    tokens.extend(code("()"));
    tokens.extend(function.output.clone());
    tokens.extend([TokenTree::from(function.body.clone())]);
    tokens
}

fn goes_to_each_test(name: &str) -> bool {
    matches!(name, "ignore" | "should_panic" | "cfg_attr")
}

fn pick(attributes: &[Attribute], wanted: impl Fn(&str) -> bool) -> TokenStream {
    attributes
        .iter()
        .filter(|attribute| wanted(&attribute.name))
        .map(|attribute| attribute.tokens.clone())
        .collect()
}

/// The expression that makes the runtime, which is not the simulator. `few` is the number of threads where the options give none.
fn owner(runtime: Runtime, options: &Options, few: Option<u64>) -> String {
    let few = few.map(|few| (few, Span::call_site()));
    let count = |given: Option<(u64, Span)>| number(given.or(few));
    let call = match runtime {
        Runtime::Tokio if options.current_thread.is_some() => "tokio_current_thread()".into(),
        Runtime::Tokio => format!("tokio({})", count(options.workers)),
        Runtime::Smol => format!("smol({})", count(options.threads)),
        Runtime::SmolGlobal => "smol_global()".into(),
        Runtime::AsyncStd => "async_std()".into(),
        Runtime::Sim => unreachable!("`run_on_sim` makes its own"),
    };
    format!("::steadfast::__private::{call}")
}

/// The expression of a number that may not be given.
fn number(given: Option<(u64, Span)>) -> String {
    match given {
        Some((number, _)) => format!("::core::option::Option::Some({number})"),
        None => "::core::option::Option::None".into(),
    }
}

/// `yes` if the runtime's feature is enabled, else `no`; the facade decides.
fn if_enabled(runtime: Runtime, yes: TokenStream, no: TokenStream) -> TokenStream {
    let mut tokens = code(&format!("::steadfast::__private::if_{}!", runtime.name()));
    let branches: TokenStream = [yes, no]
        .map(|branch| TokenTree::from(Group::new(Delimiter::Brace, branch)))
        .into_iter()
        .collect();
    tokens.extend([TokenTree::from(Group::new(Delimiter::Brace, branches))]);
    tokens
}

fn missing(runtime: Runtime, at: Span, attribute: &str) -> TokenStream {
    let (name, feature) = (runtime.name(), runtime.feature());
    let text = format!(
        "`#[steadfast::{attribute}({name})]` needs the feature `{feature}` of `steadfast`, which is not enabled: \
         write `steadfast = {{ version = \"..\", features = [\"{feature}\"] }}`"
    );
    Error::new(at, text).into_tokens()
}

/// Code of ours, which is valid by construction.
fn code(text: &str) -> TokenStream {
    match text.parse() {
        Ok(tokens) => tokens,
        Err(error) => Error::new(
            Span::call_site(),
            format!("steadfast generated wrong code: {error}"),
        )
        .into_tokens(),
    }
}

fn at(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            // Names stay ours: only the place that is shown changes.
            token.set_span(token.span().located_at(span));
            token
        })
        .collect()
}
