//! Line comments, told apart from what only looks like one inside of a string.

/// A `//` comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) line: u32,
    pub(crate) column: u32,
    /// Without the slashes, trimmed.
    pub(crate) text: String,
    /// Code stands before it in its line.
    pub(crate) trails: bool,
}

/// The comments that speak to the audit, in order.
pub(crate) fn scan(text: &str) -> Vec<Comment> {
    let mut found = Vec::new();
    if !text.contains("steadfast:") {
        return found;
    }
    let mut scanner = Scanner {
        rest: text,
        line: 1,
        line_start: text,
    };
    while let Some(comment) = scanner.next_comment() {
        if comment.text.starts_with("steadfast:") {
            found.push(comment);
        }
    }
    found
}

struct Scanner<'t> {
    rest: &'t str,
    line: u32,
    /// From the start of the current line on.
    line_start: &'t str,
}

impl Scanner<'_> {
    fn next_comment(&mut self) -> Option<Comment> {
        while !self.rest.is_empty() {
            if self.rest.starts_with("//") {
                return Some(self.comment());
            } else if self.rest.starts_with("/*") {
                self.block_comment();
            } else if self.rest.starts_with('"') {
                self.string();
            } else if let Some(hashes) = self.raw_string() {
                self.skip_past(&format!("\"{}", "#".repeat(hashes)));
            } else if self.rest.starts_with('\'') {
                self.character();
            } else {
                self.step();
            }
        }
        None
    }

    /// Past one character.
    fn step(&mut self) {
        let mut chars = self.rest.chars();
        let first = chars.next();
        self.rest = chars.as_str();
        if first == Some('\n') {
            self.line = self.line.saturating_add(1);
            self.line_start = self.rest;
        }
    }

    fn steps(&mut self, count: usize) {
        (0..count).for_each(|_| self.step());
    }

    fn skip_past(&mut self, end: &str) {
        while !self.rest.is_empty() && !self.rest.starts_with(end) {
            self.step();
        }
        self.steps(end.chars().count());
    }

    fn comment(&mut self) -> Comment {
        let before = &self.line_start[..self.line_start.len() - self.rest.len()];
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let comment = Comment {
            line: self.line,
            column: u32::try_from(before.chars().count()).unwrap_or(u32::MAX),
            text: self.rest[2..end].trim().to_owned(),
            trails: !before.trim().is_empty(),
        };
        self.rest = &self.rest[end..];
        comment
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while !self.rest.is_empty() {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.steps(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.steps(2);
                if depth == 0 {
                    return;
                }
            } else {
                self.step();
            }
        }
    }

    fn string(&mut self) {
        self.step();
        while !self.rest.is_empty() {
            if self.rest.starts_with('\\') {
                self.steps(2);
            } else if self.rest.starts_with('"') {
                return self.step();
            } else {
                self.step();
            }
        }
    }

    /// At the start of a raw string, the number of its hashes; then its text comes next.
    fn raw_string(&mut self) -> Option<usize> {
        let after = self
            .rest
            .strip_prefix("br")
            .or_else(|| self.rest.strip_prefix('r'))?;
        let before = &self.line_start[..self.line_start.len() - self.rest.len()];
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            return None;
        }
        let text = after.trim_start_matches('#');
        if !text.starts_with('"') {
            return None;
        }
        let hashes = after.len() - text.len();
        self.rest = &text[1..];
        Some(hashes)
    }

    /// A character, or the tick of a lifetime.
    fn character(&mut self) {
        self.step();
        let mut chars = self.rest.chars();
        match (chars.next(), chars.next()) {
            (Some('\\'), _) => {
                self.steps(2);
                self.skip_past("'");
            }
            (_, Some('\'')) => self.steps(2),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::scan;

    #[test]
    fn strings_and_block_comments_hold_no_comments() {
        let text = concat!(
            "let a = \"// steadfast: in a string\\\"// steadfast: still\";\n",
            "let b = r#\"// steadfast: raw \" // steadfast: raw\"#; /* // steadfast: block\n",
            " /* nested */ // steadfast: block */\n",
            "let c: &'static str = x; let q = '\"'; // steadfast: here\n",
            "    // steadfast: and here\n",
        );
        let found: Vec<_> = scan(text)
            .into_iter()
            .map(|c| (c.line, c.text, c.trails))
            .collect();
        let expected = [
            (4, "steadfast: here".to_owned(), true),
            (5, "steadfast: and here".to_owned(), false),
        ];
        assert_eq!(found, expected);
    }
}
