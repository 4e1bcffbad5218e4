//! What a handler does, as far as it can be seen in its tokens.

use proc_macro::{Delimiter, Group, Span, TokenStream, TokenTree};

use super::question::is_question;
use crate::template::Template;
use crate::tokens::{end_of_own, is_joint, is_sign, is_word, macro_call};

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

/// Macros whose arguments are not code of the handler: those of a text, and of a generator of async-stream.
pub(crate) const QUOTING: &[&str] = &["stringify", "stream", "try_stream"];

/// Macros that never await.
pub(super) const SYNCHRONOUS: &[&str] = &[
    "addr_of",
    "assert",
    "assert_eq",
    "assert_matches",
    "assert_ne",
    "cfg",
    "column",
    "compile_error",
    "concat",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
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

/// Macros that never await, and that leave what stands around them.
pub(super) const LEAVING: &[&str] = &["bail", "ensure", "ensure_whatever", "ready", "whatever"];

/// What code ends with that gives no value.
const DIVERGING: &[&str] = &[
    "abort",
    "bail",
    "break",
    "continue",
    "exit",
    "loop",
    "panic",
    "return",
    "todo",
    "unimplemented",
    "unreachable",
];

/// What was found. The places are those of the first of each kind.
#[derive(Default)]
pub(crate) struct Found {
    /// Control may leave the handler: `break`, `continue`, `return`, `?`.
    pub(crate) leaves: Option<Span>,
    /// `break value` out of this loop.
    pub(crate) breaks_with_value: Option<Span>,
    /// A jump that goes further than this loop: `return`, `?`, another label.
    pub(crate) jumps_far: Option<Span>,
    /// A call of a macro that may await.
    pub(crate) unknown_macro: Option<Span>,
}

/// Looks through a handler of the loop with this label. What closures, functions and `async` blocks of the handler do is their own, and
/// so are jumps that stay in a loop or a block of its own.
pub(crate) fn scan(tokens: &[TokenTree], label: Option<&str>) -> Found {
    let mut scan = Scan {
        label,
        own_labels: Vec::new(),
        found: Found::default(),
    };
    scan.through(tokens, false);
    scan.found
}

/// The first await of this code itself.
pub(crate) fn find_await(tokens: &[TokenTree]) -> Option<Span> {
    let mut at = 0;
    while at < tokens.len() {
        if let Some(next) = end_of_own(tokens, at) {
            at = next;
            continue;
        }
        if macro_call(tokens, at).is_some_and(|(name, _)| awaits_elsewhere(&name)) {
            at += 3;
            continue;
        }
        let found = match &tokens[at] {
            TokenTree::Ident(word) if word.to_string() == "await" => Some(word.span()),
            TokenTree::Group(group) => find_await(&inside(group)),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        at += 1;
    }
    None
}

/// For what stands behind this code, which may not be reached: nobody is told. Where it is reached in any case the attribute is left
/// out, because a crate that forbids the lint forbids the attribute.
pub(crate) fn lint_behind(code: TokenStream) -> TokenStream {
    let attribute = match may_diverge(code) {
        true => "#[allow(unreachable_code)]",
        false => "",
    };
    Template::new().code(attribute)
}

/// Whether control may not come to the end of this code.
fn may_diverge(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => DIVERGING.contains(&word.to_string().as_str()),
        TokenTree::Group(group) => may_diverge(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn awaits_elsewhere(name: &str) -> bool {
    GENERATORS.contains(&name) || QUOTING.contains(&name)
}

struct Scan<'a> {
    label: Option<&'a str>,
    /// Labels in the handler that stand around this place.
    own_labels: Vec<String>,
    found: Found,
}

/// Between the beginning of a loop, or a label, and its block.
#[derive(Default)]
struct Head {
    label: Option<String>,
    is_loop: bool,
    /// Blocks that come before it: those of `if`, `match` and the like.
    blocks: usize,
}

impl Head {
    fn is_open(&self) -> bool {
        self.is_loop || self.label.is_some()
    }

    /// Whether the block that follows is the one.
    fn is_next(&mut self) -> bool {
        let is_next = self.is_open() && self.blocks == 0;
        self.blocks = self.blocks.saturating_sub(1);
        is_next
    }
}

fn is_block(tokens: &[TokenTree], at: usize) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
}

impl Scan<'_> {
    /// `inner`: in a loop of the handler's own, to which plain `break` and `continue` belong.
    fn through(&mut self, tokens: &[TokenTree], inner: bool) {
        let mut at = 0;
        let mut head = Head::default();
        while at < tokens.len() {
            if let Some(next) = end_of_own(tokens, at) {
                at = next;
            } else if let Some((name, arguments)) = macro_call(tokens, at) {
                self.call(&name, tokens[at].span(), &inside(arguments), inner);
                at += 3;
            } else if let Some(label) = declared_at(tokens, at) {
                head.label = Some(label);
                at += 3;
            } else {
                self.one(tokens, at, inner, &mut head);
                at += 1;
            }
        }
    }

    fn call(&mut self, name: &str, at: Span, arguments: &[TokenTree], inner: bool) {
        if LOOPS.contains(&name) {
            let label = declared_at(arguments, 0);
            self.block(label, arguments, true);
        } else if !awaits_elsewhere(name) {
            if LEAVING.contains(&name) {
                self.far(at);
            } else if !SYNCHRONOUS.contains(&name) && !AWAITING.contains(&name) {
                self.found.unknown_macro.get_or_insert(at);
            }
            self.through(arguments, inner);
        }
    }

    fn one(&mut self, tokens: &[TokenTree], at: usize, inner: bool, head: &mut Head) {
        match &tokens[at] {
            TokenTree::Ident(word) => match word.to_string().as_str() {
                "loop" => head.is_loop = true,
                "while" => {
                    head.is_loop = true;
                    head.blocks += usize::from(is_block(tokens, at + 1));
                }
                // Not that of a type: `for<'a>`.
                "for" => head.is_loop |= !tokens.get(at + 1).is_some_and(|t| is_sign(t, '<')),
                "if" | "match" | "unsafe" if head.is_open() => head.blocks += 1,
                "in" if head.is_open() => head.blocks += usize::from(is_block(tokens, at + 1)),
                "else"
                    if head.is_open() && !tokens.get(at + 1).is_some_and(|t| is_word(t, "if")) =>
                {
                    head.blocks += 1;
                }
                "break" | "continue" => self.jumps(tokens, at, inner),
                "return" => self.far(word.span()),
                _ => {}
            },
            TokenTree::Punct(sign) if is_question(tokens, at) => self.far(sign.span()),
            // As in `while let Some(job) = { queue.lock().pop() } { .. }`.
            TokenTree::Punct(_) if head.is_open() && is_sign(&tokens[at], '=') => {
                head.blocks += usize::from(is_block(tokens, at + 1));
            }
            TokenTree::Group(group) => {
                let braces = group.delimiter() == Delimiter::Brace;
                if braces && head.is_next() {
                    let Head { label, is_loop, .. } = core::mem::take(head);
                    self.block(label, &inside(group), inner || is_loop);
                } else {
                    self.through(&inside(group), inner);
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }

    /// The block of a loop, or one with a label.
    fn block(&mut self, label: Option<String>, tokens: &[TokenTree], inner: bool) {
        let around = self.own_labels.len();
        self.own_labels.extend(label);
        self.through(tokens, inner);
        self.own_labels.truncate(around);
    }

    fn jumps(&mut self, tokens: &[TokenTree], at: usize, inner: bool) {
        let label = label_at(tokens, at + 1);
        let stays = match &label {
            Some(label) => self.own_labels.contains(label),
            None => inner,
        };
        if stays {
            return;
        }
        let place = tokens[at].span();
        self.found.leaves.get_or_insert(place);
        if label.is_some() && self.label != label.as_deref() {
            self.found.jumps_far.get_or_insert(place);
            return;
        }
        let value = at + 1 + if label.is_some() { 2 } else { 0 };
        let has_value = tokens
            .get(value)
            .is_some_and(|token| !is_sign(token, ';') && !is_sign(token, ','));
        if is_word(&tokens[at], "break") && has_value {
            self.found.breaks_with_value.get_or_insert(place);
        }
    }

    fn far(&mut self, at: Span) {
        self.found.leaves.get_or_insert(at);
        self.found.jumps_far.get_or_insert(at);
    }
}

fn label_at(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at..at + 2) {
        Some([quote, TokenTree::Ident(label)]) if is_joint(quote, '\'') => Some(label.to_string()),
        _ => None,
    }
}

/// `'label :`, before a loop or a block.
fn declared_at(tokens: &[TokenTree], at: usize) -> Option<String> {
    let colon = tokens.get(at + 2).is_some_and(|token| is_sign(token, ':'));
    label_at(tokens, at).filter(|_| colon)
}

fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}
