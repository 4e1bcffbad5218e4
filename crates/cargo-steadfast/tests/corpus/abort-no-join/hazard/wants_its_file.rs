use tokio::{fs, net::TcpListener, task::JoinHandle};

pub async fn begin_again(writer: JoinHandle<()>) {
    writer.abort(); //~ abort-no-join
    fs::remove_file("journal").await.unwrap();
}

pub async fn take_over(server: JoinHandle<()>) -> TcpListener {
    server.abort(); //~ abort-no-join
    TcpListener::bind("0.0.0.0:80").await.unwrap()
}
