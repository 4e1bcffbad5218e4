//! What becomes of a request.

use std::io;

use kv_shared::{Op, Reply, Request, Store};

pub(crate) async fn execute<S: Store>(store: &S, request: Request) -> io::Result<Reply> {
    Ok(match request {
        Request::Ping => Reply::Pong,
        Request::Quit => Reply::Ok,
        Request::Get(key) => {
            let value = store.run(Op::Get, move |db| db.get(&key)).await?;
            value.map_or(Reply::None, Reply::Value)
        }
        Request::Set(key, value) => {
            store.run(Op::Set, move |db| db.set(&key, &value)).await?;
            Reply::Ok
        }
        Request::Del(key) => match store.run(Op::Del, move |db| db.del(&key)).await? {
            true => Reply::Ok,
            false => Reply::None,
        },
        Request::Move(from, to) => {
            let old = from.clone();
            let Some(value) = store.run(Op::Get, move |db| db.get(&old)).await? else {
                return Ok(Reply::None);
            };
            store.run(Op::Set, move |db| db.set(&to, &value)).await?;
            store.run(Op::Del, move |db| db.del(&from)).await?;
            Reply::Ok
        }
    })
}
