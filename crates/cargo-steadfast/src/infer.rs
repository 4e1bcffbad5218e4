//! The types of expressions, as far as declarations, constructors and signatures tell: a hint, never a proof.

use crate::{
    index::{Entry, Id, Index},
    ir::{Block, Expr, Kind, Method, Pat, Stmt, TypeRef},
    known::{self, Spawns},
};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Ty {
    #[default]
    Unknown,
    /// A canonical path and its arguments.
    Named(String, Vec<Ty>),
    Tuple(Vec<Ty>),
    /// What a future gives.
    Future(Box<Ty>),
}

/// The guards of locks that wait by blocking the thread, and of those that await.
pub(crate) const BLOCKING_GUARD: &str = "guard of a blocking lock";
pub(crate) const ASYNC_GUARD: &str = "guard of an async lock";

impl Ty {
    pub(crate) fn named(path: &str, args: Vec<Self>) -> Self {
        Self::Named(path.to_owned(), args)
    }

    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Named(path, _) => path,
            _ => "",
        }
    }

    pub(crate) fn last(&self) -> &str {
        let path = self.path();
        path.rsplit("::").next().unwrap_or(path)
    }

    pub(crate) fn arg(&self, position: usize) -> Self {
        match self {
            Self::Named(_, args) => args.get(position).cloned().unwrap_or_default(),
            _ => Self::Unknown,
        }
    }

    pub(crate) fn is_known(&self) -> bool {
        *self != Self::Unknown
    }

    /// Through boxes, counted pointers and guards.
    pub(crate) fn deref(&self) -> &Self {
        match self {
            Self::Named(path, args)
                if known::is_transparent(path) || path == BLOCKING_GUARD || path == ASYNC_GUARD =>
            {
                args.first().map_or(self, Self::deref)
            }
            _ => self,
        }
    }

    /// What `?`, `unwrap` and patterns take out of an `Option` or a `Result`.
    pub(crate) fn inner(&self) -> Self {
        match self.deref().last() {
            "Option" | "Result" => self.deref().arg(0),
            _ => self.clone(),
        }
    }

    /// Whether a handle whose drop detaches its task is in here.
    pub(crate) fn holds_handle(&self) -> bool {
        match self {
            Self::Named(path, args) => {
                known::is_detaching_handle(path)
                    || (is_container(path) && args.iter().any(Self::holds_handle))
            }
            Self::Tuple(all) => all.iter().any(Self::holds_handle),
            Self::Future(_) | Self::Unknown => false,
        }
    }
}

fn is_container(path: &str) -> bool {
    let last = path.rsplit("::").next().unwrap_or(path);
    matches!(
        last,
        "Option" | "Result" | "Vec" | "Box" | "VecDeque" | "HashMap" | "Fuse"
    )
}

/// A name in scope.
#[derive(Clone, Debug)]
pub(crate) struct Local<'a> {
    pub(crate) name: &'a str,
    pub(crate) ty: Ty,
    pub(crate) init: Option<&'a Expr>,
    /// How many loops are around the binding, inside of the same body.
    pub(crate) loops: usize,
}

/// The names in scope at some place of a function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope<'a> {
    pub(crate) locals: Vec<Local<'a>>,
    pub(crate) loops: usize,
}

impl<'a> Scope<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&Local<'a>> {
        self.locals.iter().rev().find(|local| local.name == name)
    }

    /// The binding of `name` among the first `limit`, and its position: what a later binding of that name was made of.
    pub(crate) fn before(&self, limit: usize, name: &str) -> Option<(usize, &Local<'a>)> {
        let earlier = self.locals.get(..limit)?.iter().enumerate();
        earlier.rev().find(|(_, local)| local.name == name)
    }

    pub(crate) fn bind(&mut self, name: &'a str, ty: Ty, init: Option<&'a Expr>) {
        let loops = self.loops;
        self.locals.push(Local {
            name,
            ty,
            init,
            loops,
        });
    }
}

/// A function, with all that its crate declares around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) index: &'a Index,
    pub(crate) entry: &'a Entry,
}

impl<'a> Context<'a> {
    pub(crate) fn new(index: &'a Index, id: Id) -> Self {
        let entry = &index.functions[id];
        Self { index, entry }
    }

