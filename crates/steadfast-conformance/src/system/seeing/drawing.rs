//! The drawing, and the report that shows it.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use steadfast_core::{Builder, Report, Runtime, set_report_hook, take_report_hook};

use super::json::read;
use super::open_at_end;
use crate::probe::{Gate, many, yield_once};

crate::suite::cases! {
    system_seeing_drawing_tests in system;

    /// The drawing has one line for each node, with what it is, its name and its place, under rails that show who is inside
    /// whom; the other pictures have the same nodes.
    #[case("system/tree-drawing-has-a-line-for-each-node", must, laws = [276, 277])]
    fn tree_drawing_has_a_line_for_each_node<S>(fx: &Fixture<S>) {
        let (rt, begun, go) = (fx.runtime(), Gate::new(), Gate::new());
        fx.block_on(Builder::on(&rt).name("shop").run(async |n| {
            let _opens = open_at_end(&go);
            let (inner, begins, waits) = (rt.clone(), begun.clone(), go.clone());
            n.named("clerk").spawn(async move {
                Builder::on(&inner).name("desk \"one\"").run(async |m| {
                    m.named("customer").spawn(waits.wait());
                    begins.open();
                }).await;
            });
            n.named("porter").spawn(go.wait());
            begun.wait().await;
            let tree = n.tree();
            let drawing = tree.to_string();
            let lines: Vec<_> = drawing.lines().collect();
            let starts = [
                "nursery `shop` (", "├─ child `clerk` (", "│  └─ nursery `desk \"one\"` (",
                "│     └─ child `customer` (", "└─ child `porter` (",
            ];
            assert_eq!((lines.len(), tree.len()), (starts.len(), starts.len()), "{drawing}");
            for (line, start) in lines.iter().zip(starts) {
                assert!(line.starts_with(start) && line.contains(file!()), "{line:?}, not {start:?}");
            }
            assert_eq!(read(&tree.to_json()).len(), tree.len());
            let (dot, chart) = (tree.to_dot(), tree.to_mermaid());
            assert_eq!(dot.matches(" -> ").count(), tree.len() - 1, "{dot}");
            assert_eq!(chart.matches(" --> ").count(), tree.len() - 1, "{chart}");
            for name in ["shop", "clerk", "one", "customer", "porter"] {
                assert!(dot.contains(name) && chart.contains(name));
            }
        }));
    }

    /// A tree of a thousand nurseries inside each other is drawn without trouble, and so is one with ten thousand children.
    #[case("system/tree-deep-and-wide-is-drawn", must, laws = [276])]
    fn tree_deep_and_wide_is_drawn<S>(fx: &Fixture<S>) {
        let (deep, wide) = (many(1_000), many(10_000));
        let (rt, begun, go) = (fx.runtime(), Gate::new(), Gate::new());
        fx.block_on(Builder::on(&rt).run(async |n| {
            let _opens = open_at_end(&go);
            n.spawn(nested(rt.clone(), deep, begun.clone(), go.clone()));
            begun.wait().await;
            let tree = n.tree();
            assert_eq!(tree.len(), 1 + 2 * deep);
            assert_eq!(tree.to_string().lines().count(), tree.len());
            let items = read(&tree.to_json());
            assert_eq!(items.last().map(|item| item.depth), Some(2 * deep));
            assert_eq!(tree.to_mermaid().matches(" --> ").count(), tree.len() - 1);
        }));
        let go = Gate::new();
        fx.block_on(Builder::on(&rt).run(async |n| {
            let _opens = open_at_end(&go);
            for _ in 0..wide {
                n.spawn(go.wait());
            }
            assert_eq!(n.tree().to_string().lines().count(), 1 + wide);
            assert_eq!(read(&n.tree().to_json()).len(), 1 + wide);
        }));
    }

    /// An exit that waits for longer than it should reports the tree, which names those that are alive and nobody else.
    #[case("system/tree-of-slow-exit-names-who-is-left", capability(Timers), laws = [276, 278, 285], isolated)]
    fn tree_of_slow_exit_names_who_is_left<S>(fx: &Fixture<S>) {
        let (reports, go) = (Arc::new(Mutex::new(Vec::new())), Gate::new());
        let (kept, opens) = (Arc::clone(&reports), go.clone());
        set_report_hook(move |report| {
            kept.lock().unwrap().push(report.clone());
            // What the exit waits for comes with the report, so that no time plays a part.
            opens.open();
        });
        let slow = Builder::on(&fx.runtime()).name("slow").slow_exit(Duration::from_millis(5));
        fx.block_on(slow.run(async |n| {
            n.named("gone").spawn_with_handle(async {}).await.unwrap();
            while !n.is_empty() {
                yield_once().await;
            }
            n.named("first left").spawn(go.wait());
            n.named("second left").spawn(go.wait());
        }));
        take_report_hook();
        let reports = reports.lock().unwrap();
        let [Report::SlowExit { nursery, tree }] = &reports[..] else {
            panic!("{reports:?}");
        };
        assert_eq!(nursery.name(), Some("slow"));
        let items = read(&tree.to_json());
        let names: Vec<_> = items.iter().filter_map(|item| item.name.as_deref()).collect();
        assert_eq!(names, ["slow", "first left", "second left"]);
        assert_eq!(items[0].state, "waiting at its exit");
        let text = reports[0].to_string();
        assert!(text.contains("first left") && text.contains("slow") && !text.contains("gone"));
    }
}

/// Nurseries inside each other, each in a task of its own.
fn nested<R: Runtime>(
    runtime: R,
    depth: usize,
    begun: Gate,
    go: Gate,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let rt = runtime.clone();
        Builder::on(&runtime)
            .run(async move |n| {
                if depth == 1 {
                    begun.open();
                    go.wait().await;
                } else {
                    n.spawn(nested(rt, depth - 1, begun, go));
                }
            })
            .await;
    })
}
