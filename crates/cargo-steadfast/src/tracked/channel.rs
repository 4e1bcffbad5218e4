//! Channels of which a task holds one end, and its owner the other.

use crate::{
    bindings,
    ir::{Block, Expr, Kind, Pat, Span, Stmt},
    spawns::name_of,
    walk::Place,
};

const MAKERS: &[&str] = &[
    "channel",
    "unbounded",
    "bounded",
    "unbounded_channel",
    "oneshot",
    "pair",
    "split",
    "duplex",
];

/// A channel that the function makes.
struct Channel<'a> {
    sender: &'a str,
    receiver: &'a str,
    /// The last two names of what makes it: `watch::channel`.
    maker: String,
}

/// Whether `name`, which the task holds, is one end of a channel whose other end this function awaits, or hands to its caller, until
/// the task has ended.
pub(super) fn is_awaited(name: &str, future: &Expr, place: &Place<'_, '_>) -> bool {
    let Some(channel) = made(place)
        .into_iter()
        .rfind(|channel| channel.sender == name || channel.receiver == name)
    else {
        return false;
    };
    if channel.receiver == name {
        return is_closed_by_owner(channel.sender, place);
    }
    if is_used_up_before_the_end(name, future) {
        return false;
    }
    let body = &place.cx.entry.function.body;
    let tells = !channel.is_watch() || ends_with_sending(name, future);
    awaits(channel.receiver, body) || tells && hands_out(channel.receiver, body)
}

/// Whether the function awaits `receiver` outside of the tasks that it leaves alone, or hands it on to its caller.
pub(crate) fn is_drained(receiver: &str, place: &Place<'_, '_>) -> bool {
    let body = &place.cx.entry.function.body;
    awaits(receiver, body) || hands_out(receiver, body)
}

impl Channel<'_> {
    /// Of a `watch`, the receiver looks at values: nobody reads until there are no more, though one may wait for the outcome.
    fn is_watch(&self) -> bool {
        self.maker == "watch::channel"
    }
}

fn made<'a>(place: &Place<'a, '_>) -> Vec<Channel<'a>> {
    let mut channels = Vec::new();
    crate::bindings::each(&place.cx.entry.function.body, &mut |pat, init| {
        let maker = init.and_then(maker);
        if let ([sender, receiver], Some(maker)) = (pat.names().as_slice(), maker) {
            channels.push(Channel {
                sender,
                receiver,
                maker,
            });
        }
    });
    channels
}

fn maker(init: &Expr) -> Option<String> {
    let mut found = None;
    init.any(&mut |e| {
        if let Kind::Call(callee, _) = &e.kind {
            if MAKERS.contains(&name_of(callee).as_str()) {
                found = Some(match &callee.kind {
                    Kind::Path(path) => path[path.len().saturating_sub(2)..].join("::"),
                    _ => String::new(),
                });
            }
        }
        found.is_some()
    });
    found
}

fn awaits(receiver: &str, body: &Block) -> bool {
    let mut left_alone = Vec::new();
    discarded_spawns(body, &mut left_alone);
    body.any(&mut |e| {
        let awaits = match &e.kind {
            Kind::Await(inner) | Kind::Return(Some(inner)) => inner.mentions(receiver),
            Kind::Select(select) => select.arms.iter().any(|arm| arm.future.mentions(receiver)),
            Kind::Method(m) => m.name.starts_with("blocking_recv") && m.receiver.mentions(receiver),
            _ => false,
        };
        awaits && !left_alone.iter().any(|task: &Span| task.contains(e.span))
    })
}

/// Where the function starts tasks and discards their handles: what such a task awaits, nobody else does.
fn discarded_spawns(block: &Block, out: &mut Vec<Span>) {
    let spawns = |e: &&Expr| {
        matches!(e.kind, Kind::Call(..) | Kind::Method(_)) && name_of(e).starts_with("spawn")
    };
    bindings::each_stmt(block, &mut |stmt| {
        out.extend(stmt.discarded().filter(spawns).map(|e| e.span));
    });
}

