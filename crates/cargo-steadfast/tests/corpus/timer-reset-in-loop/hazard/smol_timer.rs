use smol::Timer;

pub async fn run(rx: smol::channel::Receiver<Event>, mut state: State) {
    loop {
        futures::select! {
            event = rx.recv().fuse() => state.apply(event),
            _ = Timer::after(PERIOD).fuse() => state.save(), //~ timer-reset-in-loop
        }
    }
}
