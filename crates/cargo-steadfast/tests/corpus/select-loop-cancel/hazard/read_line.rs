pub async fn console(mut reader: BufReader<Stdin>, mut events: Receiver<Event>) {
    let mut line = String::new();
    loop {
        tokio::select! {
            _ = reader.read_line(&mut line) => { //~ select-loop-cancel
                run(&line);
                line.clear();
            }
            Some(event) = events.recv() => show(event),
        }
    }
}
