// The test makes its own.

#[steadfast::test]
async fn doubles() {
    let number = 21;
    assert_eq!(number + number, 2 * number);
}

fn main() {}
