pub async fn step(state: &std::cell::RefCell<State>, api: &Api) {
    let mut state = state.borrow_mut(); //~ lock-across-await
    state.last = api.poll().await;
}
