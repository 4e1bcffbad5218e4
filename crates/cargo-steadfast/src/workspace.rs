//! Which files are audited, which crate and module each is, and which of them are test code.

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// A Rust file, and where it stands in its crate.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    /// As it is shown: relative to what was named on the command line, with forward slashes.
    pub(crate) shown: String,
    pub(crate) krate: String,
    pub(crate) module: Vec<String>,
    pub(crate) is_test: bool,
    pub(crate) renames: Arc<HashMap<String, String>>,
}

impl Source {
    /// The canonical path of a module of this file's crate.
    pub(crate) fn canonical(&self, module: &[String]) -> String {
        let mut path = self.krate.clone();
        for segment in module {
            path.push_str("::");
            path.push_str(segment);
        }
        path
    }
}

impl Source {
    /// A module of this file that stands at `path`, as seen from its directory.
    pub(crate) fn module_at(&self, module: &[String], path: &str) -> Self {
        let path = self.path.parent().unwrap_or(Path::new("")).join(path);
        let path = without_detours(&path);
        Self {
            shown: shown(&path),
            module: module.to_vec(),
            path,
            ..self.clone()
        }
    }
}

/// Something that could not be read, and why.
#[derive(Clone, Debug)]
pub(crate) struct Unreadable {
    pub(crate) path: String,
    pub(crate) line: u32,
    pub(crate) why: String,
}

/// What of a manifest matters here.
#[derive(Clone, Debug, Default)]
struct Package {
    name: String,
    renames: Arc<HashMap<String, String>>,
}

/// Every Rust file under `root`, or `root` itself, which then is a crate of its own.
///
/// Left out: hidden directories, and target directories, which cargo marks as caches whatever their name.
pub(crate) fn sources(root: &Path, out: &mut Vec<Source>, bad: &mut Vec<Unreadable>) {
    if root.is_file() {
        let stem = root.file_stem().unwrap_or_default().to_string_lossy();
        out.push(Source {
            path: root.to_path_buf(),
            shown: shown(root),
            krate: crate_name(&stem),
            module: Vec::new(),
            is_test: false,
            renames: Arc::default(),
        });
        return;
    }
    let mut found = Vec::new();
    let mut packages = BTreeMap::new();
    walk(root, &mut found, &mut packages, bad);
    let (around, above) = enclosing_package(root).unwrap_or_default();
    found.sort();
    for path in found {
        let mut directories = path.ancestors().skip(1);
        let known = directories.find_map(|d| Some((d, packages.get(d)?.clone())));
        let below_root = path.strip_prefix(root).unwrap_or(&path);
        let (inside, package) = match known {
            Some((directory, package)) => {
                let inside = path.strip_prefix(directory).unwrap_or(&path);
                (inside.to_path_buf(), package)
            }
            None => (above.join(below_root), around.clone()),
        };
        out.push(Source {
            shown: shown(&path),
            krate: package.name,
            module: module_of(&inside),
            // What is named on the command line is what is asked about, wherever it lies.
            is_test: is_test_file(below_root),
            renames: package.renames,
            path,
        });
    }
}

fn walk(
    directory: &Path,
    found: &mut Vec<PathBuf>,
    packages: &mut BTreeMap<PathBuf, Package>,
    bad: &mut Vec<Unreadable>,
) {
    let complain = |path: &Path, error: &io::Error| Unreadable {
        path: shown(path),
        line: 0,
        why: error.to_string(),
    };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => return bad.push(complain(directory, &error)),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return bad.push(complain(directory, &error)),
        };
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // A link may lead out of the tree, or around in it.
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            if !name.starts_with('.') && !path.join("CACHEDIR.TAG").exists() {
                walk(&path, found, packages, bad);
            }
        } else if kind.is_file() && name == "Cargo.toml" {
            packages.extend(package(directory));
        } else if kind.is_file() && name.ends_with(".rs") {
            found.push(path);
        }
    }
}

/// The package that `root`, a directory inside of it, belongs to, and where in it `root` is.
fn enclosing_package(root: &Path) -> Option<(Package, PathBuf)> {
    let root = root.canonicalize().ok()?;
    let (directory, package) = root.ancestors().skip(1).find_map(package)?;
    let above = root.strip_prefix(&directory).ok()?.to_path_buf();
    Some((package, above))
}

