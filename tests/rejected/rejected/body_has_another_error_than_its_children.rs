// A body whose error is not the one that its children have given the nursery.

use std::num::ParseIntError;

use steadfast::try_nursery;

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
    let outcome = try_nursery(async |n| {
        n.spawn(parse("80"));
        match n.is_cancelled() {
            true => Err(AppError::Busy),
            false => Ok(()),
        }
    })
    .await;
    println!("{outcome:?}");
}
