// Its `select!` has no preconditions: this `if` is of the handler.
use futures::{FutureExt, select as choose};

pub async fn turn(mut source: Option<Source>, tick: Tick) {
    choose! {
        item = source.as_mut().unwrap().next().fuse() => if item.is_some() { note(item) },
        _ = tick.next().fuse() => {}
    }
}
