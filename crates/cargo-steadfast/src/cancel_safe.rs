//! What is known of library futures: whether one may be dropped before it is done, and what it waits for.
//!
//! Each entry names where that is said. "tokio" is the section *Cancel safety* of the item's documentation in tokio or tokio-util,
//! and the two lists at `tokio::select!`; "futures" is the documentation of futures-util; "source" is a reading of the source.

/// What happens to the world while a future runs, seen from outside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing that anybody misses.
    None,
    /// A value is taken out of something, and is in the future's result alone.
    Takes,
    /// Bytes go into a buffer that the caller gave.
    Fills,
    /// The same, a part at a time: a future that is dropped leaves in the buffer what it has read so far.
    Appends,
    /// Something is sent or written.
    Sends,
}

/// What a future waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    Io,
    /// Room in a bounded channel, or a message.
    Channel,
    Lock,
    Timer,
    /// Another task, a signal, a permit.
    Event,
}

#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) name: &'static str,
    /// The last segment of the receiver's type contains one of these; of any type, if there is none.
    pub(crate) on: &'static [&'static str],
    /// Arguments of the call; `None` for any number.
    pub(crate) args: Option<usize>,
    pub(crate) waits_for: For,
    pub(crate) effect: Effect,
    /// What is lost if the future is dropped before it is done; `None` if it is cancel safe.
    pub(crate) loses: Option<&'static str>,
    #[cfg_attr(
        not(test),
        allow(
            dead_code,
            reason = "the sources are for the reader, and a test that each is given"
        )
    )]
    pub(crate) source: &'static str,
}

const fn safe(
    name: &'static str,
    on: &'static [&'static str],
    args: Option<usize>,
    waits_for: For,
    effect: Effect,
    source: &'static str,
) -> Known {
    Known {
        name,
        on,
        args,
        waits_for,
        effect,
        loses: None,
        source,
    }
}

const fn loses(
    name: &'static str,
    on: &'static [&'static str],
    args: Option<usize>,
    waits_for: For,
    effect: Effect,
    what: &'static str,
    source: &'static str,
) -> Known {
    Known {
        name,
        on,
        args,
        waits_for,
        effect,
        loses: Some(what),
        source,
    }
}

const PARTIAL_READ: &str =
    "bytes that were already read are lost, and the next read starts in the middle";
const PARTIAL_WRITE: &str = "an unknown part of the bytes is already written";
const MESSAGE: &str = "the message that it owns is dropped";

/// Channels and sinks whose `send` is a future.
const SENDERS: &[&str] = &[
    "Sender",
    "Framed",
    "FramedWrite",
    "SplitSink",
    "WebSocketStream",
    "WebSocket",
    "Sink",
    "SendSink",
    "Permit",
];

