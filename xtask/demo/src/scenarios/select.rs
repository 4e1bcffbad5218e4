//! Stopped: a loop that reads a batch and sends its items one by one is an arm of `select!`, which drops it in the middle
//! of a batch each time the other arm is ready.

use std::fmt;

use async_channel::{Receiver, Sender};
use futures::FutureExt as _;
use steadfast::{FutureExt as _, nursery};

use crate::runtime::Runtime;
use crate::scenario::{Failure, Observation, Scenario};

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "select",
    title: "Stopped: `read_send` is an arm of a `select!` loop beside a socket",
    raw,
    steadfast,
};

struct Seen {
    read: usize,
    delivered: usize,
}

impl Observation for Seen {
    fn is_clean(&self) -> bool {
        self.read == ITEMS && self.delivered == ITEMS
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seen { read, delivered } = self;
        write!(f, "{read} items read, {delivered} delivered")
    }
}

fn raw(runtime: Runtime) -> Result<Box<dyn Observation>, Failure> {
    match runtime {
        Runtime::Tokio => runtime.block_on(observe(runtime, with_tokio_select)),
        Runtime::Smol | Runtime::AsyncStd => {
            runtime.block_on(observe(runtime, with_futures_select))
        }
    }
}

fn steadfast(runtime: Runtime) -> Result<Box<dyn Observation>, Failure> {
    runtime.run_steadfast(observe(runtime, with_nursery))
}

async fn with_tokio_select(file: &mut File, mut channel: Sender<Item>, socket: Socket) {
    loop {
        tokio::select! {
            // steadfast: allow(select-loop-cancel, reason = "the failure that the demonstration shows")
            () = read_send(file, &mut channel) => break,
            () = socket.read_packet() => socket.handle_packet().await,
        }
    }
}

async fn with_futures_select(file: &mut File, mut channel: Sender<Item>, socket: Socket) {
    loop {
        futures::select! {
            // steadfast: allow(select-loop-cancel, reason = "the failure that the demonstration shows")
            () = read_send(file, &mut channel).fuse() => break,
            () = socket.read_packet().fuse() => socket.handle_packet().await,
        }
    }
}

/// No loop goes round `read_send`: packets have a task of their own, which is asked to end when `read_send` has ended.
async fn with_nursery(file: &mut File, mut channel: Sender<Item>, socket: Socket) {
    nursery(async |n| {
        n.spawn_background(handle_packets(socket));
        read_send(file, &mut channel).await;
    })
    .await;
}

/// Gives way between two packets, and nowhere else.
async fn handle_packets(socket: Socket) {
    while let Ok(()) = socket.read_packet().or_cancelled().await {
        socket.handle_packet().await;
    }
}

/// The loop of the essay.
async fn read_send(file: &mut File, channel: &mut Sender<Item>) {
    while let Some(items) = file.read_next() {
        for item in items {
            if channel.send(item).await.is_err() {
                return;
            }
        }
    }
}

/// Runs `caller` and counts what it read, and what arrived at the other end.
async fn observe(
    runtime: Runtime,
    caller: impl AsyncFnOnce(&mut File, Sender<Item>, Socket),
) -> Result<Box<dyn Observation>, Failure> {
    let mut file = File::default();
    let (channel, socket, consumer) = wires();
    let consumer = runtime.spawn_and_wait(consumer.run());
    let (delivered, ()) = futures::join!(consumer, caller(&mut file, channel, socket));
    let read = file.position;
    Ok(Box::new(Seen { read, delivered }))
}

/// A file of [`ITEMS`] items. Reading moves the position, and nothing moves it back.
#[derive(Default)]
struct File {
    position: usize,
}

impl File {
    fn read_next(&mut self) -> Option<impl Iterator<Item = Item> + use<>> {
        let batch = self.position..self.position + BATCH;
        self.position = batch.end.min(ITEMS);
        (batch.end <= ITEMS).then_some(batch)
    }
}

type Item = usize;

struct Socket {
    packets: Receiver<()>,
    replies: Sender<()>,
}

impl Socket {
    /// Waits for a packet; for ever once the peer has gone, as an idle connection does.
    async fn read_packet(&self) {
        if self.packets.recv().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    async fn handle_packet(&self) {
        let _ = self.replies.send(()).await;
    }
}

/// The other end of both the channel and the socket. Sends a packet in the middle of each batch: one item has arrived, the
/// next is in the channel, and the sender waits with the rest.
struct Consumer {
    items: Receiver<Item>,
    packets: Sender<()>,
    replies: Receiver<()>,
}

impl Consumer {
    async fn run(self) -> usize {
        let mut delivered = 0;
        while let Ok(item) = self.items.recv().await {
            delivered += 1;
            if item % BATCH == 0 {
                self.wait_until_full().await;
                let _ = self.packets.send(()).await;
                let _ = self.replies.recv().await;
            }
        }
        delivered
    }

    async fn wait_until_full(&self) {
        while !self.items.is_full() && !self.items.is_closed() {
            smol::future::yield_now().await;
        }
    }
}

fn wires() -> (Sender<Item>, Socket, Consumer) {
    let (channel, items) = async_channel::bounded(1);
    let (peer, packets) = async_channel::bounded(1);
    let (replies, answered) = async_channel::bounded(1);
    let consumer = Consumer {
        items,
        packets: peer,
        replies: answered,
    };
    (channel, Socket { packets, replies }, consumer)
}

const BATCH: usize = 4;
const ITEMS: usize = 5 * BATCH;
