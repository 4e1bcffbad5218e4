use tokio::{select as choose, sync::mpsc, time::Interval};

pub async fn turn(mut source: Option<mpsc::Receiver<u32>>, mut tick: Interval) {
    choose! {
        item = source.as_mut().unwrap().recv(), if source.is_some() => note(item), //~ select-precondition-eager
        _ = tick.tick() => {}
    }
}
