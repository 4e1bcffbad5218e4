pub async fn prompt(reader: &mut BufReader<Stdin>) -> String {
    let mut line = String::new();
    while tokio::time::timeout(LIMIT, reader.read_line(&mut line)).await.is_err() { //~ poll-cancel
        println!("are you there?");
    }
    line
}
