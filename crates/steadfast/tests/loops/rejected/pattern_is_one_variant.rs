#[allow(unused_imports)] use steadfast::flow::iter;
#[allow(unused_imports)] use steadfast::merge;

enum Event {
    Key(char),
    Quit,
}

#[tokio::main]
async fn main() {
    merge! {
        Event::Key(key) in iter([Event::Key('q'), Event::Quit]) => println!("{key}"),
    }
    .await;
}
