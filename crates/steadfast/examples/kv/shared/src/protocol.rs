//! The protocol, without input and output: bytes in, requests out; replies in, bytes out.
//!
//! ```text
//! > SET greeting 5            a value has any bytes; its length is stated, and it ends with a line break
//! > hello
//! < OK
//! > GET greeting              > GET nothing          > DEL nothing         > MOVE greeting hello     > PING
//! < VALUE 5                   < NONE                 < NONE                < OK                      < PONG
//! < hello
//! > FETCH greeting            a request that is understood as a line, but is none: an error, and the connection goes on
//! < ERROR unknown command
//! > SET greeting 9999999      what makes it unclear where the next request begins: an error, and the connection ends
//! < ERROR a value has at most 1048576 bytes
//! ```
//!
//! Lines end with `\n`; a `\r` before it is ignored. `QUIT` ends the connection.

use std::fmt;

/// The longest key, in bytes. A key has no spaces and no control characters.
pub const MAX_KEY: usize = 250;

/// The longest value, in bytes.
pub const MAX_VALUE: usize = 1 << 20;

/// The longest line: the longest request without its value.
const MAX_LINE: usize = 2 * MAX_KEY + 16;

/// The name of a value.
pub type Key = String;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Whether anybody is there.
    Ping,
    /// The value of a key.
    Get(Key),
    /// To give a key a value.
    Set(Key, Vec<u8>),
    /// To forget a key.
    Del(Key),
    /// To give the second key the value of the first, which is forgotten.
    Move(Key, Key),
    /// To end the connection.
    Quit,
}

/// What it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Somebody is there.
    Pong,
    /// It is done.
    Ok,
    /// There is no such key.
    None,
    /// The value of the key.
    Value(Vec<u8>),
    /// It is not done, and why.
    Error(String),
}

impl Reply {
    /// As it is sent.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Pong => b"PONG\r\n".to_vec(),
            Self::Ok => b"OK\r\n".to_vec(),
            Self::None => b"NONE\r\n".to_vec(),
            Self::Value(value) => {
                let head = format!("VALUE {}\r\n", value.len()).into_bytes();
                [&head[..], value, b"\r\n"].concat()
            }
            Self::Error(why) => format!("ERROR {why}\r\n").into_bytes(),
        }
    }
}

/// Bytes that are no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// What is wrong with them.
    pub why: String,
    /// Whether it is unclear where the next request begins, so that the connection has to end.
    pub fatal: bool,
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Bad {}

/// Finds the requests in what has been received. What is not a whole request yet stays here, so that a read may be given up.
#[derive(Debug, Default)]
pub struct Decoder {
    received: Vec<u8>,
}

