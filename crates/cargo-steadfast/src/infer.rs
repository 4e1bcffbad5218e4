//! The types of expressions, as far as declarations, constructors and signatures tell: a hint, never a proof.

mod library;
mod names;
mod ty;

use crate::{
    index::{Entry, Id, Index},
    ir::{Block, Expr, Kind, Method, Pat, Stmt, TypeRef},
    known,
};

use self::library::{channel, handle_of, is_constructor, locking, of_guard};
pub(crate) use self::names::Scope;
pub(crate) use self::ty::{ASYNC_GUARD, BLOCKING_GUARD, Ty};

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
            | "iter_mut" | "into_iter" | "drain" | "get_mut" | "lock_arc" | "instrument"
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