/// Methods, by name. The first that fits counts.
pub(crate) const METHODS: &[Known] = &[
    // tokio::io, futures::io
    loses(
        "read_exact",
        &[],
        None,
        For::Io,
        Effect::Fills,
        PARTIAL_READ,
        "tokio: AsyncReadExt::read_exact",
    ),
    loses(
        "read_to_end",
        &[],
        Some(1),
        For::Io,
        Effect::Fills,
        PARTIAL_READ,
        "tokio: list at select!",
    ),
    loses(
        "read_to_string",
        &[],
        Some(1),
        For::Io,
        Effect::Fills,
        PARTIAL_READ,
        "tokio: list at select!",
    ),
    loses(
        "read_line",
        &[],
        Some(1),
        For::Io,
        Effect::Fills,
        PARTIAL_READ,
        "tokio: AsyncBufReadExt::read_line",
    ),
    safe(
        "read_until",
        &[],
        Some(2),
        For::Io,
        Effect::Appends,
        "tokio: AsyncBufReadExt::read_until, partial data is in the buffer",
    ),
    loses(
        "write_all",
        &[],
        Some(1),
        For::Io,
        Effect::Sends,
        PARTIAL_WRITE,
        "tokio: AsyncWriteExt::write_all",
    ),
    safe(
        "write_all_buf",
        &[],
        Some(1),
        For::Io,
        Effect::None,
        "tokio: AsyncWriteExt::write_all_buf, the buffer keeps the rest",
    ),
    safe(
        "read_buf",
        &[],
        Some(1),
        For::Io,
        Effect::Fills,
        "tokio: AsyncReadExt::read_buf",
    ),
    safe(
        "read",
        &[],
        Some(1),
        For::Io,
        Effect::Fills,
        "tokio: AsyncReadExt::read",
    ),
    safe(
        "write",
        &[],
        Some(1),
        For::Io,
        Effect::Sends,
        "tokio: AsyncWriteExt::write",
    ),
    safe(
        "write_buf",
        &[],
        Some(1),
        For::Io,
        Effect::None,
        "tokio: AsyncWriteExt::write_buf",
    ),
    safe(
        "write_vectored",
        &[],
        Some(1),
        For::Io,
        Effect::Sends,
        "tokio: AsyncWriteExt::write_vectored",
    ),
    safe(
        "fill_buf",
        &[],
        Some(0),
        For::Io,
        Effect::None,
        "tokio: AsyncBufReadExt::fill_buf",
    ),
    safe(
        "next_line",
        &[],
        Some(0),
        For::Io,
        Effect::Takes,
        "tokio: Lines::next_line",
    ),
    safe(
        "next_segment",
        &[],
        Some(0),
        For::Io,
        Effect::Takes,
        "tokio: Split::next_segment",
    ),
    safe(
        "flush",
        &[],
        Some(0),
        For::Io,
        Effect::None,
        "source: may be repeated",
    ),
    safe(
        "shutdown",
        &["Stream", "Half", "Writer"],
        Some(0),
        For::Io,
        Effect::None,
        "source: may be repeated",
    ),
    safe(
        "accept",
        &[],
        Some(0),
        For::Io,
        Effect::Takes,
        "tokio: TcpListener::accept",
    ),
    safe(
        "readable",
        &[],
        Some(0),
        For::Io,
        Effect::None,
        "tokio: TcpStream::readable",
    ),
    safe(
        "writable",
        &[],
        Some(0),
        For::Io,
        Effect::None,
        "tokio: TcpStream::writable",
    ),
    safe(
        "peek",
        &["Stream", "Socket"],
        None,
        For::Io,
        Effect::None,
        "tokio: TcpStream::peek",
    ),
    safe(
        "recv_from",
        &[],
        Some(1),
        For::Io,
        Effect::Fills,
        "tokio: UdpSocket::recv_from",
    ),
    safe(
        "send_to",
        &["Socket", ""],
        Some(2),
        For::Io,
        Effect::Sends,
        "tokio: UdpSocket::send_to",
    ),
    safe(
        "recv",
        &["Socket", "Datagram"],
        None,
        For::Io,
        Effect::Fills,
        "tokio: UdpSocket::recv",
    ),
    safe(
        "send",
        &["UdpSocket", "UnixDatagram", "UdpFramed"],
        Some(1),
        For::Io,
        Effect::Sends,
        "tokio: UdpSocket::send",
    ),
    safe(
        "connect",
        &[],
        None,
        For::Io,
        Effect::None,
        "source: what it makes is in its result",
    ),
    safe(
        "wait",
        &["Child"],
        Some(0),
        For::Event,
        Effect::None,
        "tokio: Child::wait",
    ),
    safe(
        "wait_with_output",
        &[],
        Some(0),
        For::Event,
        Effect::None,
        "source: owns the child",
    ),
    safe(
        "sync_all",
        &[],
        Some(0),
        For::Io,
        Effect::None,
        "source: may be repeated",
    ),
    // Channels
    loses(
        "send",
        SENDERS,
        Some(1),
        For::Channel,
        Effect::Sends,
        MESSAGE,
        "tokio: mpsc::Sender::send; futures: SinkExt::send",
    ),
    loses(
        "send_async",
        &[],
        Some(1),
        For::Channel,
        Effect::Sends,
        MESSAGE,
        "source: flume::Sender::send_async",
    ),
    loses(
        "feed",
        &[],
        Some(1),
        For::Channel,
        Effect::Sends,
        MESSAGE,
        "futures: SinkExt::feed",
    ),
    loses(
        "send_all",
        &[],
        Some(1),
        For::Channel,
        Effect::Sends,
        "the item that it took from the stream is dropped",
        "futures: SinkExt::send_all",
    ),
    loses(
        "send_timeout",
        &[],
        Some(2),
        For::Channel,
        Effect::Sends,
        MESSAGE,
        "tokio: mpsc::Sender::send_timeout",
    ),
    safe(
        "reserve",
        &["Sender"],
        Some(0),
        For::Channel,
        Effect::None,
        "tokio: mpsc::Sender::reserve",
    ),
    safe(
        "recv",
        &[],
        Some(0),
        For::Channel,
        Effect::Takes,
        "tokio: mpsc, broadcast: recv",
    ),
    safe(
        "recv_async",
        &[],
        Some(0),
        For::Channel,
        Effect::Takes,
        "source: flume::Receiver::recv_async",
    ),
    safe(
        "recv_many",
        &[],
        Some(2),
        For::Channel,
        Effect::Fills,
        "tokio: mpsc::Receiver::recv_many",
    ),
    safe(
        "changed",
        &[],
        Some(0),
        For::Event,
        Effect::None,
        "tokio: watch::Receiver::changed",
    ),
    safe(
        "wait_for",
        &[],
        Some(1),
        For::Event,
        Effect::None,
        "tokio: watch::Receiver::wait_for",
    ),
    safe(
        "closed",
        &[],
        Some(0),
        For::Event,
        Effect::None,
        "tokio: Sender::closed",
    ),
    safe(
        "next",
        &[],
        Some(0),
        For::Channel,
        Effect::Takes,
        "tokio: list at select!; futures: StreamExt::next",
    ),
    safe(
        "try_next",
        &[],
        Some(0),
        For::Channel,
        Effect::Takes,
        "futures: TryStreamExt::try_next",
    ),
    safe(
        "select_next_some",
        &[],
        Some(0),
        For::Channel,
        Effect::Takes,
        "futures: StreamExt::select_next_some",
    ),
    // Tasks, events, time
    safe(
        "join_next",
        &[],
        Some(0),
        For::Event,
        Effect::Takes,
        "tokio: JoinSet::join_next",
    ),
    safe(
        "tick",
        &[],
        Some(0),
        For::Timer,
        Effect::None,
        "tokio: Interval::tick",
    ),
    safe(
        "notified",
        &[],
        Some(0),
        For::Event,
        Effect::None,
        "tokio: Notify::notified, which loses its place in the queue",
    ),
    safe(
        "cancelled",
        &[],
        Some(0),
        For::Event,
        Effect::None,
        "tokio: CancellationToken::cancelled",
    ),
    safe(
        "acquire",
        &[],
        Some(0),
        For::Event,
        Effect::None,
        "tokio: Semaphore::acquire, which loses its place in the queue",
    ),
    safe(
        "acquire_owned",
        &[],
        Some(0),
        For::Event,
        Effect::None,
        "tokio: Semaphore::acquire_owned, the same",
    ),
    safe(
        "acquire_many",
        &[],
        Some(1),
        For::Event,
        Effect::None,
        "tokio: Semaphore::acquire_many, the same",
    ),
    safe(
        "lock",
        &[],
        Some(0),
        For::Lock,
        Effect::None,
        "tokio: Mutex::lock, which loses its place in the queue",
    ),
    safe(
        "lock_owned",
        &[],
        Some(0),
        For::Lock,
        Effect::None,
        "tokio: Mutex::lock_owned, the same",
    ),
    safe(
        "read",
        &["RwLock", ""],
        Some(0),
        For::Lock,
        Effect::None,
        "tokio: RwLock::read, the same",
    ),
    safe(
        "write",
        &["RwLock", ""],
        Some(0),
        For::Lock,
        Effect::None,
        "tokio: RwLock::write, the same",
    ),
];

