// Each child has a local of its own.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let (mut one, mut two) = (0, 0);
    scope(async |s| {
        s.spawn(async { one += 1 });
        s.spawn(async { two += 2 });
    })
    .await;
    println!("{}", one + two);
}
