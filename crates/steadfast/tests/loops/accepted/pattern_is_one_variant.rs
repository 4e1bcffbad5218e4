#[allow(unused_imports)] use steadfast::flow::iter;
#[allow(unused_imports)] use steadfast::merge;

enum Event {
    Key(char),
    Quit,
}

#[tokio::main]
async fn main() {
    merge! {
        event in iter([Event::Key('q'), Event::Quit]) => match event {
            Event::Key(key) => println!("{key}"),
            Event::Quit => break,
        },
    }
    .await;
}
