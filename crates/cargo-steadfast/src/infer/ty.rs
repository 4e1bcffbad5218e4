//! What a type is, as far as it is known.

use crate::known;

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

    /// The same, also behind a lock that nobody else has.
    pub(crate) fn keeps_handle(&self) -> bool {
        match self {
            Self::Named(path, args) if !known::is_detaching_handle(path) => {
                let last = path.rsplit("::").next().unwrap_or(path);
                let keeps = matches!(
                    last,
                    "Mutex"
                        | "RwLock"
                        | "FairMutex"
                        | "RefCell"
                        | "BTreeMap"
                        | "DashMap"
                        | "IndexMap"
                );
                (keeps || is_container(path)) && args.iter().any(Self::keeps_handle)
            }
            _ => self.holds_handle(),
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
