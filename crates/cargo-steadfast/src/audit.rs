//! The run: files are read and parsed in parallel, put together, and searched in parallel.

use crate::{
    classes::{self, Finding},
    comments::{self, Comment},
    facts::{self, Facts},
    index::Index,
    infer::Context,
    ir::Span,
    lower::{self, Lowered},
    nesting,
    workspace::{self, Source, Unreadable},
};
use std::{
    any::Any,
    collections::HashSet,
    fs, panic,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// What an audit found.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    pub(crate) files: Vec<Text>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) unreadable: Vec<Unreadable>,
}

impl Audit {
    /// Reads `sources`, and the modules that they have elsewhere.
    fn read(&mut self, mut sources: Vec<Source>) -> Vec<(Source, Lowered)> {
        let places = sources.iter().filter_map(|s| s.path.canonicalize().ok());
        let mut known: HashSet<PathBuf> = places.collect();
        let mut declared = Vec::new();
        while !sources.is_empty() {
            let read = in_parallel(sources.len(), &|at| read(&sources[at]));
            let mut elsewhere = Vec::new();
            for (source, read) in sources.into_iter().zip(read) {
                match read.unwrap_or_else(|payload| Err(complaint(&source, 0, &said(&payload)))) {
                    Ok((text, lowered)) => {
                        self.files.push(text);
                        let modules = lowered.paths.iter();
                        elsewhere
                            .extend(modules.map(|(module, path)| source.module_at(module, path)));
                        declared.push((source, lowered));
                    }
                    Err(why) => self.unreadable.push(why),
                }
            }
            // What is not there is made by a build, or for another target.
            elsewhere.retain(|s| s.path.canonicalize().is_ok_and(|place| known.insert(place)));
            sources = elsewhere;
        }
        declared
    }
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) comments: Vec<Comment>,
    /// All of it is test code.
    pub(crate) is_test: bool,
    /// Where test code stands in it.
    tests: Vec<Span>,
}

impl Text {
    pub(crate) fn is_test_at(&self, line: u32) -> bool {
        let is_around = |tests: &Span| (tests.line..=tests.end_line).contains(&line);
        self.is_test || self.tests.iter().any(is_around)
    }
}

/// For the recursion of the parser and of the audit, over sources as deep as [`nesting`] lets through. Untouched pages cost nothing.
const STACK: usize = 1 << 29;

/// Audits everything under `roots`; without `tests`, test code is read and not searched.
pub(crate) fn run(roots: &[PathBuf], tests: bool) -> Audit {
    let mut audit = Audit::default();
    let mut sources = Vec::new();
    for root in roots {
        workspace::sources(root, &mut sources, &mut audit.unreadable);
    }
    let declared = audit.read(sources);
    let index = Index::build(declared);
    for entry in index.functions.iter().filter(|entry| entry.is_test) {
        audit.files[entry.file].tests.push(entry.function.span);
    }
    let count = index.functions.len();
    let shown = |id: usize| &audit.files[index.functions[id].file].path;
    let mut unreadable = Vec::new();
    let mut failed = |id: usize, payload: &Payload| {
        let line = index.functions[id].function.span.line;
        unreadable.push(Unreadable {
            path: shown(id).clone(),
            line,
            why: format!(
                "the audit failed here, which is a fault of its own: {}",
                said(payload)
            ),
        });
    };
    let mut waits = Vec::with_capacity(count);
    let mut starts = Vec::with_capacity(count);
    for (id, found) in in_parallel(count, &|id| facts::of(&index, id))
        .into_iter()
        .enumerate()
    {
        let (wait, start) = found.unwrap_or_else(|payload| {
            failed(id, &payload);
            Default::default()
        });
        waits.push(wait);
        starts.push(start);
    }
    let facts = Facts::new(waits, starts);
    let search = |id: usize| {
        if index.functions[id].is_test && !tests {
            return Vec::new();
        }
        classes::check(Context::new(&index, id), &facts)
    };
    for (id, found) in in_parallel(count, &search).into_iter().enumerate() {
        match found {
            Ok(findings) => audit.findings.extend(findings),
            Err(payload) => failed(id, &payload),
        }
    }
    audit.unreadable.extend(unreadable);
    audit.findings.sort_by_key(|f| (f.file, f.span, f.class));
    audit
        .findings
        .dedup_by(|a, b| (a.file, a.span, a.class) == (b.file, b.span, b.class));
    audit
}

fn read(source: &Source) -> Result<(Text, Lowered), Unreadable> {
    let bytes = fs::read(&source.path).map_err(|error| complaint(source, 0, &error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| complaint(source, 0, "it is not UTF-8"))?;
    if let Err(line) = nesting::check(&text) {
        return Err(complaint(
            source,
            line,
            "it is nested too deeply to be parsed",
        ));
    }
    let parsed = lower::file(&text, source.module.clone(), source.is_test);
    // The parser keeps every text of a thread for its spans, until it is told.
    proc_macro2::extra::invalidate_current_thread_spans();
    let lowered = parsed.map_err(|(line, why)| complaint(source, line, &why))?;
    let text = Text {
        path: source.shown.clone(),
        comments: comments::scan(&text),
        is_test: source.is_test,
        tests: lowered.tests.clone(),
        text,
    };
    Ok((text, lowered))
}

fn complaint(source: &Source, line: u32, why: &str) -> Unreadable {
    Unreadable {
        path: source.shown.clone(),
        line,
        why: why.to_owned(),
    }
}

type Payload = Box<dyn Any + Send>;

fn said(payload: &Payload) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic").to_owned()
}

/// `work` for each number below `count`, in order, on as many threads as the machine has. A panic is the answer for its number alone.
fn in_parallel<T: Send>(
    count: usize,
    work: &(dyn Fn(usize) -> T + Sync),
) -> Vec<Result<T, Payload>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(count));
    let turn = || {
        let mut own = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                break;
            }
            own.push((
                at,
                panic::catch_unwind(panic::AssertUnwindSafe(|| work(at))),
            ));
        }
        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
        results.extend(own);
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            let thread = thread::Builder::new().stack_size(STACK);
            // With fewer threads than asked for, the others take the work.
            let _ = thread.spawn_scoped(scope, turn);
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}
