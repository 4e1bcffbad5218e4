//! Pictures of the tree: text, JSON, Graphviz, Mermaid.

use std::collections::HashSet;
use std::fmt::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Kind, Member, Node, top_nodes};
use crate::{Origin, ambient, context};

/// The live tree at one moment: nurseries, children, scopes, deadlines, shields.
///
/// Printed with `{}` it is a drawing. A snapshot: it keeps nothing alive, and what has changed since does not show.
#[derive(Clone, Debug)]
pub struct Tree {
    /// In drawing order; a line's parent is the nearest line above it that is less deep.
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    depth: usize,
    kind: &'static str,
    /// A child or a clean-up: somebody runs it. A scope may be there because a handle to it is.
    is_work: bool,
    origin: Origin,
    age: Duration,
    state: String,
    reason: Option<String>,
    /// Time left; `Err` is time past.
    deadline: Option<Result<Duration, Duration>>,
    /// Drawn only for what is below it.
    has_returned: bool,
}

/// What is still to be drawn.
enum Item {
    Node(Arc<Node>),
    /// A child, the nodes in its task, and why its nursery was asked to end.
    Member(Member, Vec<Arc<Node>>, Option<String>),
}

impl Tree {
    /// The trees of all roots, and of scopes that were opened outside of any.
    pub(crate) fn all() -> Self {
        show_the_caller();
        Self::draw(top_nodes())
    }

    pub(crate) fn of(node: &Arc<Node>) -> Self {
        show_the_caller();
        Self::draw(vec![Arc::clone(node)])
    }

    /// How many nodes and children the tree has.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The children and the clean-ups that have begun, one line for each.
    pub(crate) fn work(&self) -> Vec<String> {
        let work = self.lines.iter().filter(|line| line.is_work);
        work.map(ToString::to_string).collect()
    }

    fn draw(top: Vec<Arc<Node>>) -> Self {
        let now = (Instant::now(), ambient::now());
        let mut lines = Vec::new();
        let mut work: Vec<(usize, Item)> = top
            .into_iter()
            .rev()
            .map(|node| (0, Item::Node(node)))
            .collect();
        while let Some((depth, item)) = work.pop() {
            let inside = match item {
                Item::Node(node) => {
                    lines.push(Line::of_node(depth, &node, now));
                    inside(&node)
                }
                Item::Member(member, nodes, above) => {
                    lines.push(Line::of_member(depth, &member, &nodes, above, now));
                    nodes
                        .into_iter()
                        .flat_map(flatten_child)
                        .map(Item::Node)
                        .collect()
                }
            };
            work.extend(inside.into_iter().rev().map(|item| (depth + 1, item)));
        }
        Self {
            lines: without_what_has_returned(lines),
        }
    }

    /// The tree as JSON: an array of nodes, each with `kind`, `name`, `location`, `age_ms`, `state`, `reason`,
    /// `deadline_ms` (negative when past) and `children`.
    pub fn to_json(&self) -> String {
        let mut json = String::from("[");
        let mut open = 0;
        for (index, line) in self.lines.iter().enumerate() {
            while open > line.depth {
                json.push_str("]}");
                open -= 1;
            }
            if index > 0 && !json.ends_with('[') {
                json.push(',');
            }
            line.write_json(&mut json);
            open += 1;
        }
        for _ in 0..open {
            json.push_str("]}");
        }
        json.push(']');
        json
    }

    /// The tree as a Graphviz digraph.
    pub fn to_dot(&self) -> String {
        let mut dot = String::from("digraph steadfast {\n    node [shape=box];\n");
        for (index, line) in self.lines.iter().enumerate() {
            _ = writeln!(dot, "    n{index} [label={}];", quote(&line.to_string()));
        }
        for (parent, child) in self.edges() {
            _ = writeln!(dot, "    n{parent} -> n{child};");
        }
        dot.push_str("}\n");
        dot
    }

    /// The tree as a Mermaid flowchart.
    pub fn to_mermaid(&self) -> String {
        let mut chart = String::from("flowchart TD\n");
        for (index, line) in self.lines.iter().enumerate() {
            _ = writeln!(
                chart,
                "    n{index}[\"{}\"]",
                line.to_string().replace('"', "#quot;")
            );
        }
        for (parent, child) in self.edges() {
            _ = writeln!(chart, "    n{parent} --> n{child}");
        }
        chart
    }

    fn edges(&self) -> Vec<(usize, usize)> {
        let mut above: Vec<usize> = Vec::new();
        let mut edges = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            above.truncate(line.depth);
            if let Some(&parent) = above.last() {
                edges.push((parent, index));
            }
            above.push(index);
        }
        edges
    }

    /// For each line, whether it is the last of its siblings.
    fn lasts(&self) -> Vec<bool> {
        let mut lasts = vec![true; self.lines.len()];
        let mut seen: Vec<bool> = Vec::new();
        for (index, line) in self.lines.iter().enumerate().rev() {
            seen.resize(seen.len().max(line.depth + 1), false);
            lasts[index] = !seen[line.depth];
            seen[line.depth] = true;
            seen.truncate(line.depth + 1);
        }
        lasts
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_first(self.len(), f)
    }
}

/// What somebody can read of a tree, however large it is.
pub(crate) struct Excerpt<'a>(pub(crate) &'a Tree);

/// A drawing of a hundred thousand children says no more than this, and takes minutes to write.
const READABLE: usize = 100;

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write_first(READABLE, f)?;
        match self.0.len().saturating_sub(READABLE) {
            0 => Ok(()),
            more => writeln!(f, "and {more} more"),
        }
    }
}

