//! What the audited crates declare, all files together: read-only once it is built, and shared by the threads that look for hazards.

use crate::{
    fields,
    ir::{Block, Function, Kind, Pat, TypeRef},
    lower::{Field, Lowered},
    workspace::Source,
};
use std::{
    collections::{HashMap, HashSet},
    sync::RwLock,
};

/// The name of a function in [`Index::functions`].
pub(crate) type Id = usize;

#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) functions: Vec<Entry>,
    /// Free functions by canonical path.
    pub(crate) by_path: HashMap<String, Vec<Id>>,
    /// Methods by the canonical path of their type, and their name.
    pub(crate) methods: HashMap<(String, String), Vec<Id>>,
    /// Methods by name alone, for receivers whose type is not known.
    pub(crate) named: HashMap<String, Vec<Id>>,
    pub(crate) modules: HashMap<String, Module>,
    pub(crate) structs: HashMap<String, Vec<Field>>,
    pub(crate) values: HashMap<String, (String, TypeRef)>,
    pub(crate) aliases: HashMap<String, (String, TypeRef)>,
    pub(crate) crates: HashSet<String>,
    /// By crate, fields that something reads other than to look whether they are set.
    pub(crate) used_fields: HashSet<(String, String)>,
    /// What paths were found to mean, by module and path: a name that only globs could bring in is searched for in every module.
    pub(crate) resolved: RwLock<HashMap<String, String>>,
    /// For each crate, the names that its manifest gives to other packages.
    pub(crate) renames: HashMap<String, HashMap<String, String>>,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) function: Function,
    pub(crate) file: usize,
    /// The canonical path of the module.
    pub(crate) module: String,
    /// The canonical path of the type that the method is of.
    pub(crate) owner: Option<String>,
    pub(crate) is_test: bool,
}

/// The names that a module knows.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) krate: String,
    pub(crate) imports: HashMap<String, Vec<String>>,
    pub(crate) globs: Vec<Vec<String>>,
    pub(crate) items: HashSet<String>,
}

impl Index {
    /// Puts the declarations of all files together.
    pub(crate) fn build(files: Vec<(Source, Lowered)>) -> Self {
        let mut index = Self::default();
        let mut functions = Vec::new();
        let mut test_modules = Vec::new();
        // Binaries, examples and tests import what the library beside them re-exports: what it means by these names comes first.
        let is_beside = |(source, _): &&(Source, Lowered)| {
            let path = &source.path;
            source.is_test
                || path.ends_with("main.rs")
                || path.parent().is_some_and(|parent| parent.ends_with("bin"))
        };
        for (source, lowered) in files.iter().filter(|file| !is_beside(file)) {
            index.declare(source, lowered);
        }
        for (source, lowered) in files.iter().filter(is_beside) {
            index.declare(source, lowered);
        }
        for (file, (source, lowered)) in files.into_iter().enumerate() {
            let tests = lowered.test_modules.iter();
            test_modules.extend(tests.map(|path| source.canonical(path)));
            functions.extend(
                lowered
                    .functions
                    .into_iter()
                    .map(|f| (file, source.clone(), f)),
            );
        }
        for (file, source, function) in functions {
            index.fields_of(&source.krate, &function.body);
            let module = source.canonical(&function.module);
            let in_tests = |tests: &String| {
                module == *tests
                    || module
                        .strip_prefix(tests)
                        .is_some_and(|m| m.starts_with("::"))
            };
            let is_test = function.is_test || source.is_test || test_modules.iter().any(in_tests);
            index.add(Entry {
                function,
                file,
                module,
                owner: None,
                is_test,
            });
        }
        index
    }

