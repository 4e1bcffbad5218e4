pub async fn run(names: &std::sync::Mutex<Vec<Name>>, api: &Api) {
    let first = names.lock().map(|names| names.first().cloned());
    api.greet(first).await;
}
