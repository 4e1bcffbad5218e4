//! What a handler does, as far as it can be seen in its tokens.

use proc_macro::{Delimiter, Span, TokenTree};

use crate::tokens::{end_of_async, group_of, is_joint, is_sign, is_word, macro_call};

/// Loops of ours: they take the driver around them.
pub(crate) const LOOPS: &[&str] = &["merge", "for_await"];

/// Generators of ours: their awaits are their own.
pub(crate) const GENERATORS: &[&str] = &["flow", "try_flow"];

/// Macros that await by themselves, where that cannot be seen in the tokens.
pub(crate) const AWAITING: &[&str] = &[
    "join",
    "try_join",
    "select",
    "select_biased",
    "try_select",
    "poll",
    "pending",
    "join_all",
];

/// Macros that never await, and that show their arguments as text.
pub(crate) const TELLING: &[&str] = &["assert", "dbg", "debug_assert"];

/// Macros that show their arguments as text and do not run them.
pub(crate) const QUOTING: &[&str] = &["stringify"];

/// Macros that never await.
pub(super) const SYNCHRONOUS: &[&str] = &[
    "addr_of",
    "assert",
    "assert_eq",
    "assert_matches",
    "assert_ne",
    "bail",
    "cfg",
    "column",
    "compile_error",
    "concat",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "ensure",
    "env",
    "eprint",
    "eprintln",
    "error",
    "event",
    "file",
    "format",
    "format_args",
    "include_bytes",
    "include_str",
    "info",
    "json",
    "line",
    "log",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "race",
    "pin",
    "print",
    "println",
    "ready",
    "span",
    "stringify",
    "thread_local",
    "todo",
    "trace",
    "unreachable",
    "unimplemented",
    "vec",
    "warn",
    "write",
    "writeln",
    "anyhow",
];

/// What was found. The places are those of the first of each kind.
#[derive(Default)]
pub(crate) struct Found {
    /// Control may leave the handler: `break`, `continue`, `return`, `?`.
    pub(crate) leaves: bool,
    /// `break value` out of this loop.
    pub(crate) breaks_with_value: Option<Span>,
    /// A jump that goes further than this loop: `return`, `?`, another label.
    pub(crate) jumps_far: Option<Span>,
    /// A call of a macro that may await.
    pub(crate) calls_unknown_macro: bool,
}

/// Looks through a handler of the loop with this label.
pub(crate) fn scan(tokens: &[TokenTree], label: Option<&str>) -> Found {
    let mut scan = Scan {
        label,
        found: Found::default(),
    };
    scan.through(tokens, false);
    scan.found
}

struct Scan<'a> {
    label: Option<&'a str>,
    found: Found,
}

impl Scan<'_> {
    /// `inner`: in a loop of the handler's own, to which plain `break` and `continue` belong.
    fn through(&mut self, tokens: &[TokenTree], inner: bool) {
        let mut at = 0;
        // A block that follows belongs to a loop.
        let mut heads_loop = false;
        while at < tokens.len() {
            if is_word(&tokens[at], "async") {
                at = end_of_async(tokens, at);
                continue;
            }
            if let Some((name, arguments)) = macro_call(tokens, at) {
                let name = name.as_str();
                let arguments: Vec<_> = arguments.stream().into_iter().collect();
                if LOOPS.contains(&name) {
                    self.through(&arguments, true);
                } else if !GENERATORS.contains(&name) {
                    self.found.calls_unknown_macro |=
                        !SYNCHRONOUS.contains(&name) && !AWAITING.contains(&name);
                    self.through(&arguments, inner);
                }
                at += 3;
                continue;
            }
            let token = &tokens[at];
            match token {
                TokenTree::Ident(word) => match word.to_string().as_str() {
                    "loop" | "while" | "for" => heads_loop = true,
                    "break" => self.breaks(tokens, at, inner),
                    "continue" => self.jumps(tokens, at),
                    "return" => self.far(token.span()),
                    _ => {}
                },
                TokenTree::Punct(sign) if sign.as_char() == '?' => self.far(token.span()),
                TokenTree::Group(group) => {
                    let block = group_of(Some(token), Delimiter::Brace).is_some();
                    let inside: Vec<_> = group.stream().into_iter().collect();
                    self.through(&inside, inner || (block && heads_loop));
                    heads_loop &= !block;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            at += 1;
        }
    }

    fn breaks(&mut self, tokens: &[TokenTree], at: usize, inner: bool) {
        self.jumps(tokens, at);
        let label = label_at(tokens, at + 1);
        let ours = match &label {
            Some(label) => self.label == Some(label),
            None => !inner,
        };
        let value = at + 1 + if label.is_some() { 2 } else { 0 };
        let has_value = tokens
            .get(value)
            .is_some_and(|token| !is_sign(token, ';') && !is_sign(token, ','));
        if ours && has_value {
            self.found
                .breaks_with_value
                .get_or_insert(tokens[at].span());
        }
    }

    fn jumps(&mut self, tokens: &[TokenTree], at: usize) {
        self.found.leaves = true;
        // A label of a block or loop inside of the handler looks the same; it can be renamed to none.
        if label_at(tokens, at + 1).is_some_and(|label| self.label != Some(&label)) {
            self.found.jumps_far.get_or_insert(tokens[at].span());
        }
    }

    fn far(&mut self, at: Span) {
        self.found.leaves = true;
        self.found.jumps_far.get_or_insert(at);
    }
}

fn label_at(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at..at + 2) {
        Some([quote, TokenTree::Ident(label)]) if is_joint(quote, '\'') => Some(label.to_string()),
        _ => None,
    }
}
