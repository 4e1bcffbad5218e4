use futures::{StreamExt, TryStreamExt, stream};

pub async fn load(parts: Vec<Part>, file: &mut File) -> Result<(), Error> {
    let mut bodies = stream::iter(parts).map(download).buffered(4);
    while let Some(body) = bodies.try_next().await? { //~ buffered-starvation
        file.write_all(&body).await?;
    }
    Ok(())
}
