use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

pub fn answer(query: Query) -> Response<ReceiverStream<Row>> {
    let (rows, receiver) = mpsc::channel(8);
    tokio::spawn(async move {
        for row in query.rows() {
            if rows.send(row).await.is_err() {
                break;
            }
        }
    });
    let stream = ReceiverStream::new(receiver);
    Response::new(stream)
}