impl Tree {
    /// Draws the first `count` lines.
    fn write_first(&self, count: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lasts = self.lasts();
        let mut rails = String::new();
        let mut widths: Vec<usize> = Vec::new();
        for (line, last) in self.lines.iter().zip(lasts).take(count) {
            widths.truncate(line.depth.saturating_sub(1));
            rails.truncate(widths.last().copied().unwrap_or(0));
            if line.depth == 0 {
                rails.clear();
                writeln!(f, "{line}")?;
                continue;
            }
            writeln!(f, "{rails}{} {line}", if last { "└─" } else { "├─" })?;
            rails.push_str(if last { "   " } else { "│  " });
            widths.push(rails.len());
        }
        Ok(())
    }
}

/// Drops the lines of nurseries that have returned, unless something below them is left.
fn without_what_has_returned(mut lines: Vec<Line>) -> Vec<Line> {
    let mut below = 0;
    let mut kept: Vec<Line> = Vec::with_capacity(lines.len());
    // From the last line up, so that what is below a line is known: it is the line kept last, if that is deeper.
    while let Some(line) = lines.pop() {
        if !line.has_returned || below > line.depth {
            below = line.depth;
            kept.push(line);
        }
    }
    kept.reverse();
    kept
}

/// Whoever draws is in the picture, also a clean-up in its first poll.
fn show_the_caller() {
    _ = context::scope();
}

/// What lies in a node: the children of a nursery, each with the scopes in its task, and then the scopes of the body.
fn inside(node: &Arc<Node>) -> Vec<Item> {
    let members = node
        .members()
        .map(|members| members.list())
        .unwrap_or_default();
    let mut below: Vec<Arc<Node>> = Vec::new();
    for node in node.nodes_below() {
        match node.kind {
            Kind::Background => below.extend(node.nodes_below()),
            _ => below.push(node),
        }
    }
    below.sort_by_key(|node| node.born);
    let known: HashSet<u64> = members.iter().map(|member| member.id).collect();
    let (owned, free): (Vec<_>, Vec<_>) = below
        .into_iter()
        .partition(|node| known.contains(&node.owner));
    let members = members.into_iter().map(|member| {
        let nodes = owned
            .iter()
            .filter(|node| node.owner == member.id)
            .cloned()
            .collect();
        // What the child's own scope would have been asked by way of the nursery.
        let reason = node.reason().filter(|_| member.has_scope);
        Item::Member(member, nodes, reason.map(ToString::to_string))
    });
    // The node of a child that has finished is only a handle's.
    let free = free
        .into_iter()
        .filter(|node| node.kind != Kind::Child)
        .map(Item::Node);
    members.chain(free).collect()
}

/// A child's own node is drawn as the child.
fn flatten_child(node: Arc<Node>) -> Vec<Arc<Node>> {
    match node.kind {
        Kind::Child => node.nodes_below(),
        _ => vec![node],
    }
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Nursery => "nursery",
            Self::Background => "background",
            Self::Child => "child",
            Self::TaskScope => "scope",
            Self::Scope => "cancel scope",
            Self::Deadline => "deadline",
            Self::Shield => "shield",
            Self::CleanUp => "clean-up",
        }
    }
}

impl Line {
    fn of_node(depth: usize, node: &Arc<Node>, (now, clock): (Instant, Instant)) -> Self {
        let has_returned = node.has_returned();
        let state = match node.is_exiting() {
            _ if has_returned => "returned",
            true => "waiting at its exit",
            false => "open",
        };
        Self {
            depth,
            kind: node.kind.word(),
            is_work: node.kind == Kind::CleanUp,
            origin: node.origin(),
            age: now.saturating_duration_since(node.born),
            state: state.to_owned(),
            reason: node.reason().map(ToString::to_string),
            deadline: node
                .own_deadline()
                .map(|at| match at.checked_duration_since(clock) {
                    Some(left) => Ok(left),
                    None => Err(clock.saturating_duration_since(at)),
                }),
            has_returned,
        }
    }

    fn of_member(
        depth: usize,
        member: &Member,
        nodes: &[Arc<Node>],
        above: Option<String>,
        (now, _): (Instant, Instant),
    ) -> Self {
        let own = nodes.iter().find(|node| node.kind == Kind::Child);
        Self {
            depth,
            kind: member.kind,
            is_work: true,
            origin: member.origin.clone(),
            age: now.saturating_duration_since(member.born),
            state: member.state.to_owned(),
            reason: own
                .and_then(|node| node.reason().map(ToString::to_string))
                .or(above),
            deadline: None,
            has_returned: false,
        }
    }

    fn write_json(&self, json: &mut String) {
        let name = self.origin.name().map_or_else(|| "null".to_owned(), quote);
        let reason = self
            .reason
            .as_deref()
            .map_or_else(|| "null".to_owned(), quote);
        let deadline = match self.deadline {
            Some(Ok(left)) => left.as_millis().to_string(),
            Some(Err(past)) => format!("-{}", past.as_millis()),
            None => "null".to_owned(),
        };
        _ = write!(
            json,
            "{{\"kind\":{},\"name\":{name},\"location\":{},\"age_ms\":{},\"state\":{},\"reason\":{reason},\
             \"deadline_ms\":{deadline},\"children\":[",
            quote(self.kind),
            quote(&self.origin.location().to_string()),
            self.age.as_millis(),
            quote(&self.state),
        );
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {}, {:.1?}",
            self.kind, self.origin, self.state, self.age
        )?;
        match self.deadline {
            Some(Ok(left)) => write!(f, ", deadline in {left:.1?}")?,
            Some(Err(past)) => write!(f, ", deadline {past:.1?} ago")?,
            None => {}
        }
        match &self.reason {
            Some(reason) => write!(f, ", {reason}"),
            None => Ok(()),
        }
    }
}

/// A JSON string, which is also a Graphviz string.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => _ = write!(quoted, "\\u{:04x}", c as u32),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
