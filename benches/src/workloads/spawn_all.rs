//! Many small children at once: grouped into a few tasks of the runtime.
//!
//! The floor is that of `spawn_join`: one task for each, by hand.

use super::spawn_join::{Crowd, by_hand, on, ours};
use crate::{
    harness::{Contestant, Goal, Race, Scale},
    runtimes::{Bed, Smol, Tokio},
    work::Yields,
};
use std::rc::Rc;
use steadfast::NurseryError;

const AT_A_TIME: usize = 1_000;

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let sizes: &[(usize, usize)] = match scale {
        Scale::Quick => &[(100_000, 0)],
        Scale::Full => &[
            (100, 0),
            (1_000, 0),
            (100_000, 0),
            (100_000, 1),
            (100_000, 10),
        ],
    };
    let mut races = Vec::new();
    for &(children, yields) in sizes {
        let crowd = Crowd { children, yields };
        races.push(race("tokio, 4 workers", crowd, || Tokio::new(4)));
        races.push(race("tokio, 2 workers", crowd, || Tokio::new(2)));
        races.push(race("tokio, current thread", crowd, || Tokio::new(0)));
        races.push(race("smol, 1 thread", crowd, || Smol::new(1)));
        races.push(race("smol, 4 threads", crowd, || Smol::new(4)));
    }
    races
}

fn race<B: Bed>(runtime: &str, crowd: Crowd, bed: impl Fn() -> B + 'static) -> Race {
    let Crowd { children, yields } = crowd;
    let setting = format!("{runtime}; {children} children, {yields} yields");
    let contestants = move || {
        let bed = Rc::new(bed());
        vec![
            by_hand(&bed, crowd),
            ours(&bed, "a child for each, steadfast", crowd),
            mapped(&bed, crowd),
            all_at_once(&bed, crowd),
        ]
    };
    Race::new("spawn_all", setting, (children, "child"), contestants).goal(Goal::floor(0.25))
}

fn mapped<B: Bed>(bed: &Rc<B>, Crowd { children, yields }: Crowd) -> Contestant {
    on(bed, "steadfast, map_concurrent", async move |_: &B| {
        let mapped = steadfast::map_concurrent(0..children, AT_A_TIME, |_| async move {
            Yields(yields).await;
            Ok::<_, std::io::Error>(())
        });
        let mapped: Result<Vec<()>, NurseryError<_>> = mapped.await;
        assert_eq!(mapped.expect("nothing fails").len(), children);
    })
}

fn all_at_once<B: Bed>(bed: &Rc<B>, Crowd { children, yields }: Crowd) -> Contestant {
    on(bed, "steadfast", async move |_: &B| {
        steadfast::nursery(async |n| {
            n.spawn_all((0..children).map(|_| Yields(yields)));
        })
        .await;
    })
}
