// Children inside the task may.

use steadfast::map_concurrent_scoped;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let text = String::from("to be or not to be");
    let words = text.split(' ');
    let lengths = map_concurrent_scoped(words, 2, async |word| Ok::<_, ()>(word.len())).await;
    assert_eq!(lengths.ok(), Some(vec![2, 2, 2, 3, 2, 2]));
}
