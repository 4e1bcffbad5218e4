//! From a path as it is written to the path of the item that it means, through imports, aliases, globs and re-exports.

use crate::{index::Index, known};
use std::{collections::HashSet, sync::PoisonError};

/// The modules in which a search has looked for the start of a path: re-exports may go in circles.
type Seen = HashSet<(String, String)>;

impl Index {
    /// The canonical path of what `path` means in `module`. A name that nothing declares stays as it is.
    pub(crate) fn resolve(&self, module: &str, path: &[String]) -> String {
        let key = format!("{module} {}", path.join("::"));
        let known = self.resolved.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&key) {
            return found.clone();
        }
        drop(known);
        let found = self.lookup(module, path, &mut Seen::default());
        let found = known::canonical(&found.unwrap_or_else(|| path.join("::")));
        let mut known = self
            .resolved
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        known.insert(key, found.clone());
        found
    }

    fn lookup(&self, module: &str, path: &[String], seen: &mut Seen) -> Option<String> {
        let (first, rest) = path.split_first()?;
        let krate = Self::crate_of(module);
        match first.as_str() {
            "" => self.lookup(module, rest, seen),
            "crate" | "$crate" => self.member(krate, rest, seen),
            "self" => self.member(module, rest, seen),
            "super" => {
                let parent = module
                    .rsplit_once("::")
                    .map_or(module, |(parent, _)| parent);
                if rest.first().is_some_and(|next| next == "super") {
                    return self.lookup(parent, rest, seen);
                }
                self.member(parent, rest, seen)
            }
            _ => self
                .local(module, path, seen)
                .or_else(|| self.external(krate, path, seen)),
        }
    }

    /// `path` as seen from inside of `module`.
    fn local(&self, module: &str, path: &[String], seen: &mut Seen) -> Option<String> {
        let (first, rest) = path.split_first()?;
        let names = self.modules.get(module)?;
        if !seen.insert((module.to_owned(), first.clone())) {
            return None;
        }
        if let Some(target) = names.imports.get(first) {
            let target = [target.as_slice(), rest].concat();
            if target.first() == Some(first) {
                // `use tokio::{self, ..}` and `use a::b as a` name a crate, not this very import.
                let krate = Self::crate_of(module);
                return self.external(krate, &target, seen);
            }
            return self.lookup(module, &target, seen);
        }
        if names.items.contains(first) {
            return self.member(module, path, seen);
        }
        names.globs.iter().find_map(|glob| {
            let inner = self.lookup(module, glob, seen)?;
            if self.modules.contains_key(&inner) {
                return if inner == module {
                    None
                } else {
                    self.exported(&inner, path, seen)
                };
            }
            let full = known::canonical(&format!("{inner}::{first}"));
            known::is_item(&full).then(|| join(&full, rest))
        })
    }

    /// What `path` means among the names that `module` declares or re-exports.
    fn member(&self, module: &str, path: &[String], seen: &mut Seen) -> Option<String> {
        let Some((first, rest)) = path.split_first() else {
            return Some(module.to_owned());
        };
        let inner = format!("{module}::{first}");
        if self.modules.contains_key(&inner) {
            return self.member(&inner, rest, seen);
        }
        self.exported(module, path, seen)
            .or_else(|| Some(join(module, path)))
    }

    fn exported(&self, module: &str, path: &[String], seen: &mut Seen) -> Option<String> {
        let (first, rest) = path.split_first()?;
        let names = self.modules.get(module)?;
        if names.items.contains(first) {
            let inner = format!("{module}::{first}");
            if self.modules.contains_key(&inner) && !rest.is_empty() {
                return self.member(&inner, rest, seen);
            }
            return Some(join(&inner, rest));
        }
        self.local(module, path, seen)
    }

    fn external(&self, krate: &str, path: &[String], seen: &mut Seen) -> Option<String> {
        let (first, rest) = path.split_first()?;
        let renamed = self.renames.get(krate).and_then(|names| names.get(first));
        let name = renamed.unwrap_or(first);
        if self.crates.contains(name) {
            return self.member(name, rest, seen);
        }
        Some(join(known::passed_on(name), rest))
    }
}

fn join(path: &str, rest: &[String]) -> String {
    let mut joined = path.to_owned();
    for segment in rest {
        joined.push_str("::");
        joined.push_str(segment);
    }
    joined
}
