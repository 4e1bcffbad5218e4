pub fn prefetch(url: Url) {
    // A dropped `Task` of smol ends its task: nothing is left running.
    let _ = smol::spawn(fetch(url));
}
