//! Reads, writes and sends over tokio's readers, writers and channels, dropped at every poll.

mod support;

use std::time::Duration;

use steadfast::tokio::TokioRuntime;
use steadfast::{CancelSafe, block_on, timeout};
use steadfast_io::tokio::{ReadOn, SendFrom, WriteOn};
use steadfast_io::{ReadExact, Unsent, WriteAll};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use crate::support::poll;

fn droppable<F: CancelSafe + Send>(future: F) -> F {
    future
}

#[test]
fn a_read_that_is_dropped_at_every_poll_goes_on_where_it_was() {
    let (mut write, mut read) = tokio::io::duplex(8);
    let mut torn = [0; 4];
    poll(1, write.write_all(b"HE")).unwrap().unwrap();
    assert!(poll(1, read.read_exact(&mut torn)).is_none());
    poll(1, write.write_all(b"ADbody")).unwrap().unwrap();
    assert!(poll(1, read.read_exact(&mut torn)).is_some());
    assert_eq!(torn, *b"ADbo", "the first bytes are gone");

    let (mut write, mut read) = tokio::io::duplex(8);
    let mut header = ReadExact::new([0; 4]);
    for (come, byte) in b"HEAD".iter().enumerate() {
        assert!(poll(2, droppable(read.read_on(&mut header))).is_none());
        assert_eq!(header.filled(), come);
        poll(1, write.write_u8(*byte)).unwrap().unwrap();
    }
    assert!(poll(1, read.read_on(&mut header)).unwrap().is_ok());
    assert_eq!(header.into_inner(), *b"HEAD");
}

#[test]
fn a_write_that_is_dropped_at_every_poll_goes_on_where_it_was() {
    let (mut write, mut read) = tokio::io::duplex(2);
    let mut hello = WriteAll::new(b"HELLO");
    let mut arrived = Vec::new();
    while poll(2, droppable(write.write_on(&mut hello))).is_none() {
        assert_eq!(poll(1, read.read_buf(&mut arrived)).unwrap().unwrap(), 2);
    }
    drop(write);
    poll(1, read.read_to_end(&mut arrived)).unwrap().unwrap();
    assert_eq!(arrived, b"HELLO");
}

#[test]
fn a_message_is_the_callers_or_the_channels() {
    let (sender, mut receiver) = mpsc::channel(1);
    poll(1, sender.send("zero")).unwrap().unwrap();
    assert!(poll(1, sender.send("lost")).is_none());

    let mut message = Unsent::new("one");
    for _ in 0..3 {
        assert!(poll(2, droppable(sender.send_from(&mut message))).is_none());
        assert!(!message.is_sent());
    }
    assert_eq!(receiver.try_recv(), Ok("zero"));
    assert_eq!(poll(1, sender.send_from(&mut message)), Some(Ok(())));
    assert!(message.is_sent());
    // It is sent once, however often one asks.
    assert_eq!(poll(1, sender.send_from(&mut message)), Some(Ok(())));
    assert_eq!(receiver.try_recv(), Ok("one"));
    assert!(receiver.try_recv().is_err());

    drop(receiver);
    let mut late = Unsent::new("late");
    assert!(poll(1, sender.send_from(&mut late)).unwrap().is_err());
    assert_eq!(late.into_inner(), Some("late"));
}

#[test]
fn a_timeout_takes_them_as_they_are() {
    let runtime = TokioRuntime::current_thread().unwrap();
    let (mut line, _other) = tokio::io::duplex(1);
    let (sender, _receiver) = mpsc::channel(1);
    let mut header = ReadExact::new([0; 4]);
    let mut bytes = WriteAll::new([1; 4]);
    let mut messages = [1, 2].map(Unsent::new);
    block_on(&runtime, async {
        let at_once = Duration::ZERO;
        assert!(timeout(at_once, line.read_on(&mut header)).await.is_err());
        assert!(timeout(at_once, line.write_on(&mut bytes)).await.is_err());
        for message in &mut messages {
            let _ = timeout(at_once, sender.send_from(message)).await;
        }
    });
    let [one, two] = messages.map(Unsent::into_inner);
    assert_eq!(
        (header.filled(), bytes.written(), one, two),
        (0, 1, None, Some(2))
    );
}