impl Decoder {
    /// Takes up what was received.
    pub fn push(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// The next request, if it is whole.
    pub fn decode(&mut self) -> Option<Result<Request, Bad>> {
        let Some(end) = self.received.iter().position(|byte| *byte == b'\n') else {
            let endless = self.received.len() > MAX_LINE;
            return endless.then(|| Err(fatal("a line is too long")));
        };
        if end > MAX_LINE {
            return Some(Err(fatal("a line is too long")));
        }
        let line = self.received[..end].trim_ascii_end();
        let (request, value) = match parse(line) {
            Ok(parsed) => parsed,
            Err(bad) => {
                self.received.drain(..=end);
                return Some(Err(bad));
            }
        };
        let Some(length) = value else {
            self.received.drain(..=end);
            return Some(Ok(request));
        };
        let rest = &self.received[end + 1..];
        let (value, after) = rest.split_at_checked(length)?;
        let closing = match after {
            [b'\r', b'\n', ..] => 2,
            [b'\n', ..] => 1,
            [] | [b'\r'] => return None,
            _ => return Some(Err(fatal("a value is longer than was said"))),
        };
        let Request::Set(key, _) = request else {
            unreachable!("no other request has a value")
        };
        let request = Request::Set(key, value.to_vec());
        self.received.drain(..end + 1 + length + closing);
        Some(Ok(request))
    }
}

/// A request, without its value, and the length of that.
fn parse(line: &[u8]) -> Result<(Request, Option<usize>), Bad> {
    let line = std::str::from_utf8(line).map_err(|_| wrong("a request is text"))?;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let request = match words[..] {
        ["PING"] => Request::Ping,
        ["QUIT"] => Request::Quit,
        ["GET", name] => Request::Get(key(name)?),
        ["DEL", name] => Request::Del(key(name)?),
        ["MOVE", from, to] => Request::Move(key(from)?, key(to)?),
        // Whatever is wrong with the rest: a value follows, and nobody knows where it ends.
        ["SET", name, length] => {
            let length = length.parse().ok().filter(|length| *length <= MAX_VALUE);
            let length =
                length.ok_or_else(|| fatal(format!("a value has at most {MAX_VALUE} bytes")))?;
            let name = key(name).map_err(|bad| fatal(bad.why))?;
            return Ok((Request::Set(name, Vec::new()), Some(length)));
        }
        ["SET", ..] => return Err(fatal("SET takes a key and a length")),
        _ => return Err(wrong("unknown command")),
    };
    Ok((request, None))
}

fn key(name: &str) -> Result<Key, Bad> {
    if name.len() > MAX_KEY {
        return Err(wrong(format!("a key has at most {MAX_KEY} bytes")));
    }
    if name.contains(char::is_control) {
        return Err(wrong("a key has no control characters"));
    }
    Ok(name.to_owned())
}

fn wrong(why: impl Into<String>) -> Bad {
    Bad {
        why: why.into(),
        fatal: false,
    }
}

fn fatal(why: impl Into<String>) -> Bad {
    Bad {
        why: why.into(),
        fatal: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], chunk: usize) -> Vec<Result<Request, Bad>> {
        let mut decoder = Decoder::default();
        let mut found = Vec::new();
        for bytes in bytes.chunks(chunk) {
            decoder.push(bytes);
            while let Some(next) = decoder.decode() {
                let over = matches!(&next, Err(bad) if bad.fatal);
                found.push(next);
                if over {
                    return found;
                }
            }
        }
        found
    }

    #[test]
    fn requests_are_found_however_they_are_cut() {
        let bytes = b"PING\r\nSET a 5\r\n\r\nGET\r\nGET a\nMOVE a b\r\nDEL b\r\nQUIT\r\n";
        let expected = [
            Request::Ping,
            Request::Set("a".into(), b"\r\nGET".to_vec()),
            Request::Get("a".into()),
            Request::Move("a".into(), "b".into()),
            Request::Del("b".into()),
            Request::Quit,
        ]
        .map(Ok);
        for chunk in 1..=bytes.len() {
            assert_eq!(all(bytes, chunk), expected, "in pieces of {chunk}");
        }
    }

    #[test]
    fn what_is_no_request_is_told_and_the_next_one_is_found() {
        let long = "k".repeat(MAX_KEY + 1);
        for line in [
            "",
            "FETCH a",
            "GET",
            "GET a b",
            "\u{7}",
            &format!("GET {long}"),
        ] {
            let found = all(format!("{line}\r\nPING\r\n").as_bytes(), 7);
            assert!(matches!(&found[0], Err(bad) if !bad.fatal), "{found:?}");
            assert_eq!(found[1..], [Ok(Request::Ping)], "after {line:?}");
        }
    }

    #[test]
    fn what_hides_the_next_request_is_fatal() {
        let long = "k".repeat(MAX_KEY + 1);
        for bytes in [
            format!("SET a {}\r\n", MAX_VALUE + 1),
            "SET a -1\r\n".into(),
            "SET a\r\n".into(),
            format!("SET {long} 1\r\n"),
            "SET a 1\r\nxyz\r\n".into(),
            "x".repeat(MAX_LINE + 1),
        ] {
            let found = all(bytes.as_bytes(), 4096);
            assert!(matches!(&found[..], [Err(bad)] if bad.fatal), "{found:?}");
        }
    }
}
