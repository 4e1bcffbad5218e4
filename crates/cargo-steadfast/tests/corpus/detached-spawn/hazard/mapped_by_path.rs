pub fn start(jobs: Vec<Job>) {
    jobs.into_iter().map(Job::run).map(tokio::spawn).for_each(drop); //~ detached-spawn
}
