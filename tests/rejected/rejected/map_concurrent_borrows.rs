// Children in parallel borrow from the caller.

use steadfast::map_concurrent;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let text = String::from("to be or not to be");
    let lengths = map_concurrent(text.split(' '), 2, async |word| Ok::<_, ()>(word.len())).await;
    assert_eq!(lengths.ok(), Some(vec![2, 2, 2, 3, 2, 2]));
}