    /// The parameters, bound.
    pub(crate) fn scope(&self) -> Scope<'a> {
        let mut scope = Scope::default();
        if let Some(owner) = &self.entry.owner {
            scope.bind("self", Ty::named(owner, Vec::new()), None);
        }
        for param in &self.entry.function.params {
            let ty = self.lower(&param.ty);
            self.bind(&mut scope, &param.pat, &ty, None);
        }
        scope
    }

    pub(crate) fn resolve(&self, path: &[String]) -> String {
        if path.first().is_some_and(|first| first == "Self") {
            if let Some(owner) = &self.entry.owner {
                let rest = &path[1..];
                return rest.iter().fold(owner.clone(), |path, s| path + "::" + s);
            }
        }
        self.index.resolve(&self.entry.module, path)
    }

    pub(crate) fn lower(&self, ty: &TypeRef) -> Ty {
        self.lower_in(&self.entry.module, ty, 8)
    }

    fn lower_in(&self, module: &str, ty: &TypeRef, depth: usize) -> Ty {
        let Some(depth) = depth.checked_sub(1) else {
            return Ty::Unknown;
        };
        match ty {
            TypeRef::Unknown => Ty::Unknown,
            TypeRef::Tuple(all) => Ty::Tuple(
                all.iter()
                    .map(|ty| self.lower_in(module, ty, depth))
                    .collect(),
            ),
            TypeRef::Path(path, args) => {
                if path.len() == 1 {
                    let bounds = &self.entry.function.bounds;
                    if let Some((_, bound)) = bounds.iter().find(|(name, _)| *name == path[0]) {
                        return self.lower_in(module, bound, depth);
                    }
                }
                let resolved = if module == self.entry.module {
                    self.resolve(path)
                } else {
                    self.index.resolve(module, path)
                };
                if let Some((at, target)) = self.index.aliases.get(&resolved) {
                    return self.lower_in(at, target, depth);
                }
                let args = args.iter().map(|ty| self.lower_in(module, ty, depth));
                let args: Vec<Ty> = args.collect();
                match resolved.rsplit("::").next() {
                    Some("Future" | "BoxFuture" | "LocalBoxFuture") => {
                        Ty::Future(Box::new(args.into_iter().next().unwrap_or_default()))
                    }
                    _ => of_guard(&resolved, args),
                }
            }
        }
    }

    /// Binds the names of `pat`, which takes a value of type `ty` apart.
    pub(crate) fn bind(
        &self,
        scope: &mut Scope<'a>,
        pat: &'a Pat,
        ty: &Ty,
        init: Option<&'a Expr>,
    ) {
        match pat {
            Pat::Bind(name) => scope.bind(name, ty.clone(), init),
            Pat::Tuple(all) => {
                for (position, pat) in all.iter().enumerate() {
                    let ty = match ty {
                        Ty::Tuple(types) => types.get(position).cloned().unwrap_or_default(),
                        _ => Ty::Unknown,
                    };
                    let init = init.and_then(|init| match &init.kind {
                        Kind::Tuple(parts) => parts.get(position),
                        _ => None,
                    });
                    self.bind(scope, pat, &ty, init);
                }
            }
            Pat::TupleStruct(path, all) => {
                let is_wrapper = path
                    .last()
                    .is_some_and(|last| matches!(last.as_str(), "Some" | "Ok"));
                for pat in all {
                    let ty = if is_wrapper { ty.inner() } else { Ty::Unknown };
                    let init = if is_wrapper { init } else { None };
                    self.bind(scope, pat, &ty, init);
                }
            }
            Pat::Struct(path, fields) => {
                let owner = self.resolve(path);
                for (name, pat) in fields {
                    self.bind(scope, pat, &self.field(&owner, name), None);
                }
            }
            Pat::Or(all) => all.iter().for_each(|pat| self.bind(scope, pat, ty, init)),
            Pat::Wild | Pat::Other => {}
        }
    }

    /// The type of a field, by the canonical path of the struct.
    pub(crate) fn field(&self, owner: &str, name: &str) -> Ty {
        let fields = self.index.structs.get(owner);
        let field = fields.and_then(|fields| fields.iter().find(|field| field.name == name));
        let module = owner.rsplit_once("::").map_or("", |(module, _)| module);
        field.map_or(Ty::Unknown, |field| self.lower_in(module, &field.ty, 8))
    }

    pub(crate) fn infer(&self, scope: &Scope<'a>, e: &Expr) -> Ty {
        self.infer_to(scope, e, 24)
    }

    fn infer_to(&self, scope: &Scope<'a>, e: &Expr, depth: usize) -> Ty {
        let Some(depth) = depth.checked_sub(1) else {
            return Ty::Unknown;
        };
        let infer = |e: &Expr| self.infer_to(scope, e, depth);
        match &e.kind {
            Kind::Path(path) => self.of_path(scope, path),
            Kind::Field(base, name) => match infer(base).deref() {
                Ty::Tuple(all) => {
                    let position = name.parse::<usize>().ok();
                    position
                        .and_then(|p| all.get(p).cloned())
                        .unwrap_or_default()
                }
                ty => self.field(ty.path(), name),
            },
            Kind::Call(callee, args) => self.of_call(scope, callee, args, depth),
            Kind::Method(m) => self.of_method(scope, m, depth),
            Kind::Await(inner) => match infer(inner) {
                Ty::Future(output) => *output,
                Ty::Named(path, args) if known::is_detaching_handle(&path) => {
                    Ty::named("Result", args)
                }
                _ => Ty::Unknown,
            },
            Kind::Try(inner) => infer(inner).inner(),
            Kind::Ref(inner) | Kind::Unary(inner) => infer(inner),
            Kind::Struct(path, _) => Ty::named(&self.resolve(path), Vec::new()),
            Kind::Tuple(all) => Ty::Tuple(all.iter().map(infer).collect()),
            Kind::Array(all) => Ty::named("Vec", all.first().map(infer).into_iter().collect()),
            Kind::Async(_) => Ty::Future(Box::default()),
            Kind::Block(block) => self.of_tail(scope, block, depth),
            Kind::If(branch) => {
                let then = self.of_tail(scope, &branch.then, depth);
                match &branch.otherwise {
                    Some(otherwise) if !then.is_known() => infer(otherwise),
                    _ => then,
                }
            }
            Kind::Match(_, arms) => {
                let mut types = arms.iter().map(|arm| infer(&arm.body));
                types.find(Ty::is_known).unwrap_or_default()
            }
            Kind::Macro(path, args) => match path.last().map(String::as_str) {
                Some("pin" | "pin_mut") => args.first().map(infer).unwrap_or_default(),
                Some("vec") => Ty::named("Vec", args.first().map(infer).into_iter().collect()),
                _ => Ty::Unknown,
            },
            _ => Ty::Unknown,
        }
    }

    fn of_tail(&self, scope: &Scope<'a>, block: &Block, depth: usize) -> Ty {
        match block.stmts.last() {
            Some(Stmt::Expr(tail, false)) => self.infer_to(scope, tail, depth),
            _ => Ty::Unknown,
        }
    }

    fn of_path(&self, scope: &Scope<'a>, path: &[String]) -> Ty {
        if path.len() == 1 {
            if let Some(local) = scope.get(&path[0]) {
                return local.ty.clone();
            }
        }
        let resolved = self.resolve(path);
        match self.index.values.get(&resolved) {
            Some((module, ty)) => self.lower_in(module, ty, 8),
            None => Ty::Unknown,
        }
    }

    fn of_call(&self, scope: &Scope<'a>, callee: &Expr, args: &[Expr], depth: usize) -> Ty {
        let Kind::Path(path) = &callee.kind else {
            return Ty::Unknown;
        };
        let first = || {
            args.first()
                .map(|e| self.infer_to(scope, e, depth))
                .unwrap_or_default()
        };
        if let Some(id) = self.callee(path) {
            return self.returned(id);
        }
        let resolved = self.resolve(path);
        if let Some(spawns) = known::spawner(&resolved) {
            let output = match first() {
                Ty::Future(output) => *output,
                _ => Ty::Unknown,
            };
            return handle_of(&resolved, spawns, output);
        }
        let (owner, name) = resolved.rsplit_once("::").unwrap_or(("", &resolved));
        match (owner.rsplit("::").next().unwrap_or(owner), name) {
            ("", "Some") => Ty::named("Option", vec![first()]),
            ("", "Ok") => Ty::named("Result", vec![first()]),
            ("", "drop") => Ty::Unknown,
            (
                "mpsc" | "broadcast" | "watch" | "oneshot",
                "channel" | "unbounded_channel" | "unbounded",
            ) => channel(owner, name),
            ("async_channel" | "flume", "bounded" | "unbounded") => channel(owner, name),
            (wrapper, "new" | "pin" | "from") if known::is_transparent(wrapper) => {
                Ty::named(owner, vec![first()])
            }
            ("Arc" | "Rc", "clone") => first(),
            ("Handle", "current" | "try_current") if owner.ends_with("runtime::Handle") => {
                Ty::named(owner, Vec::new())
            }
            ("time", "sleep" | "sleep_until") => Ty::named("tokio::time::Sleep", Vec::new()),
            (ty, _) if ty.starts_with(char::is_uppercase) => {
                let args = match name {
                    "new" | "from" | "const_new" => vec![first()],
                    _ => Vec::new(),
                };
                if is_constructor(name) {
                    Ty::named(owner, args)
                } else {
                    Ty::Unknown
                }
            }
            _ => Ty::Unknown,
        }
    }

    /// The function of the audited crates that a path means.
    pub(crate) fn callee(&self, path: &[String]) -> Option<Id> {
        let resolved = self.resolve(path);
        let free = self.index.by_path.get(&resolved);
        let found = free.or_else(|| {
            let (owner, name) = resolved.rsplit_once("::")?;
            self.index.methods.get(&(owner.to_owned(), name.to_owned()))
        });
        self.nearest(found?)
    }

    /// Of functions with one path (a library's and a binary's, or under different features), that of this file.
    fn nearest(&self, ids: &[Id]) -> Option<Id> {
        let same = ids
            .iter()
            .find(|id| self.index.functions[**id].file == self.entry.file);
        same.or_else(|| ids.first()).copied()
    }

    /// The method of the audited crates that a call means.
    pub(crate) fn method(&self, scope: &Scope<'a>, m: &Method) -> Option<Id> {
        let receiver = self.infer(scope, &m.receiver);
        self.method_of(receiver.deref(), &m.name)
    }

    pub(crate) fn method_of(&self, receiver: &Ty, name: &str) -> Option<Id> {
        let Ty::Named(path, _) = receiver else {
            return None;
        };
        let key = (path.clone(), name.to_owned());
        let ids = self.index.methods.get(&key)?;
        self.nearest(ids)
    }

    /// What a call of the function gives: a future, if it is async.
    pub(crate) fn returned(&self, id: Id) -> Ty {
        let other = Context::new(self.index, id);
        let output = other.lower(&other.entry.function.output);
        if other.entry.function.is_async {
            Ty::Future(Box::new(output))
        } else {
            output
        }
    }

    fn of_method(&self, scope: &Scope<'a>, m: &Method, depth: usize) -> Ty {
        let receiver = self.infer_to(scope, &m.receiver, depth);
        if let Some(id) = self.method_of(receiver.deref(), &m.name) {
            return self.returned(id);
        }
        if let Some(ty) = locking(&receiver, m) {
            return ty;
        }
        let inner = receiver.deref();
        match m.name.as_str() {
            "clone" | "as_ref" | "as_mut" | "by_ref" | "borrow" | "borrow_mut" | "to_owned"
            | "fuse" | "as_deref" | "as_deref_mut" | "boxed" | "take" | "replace" | "iter"
            | "iter_mut" | "into_iter" | "get_mut" | "lock_arc" | "instrument"
            | "in_current_span" | "or_insert_with" | "map_err" | "ok_or" | "ok_or_else"
            | "context" | "with_context" => receiver,
            "unwrap" | "expect" | "unwrap_or_else" | "unwrap_or_default" | "unwrap_or" => {
                receiver.inner()
            }
            "ok" | "err" => Ty::named("Option", vec![receiver.inner()]),
            "subscribe" if inner.last() == "Sender" => {
                Ty::named(&inner.path().replace("Sender", "Receiver"), Vec::new())
            }
            "handle" if inner.last() == "Runtime" => {
                Ty::named("tokio::runtime::Handle", Vec::new())
            }
            "name" if inner.path() == "tokio::task::Builder" => receiver,
            "spawn" | "spawn_on" | "spawn_local" | "spawn_local_on" => {
                match known::spawning_type(inner.path()) {
                    Some(spawns) => {
                        let handle = handle_of(inner.path(), spawns, Ty::Unknown);
                        if inner.last() == "Builder" {
                            Ty::named("Result", vec![handle])
                        } else {
                            handle
                        }
                    }
                    None => Ty::Unknown,
                }
            }
            "pop" | "pop_front" | "pop_back" | "first" | "last" | "next" | "get" | "remove" => {
                match inner.last() {
                    "HashMap" | "BTreeMap" => Ty::named("Option", vec![inner.arg(1)]),
                    "Vec" | "VecDeque" => Ty::named("Option", vec![inner.arg(0)]),
                    _ => Ty::Unknown,
                }
            }
            "collect" if !m.turbofish.is_empty() => self.lower(&m.turbofish[0]),
            "buffer_unordered" => Ty::named("futures::stream::BufferUnordered", Vec::new()),
            "buffered" => Ty::named("futures::stream::Buffered", Vec::new()),
            "try_buffer_unordered" => Ty::named("futures::stream::TryBufferUnordered", Vec::new()),
            "try_buffered" => Ty::named("futures::stream::TryBuffered", Vec::new()),
            _ => Ty::Unknown,
        }
    }
}

