mod drains {
    use steadfast::try_join;

    pub async fn pair(a: A, b: B) -> Result<(), Error> {
        let a = tokio::spawn(a.run());
        let b = tokio::spawn(b.run());
        try_join!(a, b).await?;
        Ok(())
    }

    pub async fn by_path(a: A, b: B) -> Result<(), Error> {
        let a = tokio::spawn(a.run()); //~ dropped-handle
        let b = tokio::spawn(b.run()); //~ dropped-handle
        tokio::try_join!(a, b)?;
        Ok(())
    }
}

mod drops {
    use tokio::try_join;

    pub async fn pair(a: A, b: B) -> Result<(), Error> {
        let a = tokio::spawn(a.run()); //~ dropped-handle
        let b = tokio::spawn(b.run()); //~ dropped-handle
        try_join!(a, b)?;
        Ok(())
    }
}