    fn declare(&mut self, source: &Source, lowered: &Lowered) {
        self.crates.insert(source.krate.clone());
        self.renames
            .entry(source.krate.clone())
            .or_insert_with(|| source.renames.as_ref().clone());
        self.module(source, &source.module);
        for u in &lowered.uses {
            let module = self.module(source, &u.module);
            if u.name == "*" {
                module.globs.push(u.path.clone());
            } else {
                module
                    .imports
                    .entry(u.name.clone())
                    .or_insert_with(|| u.path.clone());
            }
        }
        for s in &lowered.structs {
            self.module(source, &s.module).items.insert(s.name.clone());
            let path = format!("{}::{}", source.canonical(&s.module), s.name);
            self.structs.insert(path, s.fields.clone());
        }
        for (module, name, ty) in &lowered.values {
            self.module(source, module).items.insert(name.clone());
            let at = source.canonical(module);
            self.values
                .insert(format!("{at}::{name}"), (at, ty.clone()));
        }
        for (module, name, ty) in &lowered.aliases {
            self.module(source, module).items.insert(name.clone());
            let at = source.canonical(module);
            self.aliases
                .insert(format!("{at}::{name}"), (at, ty.clone()));
        }
        for f in &lowered.functions {
            let module = self.module(source, &f.module);
            if f.self_type.is_none() {
                module.items.insert(f.name.clone());
            }
        }
    }

    /// The module at `path` of the source's crate; made, with every module around it, if it is new.
    fn module(&mut self, source: &Source, path: &[String]) -> &mut Module {
        for depth in 0..path.len() {
            let parent = self
                .modules
                .entry(source.canonical(&path[..depth]))
                .or_default();
            parent.krate.clone_from(&source.krate);
            parent.items.insert(path[depth].clone());
        }
        let module = self.modules.entry(source.canonical(path)).or_default();
        module.krate.clone_from(&source.krate);
        module
    }

    fn add(&mut self, mut entry: Entry) {
        let id = self.functions.len();
        let name = entry.function.name.clone();
        if let Some(TypeRef::Path(path, _)) = &entry.function.self_type {
            let owner = self.resolve(&entry.module, path);
            self.methods
                .entry((owner.clone(), name.clone()))
                .or_default()
                .push(id);
            self.named.entry(name).or_default().push(id);
            entry.owner = Some(owner);
        } else {
            let path = format!("{}::{name}", entry.module);
            self.by_path.entry(path).or_default().push(id);
        }
        self.functions.push(entry);
    }

    fn fields_of(&mut self, krate: &str, body: &Block) {
        let looked_at = fields::looked_at(body);
        body.any(&mut |e| {
            if let Kind::Field(_, name) = &e.kind {
                if !looked_at.contains(&e.span) {
                    self.used_fields.insert((krate.to_owned(), name.clone()));
                }
            }
            false
        });
        crate::bindings::each(body, &mut |pat, _| self.fields_of_pat(krate, pat));
        body.any(&mut |e| {
            match &e.kind {
                Kind::Let(pat, _) => self.fields_of_pat(krate, pat),
                Kind::Match(_, arms) => arms
                    .iter()
                    .for_each(|arm| self.fields_of_pat(krate, &arm.pat)),
                _ => {}
            }
            false
        });
    }

    /// Fields that a pattern takes out.
    fn fields_of_pat(&mut self, krate: &str, pat: &Pat) {
        match pat {
            Pat::Struct(_, fields) => {
                for (name, inner) in fields {
                    if !matches!(inner, Pat::Wild) {
                        self.used_fields.insert((krate.to_owned(), name.clone()));
                    }
                    self.fields_of_pat(krate, inner);
                }
            }
            Pat::Tuple(all) | Pat::TupleStruct(_, all) | Pat::Or(all) => {
                all.iter().for_each(|p| self.fields_of_pat(krate, p))
            }
            Pat::Wild | Pat::Bind(_) | Pat::Other => {}
        }
    }

    /// The crate that the module at this canonical path is of.
    pub(crate) fn crate_of(module: &str) -> &str {
        module.split("::").next().unwrap_or(module)
    }
}
