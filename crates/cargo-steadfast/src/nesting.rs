//! Whether a source is too deep for a parser that recurses: refused beforehand, since a full stack cannot be caught.

/// How deep the parser may go: delimiters, and tokens that may each nest the next (`!!!x`, `a + b + c`, `else if`).
const DEPTH: usize = 12_000;

/// The line at which the source is too deep, if it is. Comments and literals are not told apart from code: they only add to a
/// bound that no code which a person wrote comes near.
pub(crate) fn check(text: &str) -> Result<(), u32> {
    // For each open delimiter, the tokens since the last separator in it, and the depth of what is around.
    let mut open = vec![0_usize];
    let mut around = 0_usize;
    let mut line = 1;
    let mut in_word = false;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let is_word = c.is_alphanumeric() || c == '_';
        let was_word = in_word;
        let starts = !(c.is_whitespace() || is_word && in_word);
        in_word = is_word;
        match c {
            '\n' => line += 1,
            'r' if !was_word && is_raw(rest.as_str()) => line += skip_raw(&mut rest),
            '\'' if rest.as_str().chars().nth(1) == Some('\'') => {
                rest.nth(1);
            }
            '"' => line += skip_string(&mut rest),
            '/' if rest.as_str().starts_with('/') => skip_line(&mut rest),
            '(' | '[' | '{' => {
                around += open.last().copied().unwrap_or(0) + 1;
                open.push(0);
            }
            ')' | ']' | '}' if open.len() > 1 => {
                open.pop();
                around = around.saturating_sub(open.last().copied().unwrap_or(0) + 1);
                if c == '}' && starts_anew(rest.as_str()) {
                    open.pop();
                    open.push(0);
                }
            }
            ',' | ';' => {
                if let Some(tokens) = open.last_mut() {
                    *tokens = 0;
                }
            }
            _ if starts => {
                if let Some(tokens) = open.last_mut() {
                    *tokens += 1;
                }
            }
            _ => {}
        }
        if around + open.last().copied().unwrap_or(0) > DEPTH {
            return Err(line);
        }
    }
    Ok(())
}

/// Past the end of the string, or to the end of a text in which it has none; returns how many lines that is.
fn skip_string(rest: &mut std::str::Chars<'_>) -> u32 {
    let from = rest.as_str();
    let mut escaped = false;
    for (at, c) in from.char_indices() {
        match c {
            '"' if !escaped => {
                let inside = &from[..at];
                *rest = from[at + 1..].chars();
                return u32::try_from(inside.matches('\n').count()).unwrap_or(u32::MAX);
            }
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    0
}

/// Whether what follows a block is a statement, arm or item of its own, and not the rest of what the block was a part of.
fn starts_anew(after: &str) -> bool {
    let next = after.trim_start();
    let is_word = next.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '#' | '/'));
    is_word && !next.starts_with("else") && !next.starts_with("as ")
}

fn is_raw(after: &str) -> bool {
    after.trim_start_matches('#').starts_with('"')
}

/// Past the end of a raw string, after its `r`.
fn skip_raw(rest: &mut std::str::Chars<'_>) -> u32 {
    let from = rest.as_str();
    let text = from.trim_start_matches('#');
    let end = format!("\"{}", "#".repeat(from.len() - text.len()));
    let length = text[1..]
        .find(&end)
        .map_or(text.len() - 1, |at| at + end.len());
    let (inside, after) = text[1..].split_at(length);
    *rest = after.chars();
    u32::try_from(inside.matches('\n').count()).unwrap_or(u32::MAX)
}

fn skip_line(rest: &mut std::str::Chars<'_>) {
    let from = rest.as_str();
    let end = from.find('\n').unwrap_or(from.len());
    *rest = from[end..].chars();
}

#[cfg(test)]
mod tests {
    use super::{DEPTH, check};

    #[test]
    fn code_of_any_length_passes() {
        let flat = "fn f() { g(1, 2); }\n".repeat(DEPTH);
        assert_eq!(check(&flat), Ok(()));
    }

    #[test]
    fn what_literals_and_comments_hold_is_no_code() {
        let held = "( ".repeat(DEPTH + 1);
        for text in [
            format!("\"{held}\""),
            format!("r#\"\" {held}\"#"),
            format!("// {held}\n"),
        ] {
            assert_eq!(check(&text), Ok(()));
        }
    }

    #[test]
    fn chains_that_recurse_are_refused_with_their_line() {
        for piece in ["!", "(", "[", "a+", "if a {} else "] {
            let deep = format!("\nfn f() {{ {}", piece.repeat(DEPTH + 1));
            assert_eq!(check(&deep), Err(2), "{piece}");
        }
    }
}
