// Nobody would pass them.

#[steadfast::test]
async fn doubles(number: u32) {
    assert_eq!(number + number, 2 * number);
}

fn main() {}
