//! What becomes of a request. Reading gives way when it is asked to end; writing that has begun is finished, all of it.

use std::io;

use kv_shared::{Op, Reply, Request, Store};
use steadfast::FutureExt;

pub(crate) async fn execute<S: Store>(store: &S, request: Request) -> io::Result<Reply> {
    Ok(match request {
        Request::Ping => Reply::Pong,
        Request::Quit => Reply::Ok,
        Request::Get(key) => {
            let value = store.run(Op::Get, move |db| db.get(&key)).or_cancelled();
            let Ok(value) = value.await else {
                return Ok(given_up());
            };
            value?.map_or(Reply::None, Reply::Value)
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
            let value = store.run(Op::Get, move |db| db.get(&old)).or_cancelled();
            let Ok(value) = value.await else {
                return Ok(given_up());
            };
            let Some(value) = value? else {
                return Ok(Reply::None);
            };
            store.run(Op::Set, move |db| db.set(&to, &value)).await?;
            store.run(Op::Del, move |db| db.del(&from)).await?;
            Reply::Ok
        }
    })
}

fn given_up() -> Reply {
    Reply::Error("the request took too long".into())
}
