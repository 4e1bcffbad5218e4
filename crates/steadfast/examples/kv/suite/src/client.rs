//! A client that blocks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A connection to a server.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).unwrap()))
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// The next line of the reply, without its end. Empty if the connection is over.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        // A connection that is reset is over, too.
        _ = self.0.read_line(&mut line);
        line.trim_end().to_owned()
    }

    /// The first line of the reply to `request`.
    pub(crate) fn ask(&mut self, request: &str) -> String {
        self.send(format!("{request}\r\n"));
        self.line()
    }

    pub(crate) fn set(&mut self, key: &str, value: &[u8]) -> String {
        self.send_set(key, value);
        self.line()
    }

    pub(crate) fn send_set(&mut self, key: &str, value: &[u8]) {
        let head = format!("SET {key} {}\r\n", value.len());
        self.send([head.as_bytes(), value, b"\r\n"].concat());
    }

    pub(crate) fn get(&mut self, key: &str) -> Option<Vec<u8>> {
        let head = self.ask(&format!("GET {key}"));
        if head == "NONE" {
            return None;
        }
        let length = head.strip_prefix("VALUE ").expect(&head);
        let mut value = vec![0; length.parse::<usize>().unwrap() + 2];
        self.0.read_exact(&mut value).unwrap();
        assert!(value.ends_with(b"\r\n"));
        value.truncate(value.len() - 2);
        Some(value)
    }
}