/// Free functions, by canonical path.
pub(crate) const FUNCTIONS: &[Known] = &[
    loses(
        "tokio::io::copy",
        &[],
        None,
        For::Io,
        Effect::Sends,
        "what was read and not yet written is dropped",
        "tokio: io::copy; source",
    ),
    loses(
        "tokio::io::copy_buf",
        &[],
        None,
        For::Io,
        Effect::Sends,
        "how far it came is not known",
        "source: copy_buf",
    ),
    loses(
        "tokio::io::copy_bidirectional",
        &[],
        None,
        For::Io,
        Effect::Sends,
        "what was read and not yet written is dropped",
        "source: copy_bidirectional",
    ),
    safe(
        "tokio::time::sleep",
        &[],
        None,
        For::Timer,
        Effect::None,
        "tokio: time::sleep",
    ),
    safe(
        "tokio::time::sleep_until",
        &[],
        None,
        For::Timer,
        Effect::None,
        "tokio: time::sleep_until",
    ),
    safe(
        "tokio::task::yield_now",
        &[],
        None,
        For::Timer,
        Effect::None,
        "source: holds nothing",
    ),
    safe(
        "async_std::task::sleep",
        &[],
        None,
        For::Timer,
        Effect::None,
        "source: holds nothing",
    ),
    safe(
        "smol::Timer::after",
        &[],
        None,
        For::Timer,
        Effect::None,
        "source: holds nothing",
    ),
    safe(
        "async_io::Timer::after",
        &[],
        None,
        For::Timer,
        Effect::None,
        "source: holds nothing",
    ),
    safe(
        "futures::future::ready",
        &[],
        None,
        For::Timer,
        Effect::None,
        "futures: future::ready",
    ),
    safe(
        "std::future::ready",
        &[],
        None,
        For::Timer,
        Effect::None,
        "std: future::ready",
    ),
    safe(
        "futures::future::pending",
        &[],
        None,
        For::Timer,
        Effect::None,
        "futures: future::pending",
    ),
    safe(
        "tokio::signal::ctrl_c",
        &[],
        None,
        For::Event,
        Effect::None,
        "tokio: signal::ctrl_c",
    ),
];

