//! Tasks that steadfast has not started.

use steadfast::smol::GlobalSmol;
use steadfast::{FailureKind, Nursery, nursery, try_nursery};
use steadfast_conformance::probe::Tally;

async fn three_children(tally: Tally) {
    nursery(async |n| {
        for _ in 0..3 {
            let tally = tally.clone();
            n.spawn(async move { _ = tally.add() });
        }
    })
    .await;
    assert_eq!(tally.count(), 3, "the nursery has not waited");
}

#[steadfast::test(tokio)]
async fn a_plain_tokio_task_opens_a_nursery() {
    tokio::spawn(three_children(Tally::new())).await.unwrap();
}

#[steadfast::test(smol)]
async fn a_plain_smol_task_opens_a_nursery_by_name() {
    let tally = Tally::new();
    let counted = tally.clone();
    smol::spawn(async {
        Nursery::builder()
            .runtime(&GlobalSmol)
            .run(async |_| three_children(counted).await)
            .await;
    })
    .await;
    assert_eq!(tally.count(), 3);
}

#[steadfast::test(smol)]
async fn a_plain_smol_task_that_names_no_runtime_reads_how_to() {
    let error = smol::spawn(try_nursery(async |_| Ok::<_, String>(())))
        .await
        .expect_err("nothing says which runtime a plain smol task runs on");
    assert!(matches!(error.primary().kind(), FailureKind::NoRuntime(_)));
    let text = error.to_string();
    assert!(text.contains(".runtime(&"), "{text}");
}
