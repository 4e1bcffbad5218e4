//! What is in the tree, and where.

use std::future::pending;
use std::time::Duration;

use steadfast_core::{
    Builder, CancelScope, FutureExt, Invitation, Runtime, cancelled, tree, with_deadline,
};

use super::json::{Item, read};
use super::open_at_end;
use crate::probe::{Gate, Tally, yield_once};

const HOUR: Duration = Duration::from_secs(3600);

crate::suite::cases! {
    system_seeing_shape_tests in system;

    /// A nursery shows its children, each with its kind, its name and the line that spawned it; one that has finished is gone.
    #[case("system/tree-lists-children-alive", must, laws = [276, 278])]
    fn tree_lists_children_alive<S>(fx: &Fixture<S>) {
        let go = Gate::new();
        fx.block_on(Builder::on(&fx.runtime()).name("shop").run(async |n| {
            let _opens = open_at_end(&go);
            let wait = || go.clone().wait();
            n.named("gone").spawn_with_handle(async {}).await.unwrap();
            // The handle has its value a moment before the child is gone.
            while !n.is_empty() {
                yield_once().await;
            }
            let first = line!();
            n.named("plain").spawn(wait());
            drop(n.named("handled").spawn_with_handle(wait()));
            drop(n.named("watched").spawn_supervised(wait()));
            n.named("service").spawn_background(wait());
            n.spawn(wait());
            let items = read(&n.tree().to_json());
            assert_eq!(items.len(), n.tree().len());
            let shop = &items[0];
            assert_eq!((shop.kind.as_str(), name(shop), shop.depth), ("nursery", "shop", 0));
            assert_eq!(shop.state, "open");
            let expected = [
                ("child", "plain"), ("child", "handled"), ("supervised child", "watched"),
                ("background child", "service"), ("child", ""),
            ];
            let seen: Vec<_> = items[1..].iter().map(|item| (item.kind.as_str(), name(item))).collect();
            assert_eq!(seen, expected);
            for (item, line) in items[1..].iter().zip(first + 1..) {
                assert_eq!((item.depth, item.state.as_str()), (1, "running"));
                assert!(item.location.contains(&format!("{}:{line}:", file!())), "{item:?}, not {line}");
            }
        }));
    }

    /// Nurseries in children stand under the child whose task they are in, each with its own children; those of the body stand
    /// under the nursery.
    #[case("system/tree-puts-nurseries-under-their-tasks", must, laws = [276, 277])]
    fn tree_puts_nurseries_under_their_tasks<S>(fx: &Fixture<S>) {
        let (rt, begun, go) = (fx.runtime(), Tally::new(), Gate::new());
        let items = fx.block_on(Builder::on(&rt).name("top").run(async |n| {
            for (child, inner) in [("left", "left nursery"), ("right", "right nursery")] {
                let (rt, begins, waits) = (rt.clone(), begun.clone(), go.clone());
                drop(n.named(child).spawn_with_handle(inside(rt, inner, begins, waits)));
            }
            let (begins, waits) = (begun.clone(), go.clone());
            n.named("bare").spawn(inside(rt.clone(), "bare nursery", begins, waits));
            Builder::on(&rt).name("of the body").run(async |_m| {
                begun.reached(3).await;
                let items = read(&n.tree().to_json());
                go.open();
                items
            }).await
        }));
        let seen: Vec<_> = items.iter().map(|item| (item.depth, name(item))).collect();
        assert_eq!(seen, [
            (0, "top"),
            (1, "left"), (2, "left nursery"), (3, "leaf"),
            (1, "right"), (2, "right nursery"), (3, "leaf"),
            (1, "bare"), (2, "bare nursery"), (3, "leaf"),
            (1, "of the body"),
        ]);
        assert!(items.iter().all(|item| (item.kind == "nursery") == (item.depth % 2 == 0) || item.depth == 1));
    }

    /// Scopes, deadlines and shields stand under the child that they are in, inside each other as in the code; what has been
    /// left is gone.
    #[case("system/tree-shows-scopes-in-their-child", must, laws = [276, 280])]
    fn tree_shows_scopes_in_their_child<S>(fx: &Fixture<S>) {
        let (rt, begun, go) = (fx.runtime(), Gate::new(), Gate::new());
        fx.block_on(Builder::on(&rt).run(async |n| {
            let _opens = open_at_end(&go);
            let (begins, waits) = (begun.clone(), go.clone());
            drop(n.named("idle").spawn_with_handle(go.wait()));
            n.named("busy").spawn(async move {
                CancelScope::new().name("left before").run(async {}).await;
                let inner = with_deadline(HOUR, async {
                    begins.open();
                    waits.wait().await;
                });
                CancelScope::new().name("part").run(inner.shielded()).await;
            });
            begun.wait().await;
            let items = read(&n.tree().to_json());
            let seen: Vec<_> = items[1..].iter().map(|item| (item.depth, item.kind.as_str(), name(item))).collect();
            assert_eq!(seen, [
                (1, "child", "idle"), (1, "child", "busy"),
                (2, "cancel scope", "part"), (3, "shield", ""), (4, "deadline", ""),
            ]);
            let left = items[5].deadline_ms.expect("it has a deadline");
            assert!(left > 0 && left <= 3_600_000, "{left} ms left");
        }));
    }

    /// A request shows where it was seen: at the nursery, at the child that was cancelled alone, at a scope; with its words.
    #[case("system/tree-shows-reasons", must, laws = [278, 280])]
    fn tree_shows_reasons<S>(fx: &Fixture<S>) {
        let go = Gate::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let _opens = open_at_end(&go);
            let alone = n.named("alone").spawn_with_handle(go.wait());
            drop(n.named("other").spawn_with_handle(go.wait()));
            let reason_of = |wanted: &str| {
                let items = read(&n.tree().to_json());
                let found = items.into_iter().find(|item| name(item) == wanted);
                found.expect("it is alive").reason
            };
            assert_eq!((reason_of("alone"), reason_of("other")), (None, None));
            alone.cancel("say \"please\"\\");
            assert!(reason_of("alone").is_some_and(|text| text.contains("say \"please\"\\")));
            assert_eq!(reason_of("other"), None);
            let scope = CancelScope::new().name("part");
            let handle = scope.handle();
            scope.run(async {
                assert_eq!(reason_of("part"), None);
                handle.cancel("this part");
                assert!(reason_of("part").is_some_and(|text| text.contains("this part")));
            }).await;
            n.cancel("everybody");
            assert!(reason_of("other").is_some_and(|text| text.contains("everybody")));
            assert!(reason_of("alone").is_some_and(|text| text.contains("please")));
        }));
    }

    /// A deadline that has passed shows as past.
    #[case("system/tree-shows-passed-deadline", capability(Timers), laws = [280])]
    fn tree_shows_passed_deadline<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        let past = rt.now();
        fx.block_on(Builder::on(&rt).run(async |n| {
            let scope = CancelScope::new().name("late").deadline(past);
            scope.run(async {
                let reason = cancelled().await;
                while rt.now() < past + Duration::from_millis(2) {
                    std::hint::spin_loop();
                }
                let items = read(&n.tree().to_json());
                let late = items.iter().find(|item| name(item) == "late").unwrap();
                assert!(late.deadline_ms.is_some_and(|left| left < 0), "{late:?}");
                assert_eq!(late.reason, Some(reason.to_string()));
                assert!(n.tree().to_string().contains("ago"), "{}", n.tree());
            }).await;
        }));
    }

    /// Without a name, every way to spawn shows the line of the spawn and nothing else; a name stands beside it.
    #[case("system/tree-names-by-line-unless-named", must, laws = [279])]
    fn tree_names_by_line_unless_named<S>(fx: &Fixture<S>) {
        let go = Gate::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let _opens = open_at_end(&go);
            let (line, _spawned) = (line!(), n.spawn(go.wait()));
            let child = n.spawn_with_handle(go.wait());
            let named = n.named("given").spawn_with_handle(go.wait());
            assert_eq!((child.origin().name(), child.origin().location().line()), (None, line + 1));
            assert_eq!((named.origin().name(), named.origin().location().line()), (Some("given"), line + 2));
            assert_eq!(n.clone().spawn_with_handle(async {}).origin().name(), None);
            let items = read(&n.tree().to_json());
            assert_eq!((items[1].name.clone(), items[2].name.clone()), (None, None));
            assert_eq!(items[2].location, child.origin().location().to_string());
            let given = items.iter().find(|item| name(item) == "given").unwrap();
            assert_eq!(given.location, named.origin().location().to_string());
            let first = line!() + 1;
            drop(n.spawn_supervised(go.wait()));
            n.spawn_background(go.wait());
            n.spawn_until_cancelled(go.wait());
            drop(n.spawn_when_free(go.wait()).await);
            drop(n.try_spawn(go.wait()));
            let _guest = Invitation::of(&n).task(go.wait());
            for line in first..first + 6 {
                let here = format!("{}:{line}:", file!());
                let (items, is_here) = (read(&n.tree().to_json()), |item: &&Item| item.location.contains(&here));
                assert_eq!(items.iter().find(is_here).map(name), Some(""), "no child of line {line} without a name");
            }
        }));
    }

    /// A nursery whose body has ended shows that it waits at its exit, with those that it waits for.
    #[case("system/tree-shows-who-waits-at-exit", must, laws = [276])]
    fn tree_shows_who_waits_at_exit<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |n| {
            let (begun, go) = (Tally::new(), Gate::new());
            let _opens = open_at_end(&go);
            let (opens, waits, inner) = (begun.clone(), go.clone(), rt.clone());
            n.spawn(async move {
                Builder::on(&inner).name("leaving").run(async |m| {
                    m.named("last").spawn(async move {
                        opens.add();
                        waits.wait().await;
                    });
                }).await;
            });
            begun.reached(1).await;
            loop {
                let items = read(&n.tree().to_json());
                let at = items.iter().position(|item| name(item) == "leaving").unwrap();
                assert_eq!(name(&items[at + 1]), "last");
                if items[at].state == "waiting at its exit" {
                    break;
                }
                yield_once().await;
            }
        }));
    }

    /// The tree of everything has what the tree of a nursery has; and soon after the nursery has returned, nothing of it.
    #[case("system/tree-of-all-has-every-nursery", must, laws = [276, 278])]
    fn tree_of_all_has_every_nursery<S>(fx: &Fixture<S>) {
        // Other cases may run beside this one.
        let mine = format!("only here {:?}", std::thread::current().id());
        fx.block_on(Builder::on(&fx.runtime()).name(mine.clone()).run(async |n| {
            let go = Gate::new();
            let _opens = open_at_end(&go);
            n.named("child of mine").spawn(go.wait());
            let items = read(&tree().to_json());
            let at = items.iter().position(|item| name(item) == mine).expect("it is open");
            assert_eq!((name(&items[at + 1]), items[at + 1].depth), ("child of mine", items[at].depth + 1));
        }));
        // The last child lets go of its nursery a moment after it has been counted out.
        fx.block_on(async {
            while read(&tree().to_json()).iter().any(|item| name(item) == mine) {
                yield_once().await;
            }
        });
    }

    /// A handle that is kept does not keep a finished child in the tree.
    #[case("system/tree-forgets-finished-children-with-handles", must, laws = [278])]
    fn tree_forgets_finished_children_with_handles<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let child = n.named("done").spawn_with_handle(async { 7 });
            let gives_way = n.named("asked").spawn_with_handle(pending::<()>().or_cancelled());
            gives_way.cancel("enough");
            child.wait().await;
            gives_way.wait().await;
            while !n.is_empty() {
                yield_once().await;
            }
            assert_eq!(n.tree().len(), 1, "{}", n.tree());
            assert_eq!(child.await.ok(), Some(7));
        }));
    }
}

fn name(item: &Item) -> &str {
    item.name.as_deref().unwrap_or_default()
}

/// A child with a nursery of its own, in which one leaf waits for `go`.
async fn inside<R: Runtime>(runtime: R, name: &'static str, begun: Tally, go: Gate) {
    Builder::on(&runtime)
        .name(name)
        .run(async |n| {
            n.named("leaf").spawn(go.wait());
            begun.add();
        })
        .await;
}
