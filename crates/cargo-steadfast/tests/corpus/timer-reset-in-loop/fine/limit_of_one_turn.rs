pub async fn serve(mut frames: Frames, limiter: Limiter) {
    loop {
        let permit = limiter.acquire().await;
        let timeout = tokio::time::sleep(PERMIT_HOLD);
        tokio::pin!(timeout);
        tokio::select! {
            // Nothing came: another connection may have the permit.
            _ = &mut timeout => continue,
            frame = frames.next() => handle(frame, &permit),
        }
    }
}
