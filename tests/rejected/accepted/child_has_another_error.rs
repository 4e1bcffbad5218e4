// The error is turned into the one of the nursery.

use std::num::ParseIntError;

use steadfast::{Nursery, try_nursery};

#[derive(Debug)]
enum AppError {
    Port,
    Busy,
}

impl From<ParseIntError> for AppError {
    fn from(_: ParseIntError) -> Self {
        Self::Port
    }
}

async fn parse(text: &'static str) -> Result<(), ParseIntError> {
    println!("{}", text.parse::<u16>()?);
    Ok(())
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let outcome = try_nursery(async |n: Nursery<AppError>| {
        n.spawn(async { Ok(parse("80").await?) });
        match n.is_cancelled() {
            true => Err(AppError::Busy),
            false => Ok(()),
        }
    })
    .await;
    println!("{outcome:?}");
}
