// A nursery that nobody awaits does not begin.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
#[deny(unused_must_use)]
async fn main() {
    nursery(async |n| {
        n.spawn(async {});
    });
}