/// Whether the function returns `name`, or what it has built around it.
fn hands_out(name: &str, body: &Block) -> bool {
    let mut names = vec![name];
    crate::bindings::each(body, &mut |pat, init| {
        let is_around = |init: &Expr| names.iter().any(|name| init.mentions(name));
        if let (Pat::Bind(built), true) = (pat, init.is_some_and(is_around)) {
            names.push(built);
        }
    });
    let Some(Stmt::Expr(tail, false)) = body.stmts.last() else {
        return false;
    };
    names.iter().any(|name| tail.mentions(name))
}

/// Whether the task sends its one message, by a method that takes the sender, and awaits something after that: it says that it has begun.
fn is_used_up_before_the_end(sender: &str, future: &Expr) -> bool {
    let mut last: Option<Span> = None;
    let mut borrows = false;
    future.any(&mut |e| {
        match &e.kind {
            Kind::Method(m) if m.receiver.as_variable() == Some(sender) => {
                if m.name == "send" {
                    last = last.max(Some(e.span));
                } else {
                    borrows = true;
                }
            }
            // Sending is awaited: this is no oneshot channel.
            Kind::Await(inner) => {
                borrows |= matches!(&inner.kind, Kind::Method(m) if m.name == "send" && m.receiver.as_variable() == Some(sender));
            }
            _ => {}
        }
        borrows
    });
    let Some(last) = last.filter(|_| !borrows) else {
        return false;
    };
    future.any(&mut |e| matches!(e.kind, Kind::Await(_)) && e.span.starts_after(last))
}

/// Whether the task sends once, and awaits nothing after that: what it has come to.
fn ends_with_sending(sender: &str, future: &Expr) -> bool {
    let mut sent: Vec<Span> = Vec::new();
    let mut loops: Vec<Span> = Vec::new();
    let mut last_await = Span::default();
    future.any(&mut |e| {
        match &e.kind {
            Kind::Method(m)
                if m.name.starts_with("send") && m.receiver.as_variable() == Some(sender) =>
            {
                sent.push(e.span);
            }
            Kind::Loop(_) => loops.push(e.span),
            Kind::Await(_) => last_await = last_await.max(e.span),
            _ => {}
        }
        false
    });
    let is_once = |send: &Span| !loops.iter().any(|l| l.contains(*send));
    !sent.is_empty()
        && sent.iter().all(is_once)
        && !sent.iter().any(|send| last_await.starts_after(*send))
}

/// Whether the owner waits until the task has dropped the receiver: this function does, or a method of the type that it gives `sender`.
fn is_closed_by_owner(sender: &str, place: &Place<'_, '_>) -> bool {
    let closes = |body: &Block, of: Option<&str>| {
        body.any(&mut |e| match &e.kind {
            Kind::Await(inner) => inner.any(&mut |e| match &e.kind {
                Kind::Method(m) => {
                    m.name == "closed" && of.is_none_or(|of| name_of(&m.receiver) == of)
                }
                _ => false,
            }),
            _ => false,
        })
    };
    let body = &place.cx.entry.function.body;
    if closes(body, Some(sender)) {
        return true;
    }
    let Some(owner) = body.stmts.last().and_then(|stmt| match stmt {
        Stmt::Expr(tail, false) => owner(tail, sender, place),
        _ => None,
    }) else {
        return false;
    };
    let mut functions = place.cx.index.functions.iter();
    functions
        .any(|entry| entry.owner.as_ref() == Some(&owner) && closes(&entry.function.body, None))
}

/// The type that is built around `name` here: `Handle { name }`, `Handle::new(name)`.
fn owner(e: &Expr, name: &str, place: &Place<'_, '_>) -> Option<String> {
    let mut found = None;
    e.any(&mut |e| {
        match &e.kind {
            Kind::Struct(path, fields) if fields.iter().any(|(_, value)| value.mentions(name)) => {
                found = Some(place.cx.resolve(path));
            }
            Kind::Call(callee, args) if args.iter().any(|arg| arg.mentions(name)) => {
                if let Kind::Path(path) = &callee.kind {
                    let resolved = place.cx.resolve(path);
                    found = resolved
                        .rsplit_once("::")
                        .map(|(owner, _)| owner.to_owned());
                }
            }
            _ => {}
        }
        found
            .as_ref()
            .is_some_and(|owner| place.cx.index.structs.contains_key(owner))
    });
    found
}