fn handle_of(spawner: &str, spawns: Spawns, output: Ty) -> Ty {
    let path = match spawns {
        Spawns::Detaches if spawner.starts_with("async_std") => "async_std::task::JoinHandle",
        Spawns::Detaches => "tokio::task::JoinHandle",
        Spawns::Cancels => "async_task::Task",
        Spawns::Blocking => "handle of blocking work",
        Spawns::NoHandle => return Ty::Tuple(Vec::new()),
    };
    Ty::named(path, vec![output])
}

fn channel(module: &str, constructor: &str) -> Ty {
    let unbounded = if constructor.starts_with("unbounded") && module.ends_with("mpsc") {
        "Unbounded"
    } else {
        ""
    };
    Ty::Tuple(vec![
        Ty::Named(format!("{module}::{unbounded}Sender"), Vec::new()),
        Ty::Named(format!("{module}::{unbounded}Receiver"), Vec::new()),
    ])
}

fn is_constructor(name: &str) -> bool {
    [
        "new",
        "default",
        "with_",
        "from",
        "const_new",
        "build",
        "connect",
        "open",
        "create",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

/// A guard that is named by its type.
fn of_guard(path: &str, args: Vec<Ty>) -> Ty {
    let last = path.rsplit("::").next().unwrap_or(path);
    let is_guard =
        last.ends_with("MutexGuard") || last.contains("RwLock") && last.ends_with("Guard");
    if !is_guard {
        return Ty::Named(path.to_owned(), args);
    }
    let is_async = path.starts_with("tokio")
        || path.starts_with("async_lock")
        || path.starts_with("futures")
        || last.starts_with("Owned");
    Ty::named(
        if is_async {
            ASYNC_GUARD
        } else {
            BLOCKING_GUARD
        },
        args,
    )
}

/// Taking a lock, by the type of the receiver.
fn locking(receiver: &Ty, m: &Method) -> Option<Ty> {
    let inner = receiver.deref();
    let takes = matches!(
        (inner.last(), m.name.as_str()),
        (
            "Mutex" | "FairMutex" | "ReentrantMutex",
            "lock" | "lock_owned" | "lock_arc"
        ) | (
            "RwLock",
            "read" | "write" | "read_owned" | "write_owned" | "upgradable_read"
        ) | ("RwLock", "read_arc" | "write_arc")
    );
    if !takes || !m.args.is_empty() {
        return None;
    }
    let content = vec![inner.arg(0)];
    let path = inner.path();
    Some(
        if path.starts_with("tokio::")
            || path.starts_with("async_lock")
            || path.starts_with("futures")
        {
            Ty::Future(Box::new(Ty::named(ASYNC_GUARD, content)))
        } else if path.starts_with("std::") {
            Ty::named("Result", vec![Ty::named(BLOCKING_GUARD, content)])
        } else if path.starts_with("parking_lot") || path.starts_with("spin") {
            Ty::named(BLOCKING_GUARD, content)
        } else {
            return None;
        },
    )
}
