//! What may happen to a server. A form that does not survive a fault is a control: it has to fail in the way that is stated here.

use kv_shared::Op;

use crate::faulty::Fate;
use crate::forms::{Fault, Form};
use crate::server::{Server, database};

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A client goes in the middle of a `MOVE`, between its two writes.
pub(crate) fn client_killed_in_its_request(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |_| {});
    let script = &server.script;
    script.put(Op::Del, Fate::Gate);
    let mut client = server.connect();
    assert_eq!(client.set("a", b"1"), "OK");
    client.send("MOVE a b\r\n");
    script.wait_until(|state| state.waiting == 1);
    drop(client);
    if form.survives(Fault::Killed) {
        script.wait_until(|state| state.asked == 1);
    } else {
        script.wait_until(|state| state.abandoned == 1);
    }
    script.open(Op::Del);
    script.wait_until(|state| state.done.contains(&Op::Close));
    server.stop();
    let database = database(directory.path());
    let (a, b) = (database.get("a").unwrap(), database.get("b").unwrap());
    assert!(b.is_some());
    if form.survives(Fault::Killed) {
        assert_eq!(a, None, "the request is finished");
    } else {
        assert!(a.is_some(), "control: half of the request has been done");
    }
}

/// The database fails one request; the session of its client is slow to be closed. There is one place.
pub(crate) fn error_in_one_connection(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |limits| limits.connections = 1);
    let script = &server.script;
    script.put(Op::Set, Fate::Fails("the disk is full"));
    script.put(Op::Close, Fate::Gate);
    let mut first = server.connect();
    first.send_set("a", b"1");
    script.wait_until(|state| state.waiting == 1);
    let mut second = server.connect();
    second.send("PING\r\n");
    if form.survives(Fault::Error) {
        script.open(Op::Close);
        assert_eq!(second.line(), "PONG");
        assert_eq!(
            script.most_sessions(),
            1,
            "the place was free when the first had gone"
        );
    } else {
        assert_eq!(second.line(), "PONG");
        assert_eq!(
            script.most_sessions(),
            2,
            "control: two clients in one place"
        );
        script.open(Op::Close);
    }
    assert_eq!(first.line(), "");
    let failures = server.stop().summary.failures;
    let [failure] = &failures[..] else {
        panic!("one connection failed: {failures:?}")
    };
    assert!(failure.contains("the disk is full"), "{failure}");
}

/// A bug in one connection.
pub(crate) fn panic_in_one_connection(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |_| {});
    server.script.put(Op::Get, Fate::Panics("a bug"));
    let mut first = server.connect();
    assert_eq!(first.ask("GET a"), "", "its connection is over");
    let mut second = server.connect();
    assert_eq!(second.set("a", b"1"), "OK", "others are served");
    assert_eq!(second.get("a").unwrap(), b"1");
    let failures = server.stop().summary.failures;
    if form.survives(Fault::Panic) {
        let [failure] = &failures[..] else {
            panic!("one connection failed: {failures:?}")
        };
        assert!(failure.contains("a bug"), "{failure}");
    } else {
        assert!(
            failures.is_empty(),
            "control: nobody was told: {failures:?}"
        );
    }
}

/// The server is asked to end while it carries requests out: two that write, two that read.
pub(crate) fn shutdown_with_requests_in_flight(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |_| {});
    let script = server.script.clone();
    let mut idle = server.connect();
    assert_eq!(idle.ask("PING"), "PONG");
    script.put(Op::Set, Fate::Gate);
    script.put(Op::Get, Fate::Gate);
    let mut writers = [server.connect(), server.connect()];
    let mut readers = [server.connect(), server.connect()];
    for (key, writer) in ["a", "b"].into_iter().zip(&mut writers) {
        writer.send_set(key, b"1");
    }
    for reader in &mut readers {
        reader.send("GET c\r\n");
    }
    script.wait_until(|state| state.waiting == 4);
    let ending = server.shut_down();
    let survives = form.survives(Fault::InFlight);
    if survives {
        // The connections have heard of it.
        assert_eq!(idle.line(), "");
        script.open(Op::Set);
        script.open(Op::Get);
    }
    let ended = ending.wait();
    let database = database(directory.path());
    for (key, writer) in ["a", "b"].into_iter().zip(&mut writers) {
        let value = database.get(key).unwrap();
        if survives {
            assert_eq!(writer.line(), "OK");
            assert!(value.is_some());
        } else {
            assert_eq!(writer.line(), "", "control: the client never hears of it");
            assert_eq!(value, None, "control: the request is lost");
        }
    }
    for reader in &mut readers {
        // Control: no reply, or that it is given up.
        assert_eq!(reader.line() == "NONE", survives);
    }
    let waiting = if survives { 0 } else { 4 };
    assert_eq!(ended.waiting, waiting, "requests when the server returned");
    assert_eq!(
        ended.sessions == 0,
        survives,
        "sessions when the server returned"
    );
}

/// The server is asked to end while a session is being closed.
pub(crate) fn slow_clean_up(form: Form) {
    let directory = directory();
    let server = Server::start(&form, &directory, |_| {});
    let script = server.script.clone();
    script.put(Op::Close, Fate::Gate);
    let mut client = server.connect();
    assert_eq!(client.ask("PING"), "PONG");
    client.send("QUIT\r\n");
    script.wait_until(|state| state.waiting == 1);
    let ending = server.shut_down();
    let survives = form.survives(Fault::CleanUp);
    if survives {
        script.open(Op::Close);
    }
    let ended = ending.wait();
    let left = database(directory.path()).sessions().unwrap();
    if survives {
        assert_eq!((ended.sessions, left), (0, 0));
    } else {
        assert_eq!(
            (ended.sessions, left),
            (1, 1),
            "control: the server has ended, and the session is open for ever"
        );
    }
    drop(client);
}