/// One byte is there or not.
const READ_BYTE: Known = safe(
    "read_u8, read_i8",
    &[],
    Some(0),
    For::Io,
    Effect::Takes,
    "tokio: AsyncReadExt::read_u8, one byte is read or none",
);

const WRITE_BYTE: Known = safe(
    "write_u8, write_i8",
    &[],
    Some(1),
    For::Io,
    Effect::Sends,
    "source: WriteU8, one byte is written or none",
);

/// Of a number of several bytes, some may have been read.
const READ_NUMBER: Known = loses(
    "read_u16 and the like",
    &[],
    Some(0),
    For::Io,
    Effect::Takes,
    PARTIAL_READ,
    "tokio: AsyncReadExt, as read_exact",
);

const WRITE_NUMBER: Known = loses(
    "write_u16 and the like",
    &[],
    Some(1),
    For::Io,
    Effect::Sends,
    PARTIAL_WRITE,
    "tokio: AsyncWriteExt, as write_all",
);

/// The types of numbers that are read and written in several bytes, either end first.
const NUMBERS: &[&str] = &[
    "u16", "u32", "u64", "u128", "i16", "i32", "i64", "i128", "f32", "f64",
];

/// The entry for a method that reads or writes a number.
fn number(name: &str, args: usize) -> Option<&'static Known> {
    let (verb, number) = name.split_once('_')?;
    let known = match (verb, number) {
        ("read", "u8" | "i8") => &READ_BYTE,
        ("write", "u8" | "i8") => &WRITE_BYTE,
        (verb, number) => {
            let number = number.strip_suffix("_le").unwrap_or(number);
            match verb {
                "read" if NUMBERS.contains(&number) => &READ_NUMBER,
                "write" if NUMBERS.contains(&number) => &WRITE_NUMBER,
                _ => return None,
            }
        }
    };
    (known.args == Some(args)).then_some(known)
}

/// The entry for a method of this name, called with so many arguments on a receiver whose type ends in `on` (empty if not known).
pub(crate) fn method(name: &str, args: usize, on: &str) -> Option<&'static Known> {
    let mut methods = METHODS.iter();
    let found = methods.find(|known| {
        known.name == name
            && known.args.is_none_or(|n| n == args)
            && (known.on.is_empty()
                || known.on.iter().any(|part| {
                    if part.is_empty() {
                        on.is_empty()
                    } else {
                        on.contains(part)
                    }
                }))
    });
    found.or_else(|| number(name, args))
}

pub(crate) fn function(path: &str) -> Option<&'static Known> {
    FUNCTIONS.iter().find(|known| known.name == path)
}

#[cfg(test)]
mod tests {
    use super::{FUNCTIONS, METHODS, READ_BYTE, READ_NUMBER, WRITE_BYTE, WRITE_NUMBER, method};

    #[test]
    fn every_entry_names_its_source() {
        let numbers = [READ_BYTE, WRITE_BYTE, READ_NUMBER, WRITE_NUMBER];
        for known in METHODS.iter().chain(FUNCTIONS).chain(&numbers) {
            let (origin, place) = known.source.split_once(':').unwrap_or_default();
            assert!(
                ["tokio", "futures", "std", "source"].contains(&origin),
                "{}",
                known.name
            );
            assert!(!place.trim().is_empty(), "{}", known.name);
        }
    }

    #[test]
    fn numbers_of_several_bytes_are_cut_and_bytes_are_not() {
        let loses = |name: &str, args| method(name, args, "").map(|known| known.loses.is_some());
        for name in ["u16", "i64", "u128", "f32", "f64", "u16_le", "i128_le"] {
            assert_eq!(loses(&format!("read_{name}"), 0), Some(true), "{name}");
            assert_eq!(loses(&format!("write_{name}"), 1), Some(true), "{name}");
        }
        for name in ["u8", "i8"] {
            assert_eq!(loses(&format!("read_{name}"), 0), Some(false), "{name}");
            assert_eq!(loses(&format!("write_{name}"), 1), Some(false), "{name}");
        }
        assert_eq!(loses("read_u24", 0), None);
        assert_eq!(loses("read_u16", 1), None);
    }
}
