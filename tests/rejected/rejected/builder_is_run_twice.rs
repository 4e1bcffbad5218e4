// A builder opens one nursery.

use steadfast::Nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let crawl = Nursery::builder().name("crawl").limit(8);
    crawl.run(async |_| ()).await;
    crawl.run(async |_| ()).await;
}
