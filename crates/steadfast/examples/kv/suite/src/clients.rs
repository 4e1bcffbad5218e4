//! What clients ask of a server. Every form passes.

use std::thread;
use std::time::Duration;

use kv_shared::{MAX_KEY, MAX_VALUE, Op};

use crate::client::Client;
use crate::faulty::Fate;
use crate::forms::Form;
use crate::server::Server;

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

pub(crate) fn values_come_back(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |_| {});
    let mut client = server.connect();
    assert_eq!(client.ask("PING"), "PONG");
    let every_byte: Vec<u8> = (0..=255).chain(*b"\r\nGET a\r\n").collect();
    for value in [&b""[..], b"one", b"\r\n", &every_byte] {
        assert_eq!(client.set("a", value), "OK");
        assert_eq!(client.get("a").as_deref(), Some(value));
    }
    assert_eq!(client.ask("MOVE a b"), "OK");
    assert_eq!(client.get("a"), None);
    assert_eq!(client.get("b").unwrap(), every_byte);
    assert_eq!(client.ask("MOVE a c"), "NONE");
    assert_eq!(client.ask("DEL b"), "OK");
    assert_eq!(client.ask("DEL b"), "NONE");
    assert_eq!(client.ask("QUIT"), "", "the connection is over");
    server.stop();
}

pub(crate) fn bad_requests_are_answered(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |_| {});
    let mut client = server.connect();
    for bad in ["FETCH a", "GET", "", "MOVE a"] {
        assert_eq!(client.ask(bad), "ERROR unknown command", "{bad:?}");
    }
    let long = format!("GET {}", "k".repeat(MAX_KEY + 1));
    assert_eq!(client.ask(&long), "ERROR a key has at most 250 bytes");
    assert_eq!(client.ask("PING"), "PONG", "the connection goes on");
    server.stop();
}

pub(crate) fn fatal_ones_end_the_connection(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |_| {});
    let mut client = server.connect();
    let reply = client.ask(&format!("SET a {}", MAX_VALUE + 1));
    assert_eq!(reply, "ERROR a value has at most 1048576 bytes");
    assert_eq!(client.line(), "", "the connection is over");
    assert_eq!(server.connect().ask("PING"), "PONG", "others are served");
    server.stop();
}

pub(crate) fn the_largest_is_taken(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |_| {});
    let mut client = server.connect();
    let (key, value) = ("k".repeat(MAX_KEY), vec![7; MAX_VALUE]);
    assert_eq!(client.set(&key, &value), "OK");
    assert!(client.get(&key).unwrap() == value);
    server.stop();
}

pub(crate) fn pipelined_requests_are_answered_in_order(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |_| {});
    let mut client = server.connect();
    client.send("SET a 1\r\n1\r\nGET a\r\nNONSENSE\r\nDEL a\r\nGET a\r\nPING\r\n");
    let expected = [
        "OK",
        "VALUE 1",
        "1",
        "ERROR unknown command",
        "OK",
        "NONE",
        "PONG",
    ];
    for line in expected {
        assert_eq!(client.line(), line);
    }
    server.stop();
}

pub(crate) fn many_clients_at_once(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |limits| limits.connections = 8);
    let address = server.address;
    let clients: Vec<_> = (0..16)
        .map(|client| {
            thread::spawn(move || {
                let mut connection = Client::connect(address);
                for number in 0..20 {
                    let (key, value) = (format!("{client}-{number}"), [client, number]);
                    assert_eq!(connection.set(&key, &value), "OK");
                    assert_eq!(connection.get(&key).unwrap(), value);
                }
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
    server.stop();
}

pub(crate) fn no_more_clients_than_places(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |limits| limits.connections = 1);
    server.script.put(Op::Get, Fate::Gate);
    let mut first = server.connect();
    first.send("GET a\r\n");
    server.script.wait_until(|state| state.waiting == 1);
    let mut second = server.connect();
    second.send("PING\r\n");
    server.script.open(Op::Get);
    assert_eq!(first.line(), "NONE");
    assert_eq!(first.ask("QUIT"), "");
    assert_eq!(second.line(), "PONG");
    let mut done = server.script.done();
    done.retain(|op| *op != Op::Close && *op != Op::Checkpoint);
    assert_eq!(
        done,
        [Op::Open, Op::Get, Op::Open],
        "the second came after it"
    );
    server.stop();
}

pub(crate) fn a_request_has_a_deadline(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |limits| {
        limits.request = Duration::from_millis(10)
    });
    server.script.put(Op::Get, Fate::Gate);
    let mut client = server.connect();
    assert_eq!(client.ask("GET a"), "ERROR the request took too long");
    assert_eq!(client.ask("PING"), "PONG", "the connection goes on");
    server.script.open(Op::Get);
    server.stop();
}

pub(crate) fn a_silent_client_is_sent_away(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |limits| {
        limits.idle = Duration::from_millis(10)
    });
    let mut client = server.connect();
    assert_eq!(client.line(), "ERROR silent for too long");
    assert_eq!(client.line(), "", "the connection is over");
    server.stop();
}

pub(crate) fn data_outlives_the_server(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |_| {});
    assert_eq!(server.connect().set("a", b"still here"), "OK");
    server.stop();
    let server = Server::start(&form, &directory, |_| {});
    assert_eq!(server.connect().get("a").unwrap(), b"still here");
    server.stop();
}

pub(crate) fn idle_clients_do_not_hold_the_end_up(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |_| {});
    let mut silent = server.connect();
    let mut half = server.connect();
    assert_eq!(silent.ask("PING"), "PONG");
    assert_eq!(half.ask("PING"), "PONG");
    half.send("SET a 100\r\nhalf a value");
    server.stop();
    assert_eq!(silent.line(), "");
    assert_eq!(half.line(), "");
}

/// It asks for more than sockets hold, and reads nothing of it.
fn ask_and_do_not_read(server: &Server) -> Client {
    let mut client = server.connect();
    assert_eq!(client.set("large", &vec![7; MAX_VALUE]), "OK");
    client.send("GET large\r\n".repeat(64));
    server
        .script
        .wait_until(|state| state.done.contains(&Op::Get));
    client
}

pub(crate) fn a_client_that_does_not_read_is_sent_away(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |limits| {
        limits.idle = Duration::from_millis(100)
    });
    let client = ask_and_do_not_read(&server);
    server
        .script
        .wait_until(|state| state.done.contains(&Op::Close));
    server.stop();
    drop(client);
}

pub(crate) fn a_client_that_does_not_read_does_not_hold_the_end_up(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |limits| {
        limits.drain = Duration::from_millis(10)
    });
    let client = ask_and_do_not_read(&server);
    server.stop();
    drop(client);
}
