pub async fn pair(a: A, b: B) -> Result<(), Error> {
    let a = tokio::spawn(a.run());
    let b = tokio::spawn(b.run());
    steadfast::try_join!(a, b).await?;
    Ok(())
}

pub async fn in_place(a: A, b: B) -> Result<(), Error> {
    ::steadfast_core::try_join!(tokio::spawn(a.run()), tokio::spawn(b.run())).await?;
    Ok(())
}

mod imported {
    use steadfast::{Nursery, try_join};

    pub async fn pair(a: A, b: B) -> Result<(), Error> {
        let a = tokio::spawn(a.run());
        let b = tokio::spawn(b.run());
        try_join!(a, b).await?;
        Ok(())
    }
}

mod renamed {
    use steadfast_core::{self as core, try_join as both};

    pub async fn pair(a: A, b: B) -> Result<(), Error> {
        let a = tokio::spawn(a.run());
        let b = tokio::spawn(b.run());
        both!(a, b).await?;
        Ok(())
    }

    pub async fn in_place(a: A, b: B) -> Result<(), Error> {
        core::try_join!(tokio::spawn(a.run()), tokio::spawn(b.run())).await?;
        Ok(())
    }
}
