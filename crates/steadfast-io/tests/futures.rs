//! Reads, writes and sends over `futures-io` and sinks, dropped at every poll.

mod support;

use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use futures_util::{Sink, SinkExt};
use steadfast::CancelSafe;
use steadfast_io::futures::{ReadOn, SendFrom, WriteOn};
use steadfast_io::{ReadExact, Unsent, WriteAll};

use crate::support::poll;

/// A line that moves two bytes at a time, and makes its users wait before each of them.
#[derive(Default)]
struct Line {
    bytes: VecDeque<u8>,
    waited: bool,
    room: Option<usize>,
}

impl Line {
    fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.iter().copied().collect(),
            ..Self::default()
        }
    }

    fn ready(&mut self) -> bool {
        self.waited = !self.waited;
        !self.waited
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize>> {
        if !self.ready() {
            return Poll::Pending;
        }
        let count = buffer.len().min(2).min(self.bytes.len());
        for (place, byte) in buffer.iter_mut().zip(self.bytes.drain(..count)) {
            *place = byte;
        }
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        if !self.ready() {
            return Poll::Pending;
        }
        let room = self
            .room
            .map_or(2, |room| room.saturating_sub(self.bytes.len()));
        let count = bytes.len().min(2).min(room);
        self.bytes.extend(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn droppable<F: CancelSafe>(future: F) -> F {
    future
}

#[test]
fn a_read_that_is_dropped_after_any_number_of_polls_goes_on_where_it_was() {
    let mut line = Line::of(b"HEADbody");
    let mut torn = [0; 4];
    assert!(poll(2, line.read_exact(&mut torn)).is_none());
    let read = poll(9, line.read_exact(&mut torn));
    assert!(
        read.is_some() && torn == *b"ADbo",
        "the first bytes are gone"
    );

    for polls in 1..6 {
        let mut line = Line::of(b"HEADbody");
        let mut header = ReadExact::new([0; 4]);
        let read = (0..9).find_map(|_| poll(polls, droppable(line.read_on(&mut header))));
        assert!(read.unwrap().is_ok());
        assert_eq!(
            (header.filled(), header.into_inner()),
            (4, *b"HEAD"),
            "{polls}"
        );
        assert_eq!(line.bytes, b"body");
    }
}

#[test]
fn a_write_that_is_dropped_after_any_number_of_polls_goes_on_where_it_was() {
    let mut line = Line::default();
    assert!(poll(2, line.write_all(b"HELLO")).is_none());
    assert!(poll(9, line.write_all(b"HELLO")).is_some());
    assert_eq!(line.bytes, b"HEHELLO", "the first bytes are there twice");

    for polls in 1..6 {
        let mut line = Line::default();
        let mut hello = WriteAll::new("HELLO");
        let written = (0..9).find_map(|_| poll(polls, droppable(line.write_on(&mut hello))));
        assert!(written.unwrap().is_ok());
        assert_eq!((hello.written(), hello.rest()), (5, &b""[..]), "{polls}");
        assert_eq!(line.bytes, b"HELLO");
    }
}

#[test]
fn an_end_that_comes_too_early_leaves_what_came() {
    let mut header = ReadExact::new(vec![0; 4]);
    let error = poll(9, Line::of(b"HEA").read_on(&mut header))
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(error.to_string().contains("1 bytes"), "{error}");
    assert_eq!(header.read_so_far(), b"HEA");

    // Another source may have the rest, and then it is at its end, and asks for nothing.
    assert!(
        poll(9, Line::of(b"D!").read_on(&mut header))
            .unwrap()
            .is_ok()
    );
    assert!(
        poll(1, Line::default().read_on(&mut header))
            .unwrap()
            .is_ok()
    );
    assert_eq!(header.read_so_far(), b"HEAD");
    header.restart();
    assert_eq!(header.read_so_far(), b"");
}

#[test]
fn a_writer_that_takes_no_more_leaves_the_rest() {
    let mut line = Line {
        room: Some(3),
        ..Line::default()
    };
    let mut hello = WriteAll::new(b"HELLO");
    let error = poll(9, line.write_on(&mut hello)).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteZero);
    assert!(error.to_string().contains("2 bytes"), "{error}");
    assert_eq!(hello.rest(), b"LO");
    assert_eq!(hello.into_inner(), b"HELLO");
}

/// Has room for one message, which it passes on when it is flushed and may.
#[derive(Default)]
struct Slot {
    message: Option<&'static str>,
    arrived: Vec<&'static str>,
    may: bool,
    closed: bool,
    refuses: bool,
}

impl Sink<&'static str> for Slot {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if self.closed {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        self.poll_flush(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: &'static str) -> Result<()> {
        assert!(self.message.replace(message).is_none(), "there was no room");
        match self.refuses {
            true => Err(ErrorKind::InvalidData.into()),
            false => Ok(()),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
        if self.message.is_some() && !self.may {
            return Poll::Pending;
        }
        let message = self.message.take();
        self.arrived.extend(message);
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.poll_flush(cx)
    }
}

#[test]
fn a_message_is_the_callers_or_the_sinks() {
    let mut slot = Slot::default();
    assert!(poll(1, slot.send("one")).is_none());
    assert!(poll(1, slot.send("lost")).is_none());
    slot.may = true;
    assert!(poll(1, slot.send("three")).is_some());
    assert_eq!(slot.arrived, ["one", "three"]);

    let mut slot = Slot::default();
    let mut messages = ["one", "two", "three"].map(Unsent::new);
    for message in &mut messages {
        assert!(poll(2, droppable(slot.send_from(message))).is_none());
    }
    let sent = messages.each_ref().map(Unsent::is_sent);
    assert_eq!(sent, [true, false, false]);
    slot.may = true;
    for message in &mut messages {
        assert!(poll(1, slot.send_from(message)).unwrap().is_ok());
    }
    assert_eq!(slot.arrived, ["one", "two", "three"]);

    slot.closed = true;
    // What the sink has needs no more room.
    assert!(poll(1, slot.send_from(&mut messages[0])).unwrap().is_ok());
    let mut late = Unsent::new("late");
    assert!(poll(1, slot.send_from(&mut late)).unwrap().is_err());
    assert_eq!(late.into_inner(), Some("late"));

    // What the sink has been handed is its own, whatever it says to it.
    let mut slot = Slot {
        refuses: true,
        ..Slot::default()
    };
    let mut refused = Unsent::new("refused");
    assert!(poll(1, slot.send_from(&mut refused)).unwrap().is_err());
    assert!(refused.is_sent() && slot.message == Some("refused"));
}
