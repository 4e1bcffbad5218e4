// A macro that is not known runs in a future of its own, which its `?` would leave, and not the function.

use std::num::ParseIntError;

use steadfast::{flow, for_await};

macro_rules! parsed {
    ($word:expr) => {
        $word.parse::<u32>()?
    };
}

async fn run(sum: &mut u32) -> Result<(), ParseIntError> {
    for_await!(word in flow::iter(["1", "x"]) => {
        *sum += parsed!(word);
        Ok::<_, ParseIntError>(())
    });
    Ok(())
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let mut sum = 0;
    assert!(run(&mut sum).await.is_err());
    assert_eq!(sum, 1);
}
