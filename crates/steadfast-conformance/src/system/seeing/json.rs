//! As much of JSON as the tree writes, read strictly.

use std::iter::Peekable;
use std::str::Chars;

/// A node of the tree, as its JSON tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::system) struct Item {
    pub(in crate::system) kind: String,
    pub(in crate::system) name: Option<String>,
    pub(in crate::system) location: String,
    pub(in crate::system) state: String,
    pub(in crate::system) reason: Option<String>,
    pub(in crate::system) deadline_ms: Option<i64>,
    pub(in crate::system) depth: usize,
}

/// Every node in drawing order.
///
/// # Panics
///
/// If `text` is not JSON of the promised shape.
pub(in crate::system) fn read(text: &str) -> Vec<Item> {
    let mut reader = Reader {
        rest: text.chars().peekable(),
        items: Vec::new(),
    };
    reader.forest();
    assert_eq!(reader.rest.next(), None, "something follows the JSON");
    reader.items
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    items: Vec<Item>,
}

impl Reader<'_> {
    /// A list of nodes, each of which ends with a list of nodes. A loop, because the tree may be deep.
    fn forest(&mut self) {
        let mut depth = 0;
        self.expect("[");
        loop {
            match self.rest.peek() {
                Some('{') => {
                    let item = self.item(depth);
                    self.items.push(item);
                    depth += 1;
                }
                Some(']') => {
                    self.expect("]");
                    if depth == 0 {
                        return;
                    }
                    depth -= 1;
                    self.expect("}");
                    if self.rest.peek() == Some(&',') {
                        self.expect(",");
                        assert_eq!(
                            self.rest.peek(),
                            Some(&'{'),
                            "a comma with nothing after it"
                        );
                    }
                }
                other => panic!("{other:?} where a node or the end of a list must be"),
            }
        }
    }

    /// A node up to the opening of its children.
    fn item(&mut self, depth: usize) -> Item {
        let mut item = Item {
            depth,
            ..Item::default()
        };
        self.expect("{\"kind\":");
        item.kind = self.string();
        self.expect(",\"name\":");
        item.name = self.optional(Self::string);
        self.expect(",\"location\":");
        item.location = self.string();
        self.expect(",\"age_ms\":");
        assert!(self.number() >= 0);
        self.expect(",\"state\":");
        item.state = self.string();
        self.expect(",\"reason\":");
        item.reason = self.optional(Self::string);
        self.expect(",\"deadline_ms\":");
        item.deadline_ms = self.optional(Self::number);
        self.expect(",\"children\":[");
        item
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.rest.peek() == Some(&'n') {
            self.expect("null");
            return None;
        }
        Some(read(self))
    }

    fn number(&mut self) -> i64 {
        let mut digits = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_digit() || *c == '-') {
            digits.push(c);
        }
        digits.parse().expect("a number")
    }

    fn string(&mut self) -> String {
        self.expect("\"");
        let mut text = String::new();
        loop {
            match self.rest.next().expect("a string has an end") {
                '"' => return text,
                '\\' => text.push(self.escaped()),
                c => {
                    assert!(!c.is_control(), "{c:?} must be escaped");
                    text.push(c);
                }
            }
        }
    }

    fn escaped(&mut self) -> char {
        match self.rest.next() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('n') => '\n',
            Some('u') => {
                let digits: String = self.rest.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).expect("four hexadecimal digits");
                char::from_u32(code).expect("a character")
            }
            other => panic!("{other:?} cannot be escaped"),
        }
    }

    fn expect(&mut self, text: &str) {
        for c in text.chars() {
            assert_eq!(self.rest.next(), Some(c), "in {text:?}");
        }
    }
}