/// The package whose manifest stands in `directory`.
fn package(directory: &Path) -> Option<(PathBuf, Package)> {
    let manifest = manifest(directory)?;
    let name = manifest.get("package")?.get("name")?.as_str()?;
    let mut shared = None;
    let mut renames = HashMap::new();
    for (alias, dependency) in dependencies(&manifest) {
        let inherits = dependency.get("workspace").and_then(toml::Value::as_bool) == Some(true);
        let renamed = if inherits {
            let shared = shared.get_or_insert_with(|| shared_dependencies(directory));
            shared.get(alias)
        } else {
            Some(dependency)
        };
        let package = renamed.and_then(|d| d.get("package")?.as_str());
        if let Some(package) = package {
            renames.insert(crate_name(alias), crate_name(package));
        }
    }
    let package = Package {
        name: crate_name(name),
        renames: Arc::new(renames),
    };
    Some((directory.to_path_buf(), package))
}

fn manifest(directory: &Path) -> Option<toml::Table> {
    let text = fs::read_to_string(directory.join("Cargo.toml")).ok()?;
    text.parse().ok()
}

/// What each table of a manifest depends on, those for some targets alone included.
fn dependencies(manifest: &toml::Table) -> impl Iterator<Item = (&String, &toml::Value)> {
    let targets = manifest.get("target").and_then(|t| t.as_table());
    let targets = targets.into_iter().flat_map(|targets| targets.values());
    let owners = targets.filter_map(|target| target.as_table());
    std::iter::once(manifest).chain(owners).flat_map(|owner| {
        let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
        let tables = tables
            .into_iter()
            .filter_map(|name| owner.get(name)?.as_table());
        tables.flatten()
    })
}

/// The dependencies that the workspace around `directory` declares for its members.
fn shared_dependencies(directory: &Path) -> toml::Table {
    let directory = directory.canonicalize().unwrap_or_default();
    let workspace = directory.ancestors().find_map(|directory| {
        let mut manifest = manifest(directory)?;
        manifest.remove("workspace")
    });
    let shared = workspace.and_then(|w| w.get("dependencies")?.as_table().cloned());
    shared.unwrap_or_default()
}

fn crate_name(package: &str) -> String {
    package.replace('-', "_")
}

/// The module that a file of a package is, by cargo's and rustc's rules for where modules are; of `#[path]`, [`Source::module_at`] knows.
///
/// A binary's modules count as the library's: both call their root `crate`.
fn module_of(inside: &Path) -> Vec<String> {
    let mut module: Vec<String> = inside
        .with_extension("")
        .components()
        .map(|c| c.as_os_str().to_string_lossy().into_owned())
        .collect();
    match module.first().map(String::as_str) {
        Some("src") => drop(module.remove(0)),
        // A test, bench or example is a crate of its own, whose root may be in a directory of its own.
        Some(_) if module.len() > 1 => drop(module.drain(..2)),
        _ => module.clear(),
    }
    if module.first().is_some_and(|first| first == "bin") {
        module.drain(..module.len().min(2));
    }
    if module
        .last()
        .is_some_and(|l| l == "mod" || l == "lib" || l == "main")
    {
        module.pop();
    }
    module
}

fn is_test_file(inside: &Path) -> bool {
    let mut directories = inside.components();
    let file = directories.next_back();
    let stem = file.map(|f| Path::new(f.as_os_str()).with_extension(""));
    let by_name = stem.is_some_and(|s| s == Path::new("tests") || s == Path::new("test"));
    by_name
        || directories.any(|directory| {
            let name = directory.as_os_str().to_string_lossy();
            matches!(&*name, "tests" | "test" | "benches" | "examples")
        })
}

/// Without the directories that a `..` leaves again.
fn without_detours(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for component in path.components() {
        let enters = matches!(
            straight.components().next_back(),
            Some(Component::Normal(_))
        );
        match component {
            Component::ParentDir if enters => drop(straight.pop()),
            component => straight.push(component),
        }
    }
    straight
}

/// Relative to the current directory where that is possible, with forward slashes.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let short = path.strip_prefix(&here).unwrap_or(path);
    let short = short.strip_prefix(".").unwrap_or(short);
    short.to_string_lossy().replace('\\', "/")
}
