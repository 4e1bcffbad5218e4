//! The table of cases. Defining a case enrols it: [`cases!`] is the only way to write one.

use core::fmt;

use steadfast_core::Runtime;

use crate::{Capability, Fixture, Profile};

/// One promise, and the program that checks it on a runtime. Subjects that share a type of runtime share the program.
pub struct Case<R: Runtime> {
    /// Who the case is; the same for every runtime.
    pub info: Info,
    pub(crate) body: fn(&Fixture<R>),
}

impl<R: Runtime> fmt::Debug for Case<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.info.fmt(f)
    }
}

/// Who a case is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Info {
    /// Stable: `backend/no-inline-poll`.
    pub id: &'static str,
    /// What holds if the case passes.
    pub promise: &'static str,
    /// Who has to pass.
    pub level: Level,
    /// What a runtime must have for the case to make sense on it.
    pub needs: &'static [Capability],
    /// The behaviours of the list of laws that this case checks.
    pub laws: &'static [u16],
    /// Whether it needs a process of its own, because failing may take the process down.
    pub isolated: bool,
}

impl Info {
    /// The first capability that `profile` lacks for this case.
    #[must_use]
    pub fn missing(&self, profile: &Profile) -> Option<Capability> {
        self.needs.iter().copied().find(|one| !profile.has(*one))
    }
}

/// Who has to pass a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Every runtime.
    Must,
    /// Nobody, but users notice.
    Should,
    /// Every runtime whose profile claims what the case needs.
    Capability,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Capability => "capability",
        })
    }
}

/// Defines the cases of one file: each becomes a function, a row of the file's table, and a `#[test]` of
/// [`conformance_tests!`](crate::conformance_tests).
///
/// The head names the macro that carries the tests to other crates (unique in this crate) and the layer. The docs of a case
/// are its promise; `S` is the runtime of the subject. Then: the id, which must be the layer and the name of the function; the level; the laws;
/// `isolated` if a failure may take the process down; and after a semicolon `scope`, if the same law holds for scopes. Then the
/// body is compiled a second time, in a module where [`Builder`](crate::over_scope::Builder) opens a scope, as the case
/// `scope/..` of the same name.
macro_rules! cases {
    (
        $tests:ident in $layer:ident;
        $(
            #[doc = $promise:literal]
            $(#[doc = $more:literal])*
            #[case($id:literal, $level:ident $(($($needed:ident),+))?, laws = $laws:tt $(, $isolated:ident)? $(; $scope:ident)?)]
            fn $name:ident<S>($fx:ident: &Fixture<S>) $body:block
        )+
    ) => {
        $(
            #[doc = $promise]
            $(#[doc = $more])*
            fn $name<S: ::steadfast_core::Runtime>($fx: &$crate::Fixture<S>) $body
        )+

        pub(crate) fn table<S: ::steadfast_core::Runtime>() -> Vec<$crate::suite::Case<S>> {
            let mut all = vec![$($crate::suite::Case {
                info: $crate::suite::Info {
                    id: {
                        const ID: &str =
                            $crate::suite::checked_id($id, stringify!($layer), stringify!($name));
                        ID
                    },
                    promise: concat!($promise $(, $more)*).trim_ascii(),
                    level: $crate::suite::cases!(@level $level $($($needed)+)?),
                    needs: &[$($($crate::Capability::$needed),+)?],
                    laws: &$laws,
                    isolated: $crate::suite::cases!(@isolated $($isolated)?),
                },
                body: $name::<S>,
            }),+];
            let over_scope = |case: &$crate::suite::Case<S>| match case.info.id {
                $($($id => Some($crate::suite::Case {
                    info: $crate::suite::Info {
                        id: $crate::suite::cases!(@$scope $id),
                        ..case.info
                    },
                    body: over_scope::$name::<S>,
                }),)?)+
                _ => None,
            };
            let scopes: Vec<_> = all.iter().filter_map(over_scope).collect();
            all.extend(scopes);
            all
        }

        #[allow(unused_imports, reason = "in some files no case is for scopes")]
        mod over_scope {
            use super::*;
            use $crate::over_scope::Builder;

            $($(
                $crate::suite::cases!(@$scope);
                pub(super) fn $name<S: ::steadfast_core::Runtime>($fx: &$crate::Fixture<S>) $body
            )?)+
        }

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $tests {
            () => {
                $(
                    #[test]
                    fn $name() {
                        $crate::check::<Subject>($id, concat!(module_path!(), "::", stringify!($name)));
                    }
                )+
            };
            (over_scope) => {
                $($(
                    #[test]
                    fn $name() {
                        let id = $id.replacen("system", stringify!($scope), 1);
                        $crate::check::<Subject>(&id, concat!(module_path!(), "::", stringify!($name)));
                    }
                )?)+
            };
        }
    };
    (@scope) => {};
    (@scope $id:literal) => {{
        const BYTES: [u8; $id.len() - 1] = $crate::suite::over_scope($id);
        const ID: &str = match ::core::str::from_utf8(&BYTES) {
            Ok(id) => id,
            Err(_) => panic!("ids are text"),
        };
        ID
    }};
    (@level must) => { $crate::suite::Level::Must };
    (@level should $($needed:ident)*) => { $crate::suite::Level::Should };
    (@level capability $($needed:ident)+) => { $crate::suite::Level::Capability };
    (@isolated) => { false };
    (@isolated isolated) => { true };
}
pub(crate) use cases;

/// Joins the files of a layer into the layer's table and the layer's tests. A file that is declared and not joined is dead
/// code, which the compiler reports.
macro_rules! layer {
    ($tests:ident; $($file:ident $file_tests:ident),+ $(,)?) => {
        pub(crate) fn table<R: ::steadfast_core::Runtime>() -> Vec<$crate::suite::Case<R>> {
            let mut all = Vec::new();
            $(all.extend($file::table());)+
            all
        }

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $tests {
            () => {
                $($crate::$file_tests!();)+
            };
            (over_scope) => {
                $($crate::$file_tests!(over_scope);)+
            };
        }
    };
}
pub(crate) use layer;

/// Gives one `#[test]` for each case that the subject can run, in `cargo test` of any crate.
///
/// `conformance_tests!(my_runtime: MySubject)` makes tests such as `my_runtime::backend::no_inline_poll`; without a name
/// the outermost module is called `conformance`. Cases that later versions add arrive by themselves. A test whose capability
/// is missing says so on standard error and passes; so does a *should* that failed.
#[macro_export]
macro_rules! conformance_tests {
    ($subject:ty) => {
        $crate::conformance_tests!(conformance: $subject);
    };
    ($name:ident: $subject:ty) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            type Subject = $subject;

            $crate::layered_tests!();
        }
    };
}

/// Gives one `#[test]` for each system case, over nurseries and over scopes, broken off after each of its polls: `interrupted_tests!(name: Dropped<Subject>)`.
///
/// See [`interrupted`](crate::interrupted). Each test is a process of its own.
#[macro_export]
macro_rules! interrupted_tests {
    ($name:ident: $subject:ty) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            type Subject = $subject;

            mod system {
                use super::Subject;
                $crate::system_tests!();
            }
            mod scope {
                use super::Subject;
                $crate::system_tests!(over_scope);
            }
        }
    };
}

/// Joins the layers into the table of all cases and the tests of all cases.
macro_rules! layers {
    ($($layer:ident $layer_tests:ident),+ $(,)?) => {
        /// Every case of every layer.
        #[must_use]
        pub fn all_cases<R: Runtime>() -> Vec<Case<R>> {
            let mut all = Vec::new();
            $(all.extend(crate::$layer::table());)+
            all
        }

        #[doc(hidden)]
        #[macro_export]
        macro_rules! layered_tests {
            () => {
                $(
                    mod $layer {
                        use super::Subject;
                        $crate::$layer_tests!();
                    }
                )+
                mod scope {
                    use super::Subject;
                    $crate::system_tests!(over_scope);
                }
            };
        }
    };
}

layers! {
    kit kit_tests,
    backend backend_tests,
    system system_tests,
}

/// `id`, if it is what it must be. Called at compile time.
pub(crate) const fn checked_id(id: &'static str, layer: &str, name: &str) -> &'static str {
    assert!(
        names_agree(id, layer, name),
        "the id of a case is its layer, a slash, and the name of its function with dashes"
    );
    id
}

/// `scope/name` for `system/name`. Called at compile time.
pub(crate) const fn over_scope<const LENGTH: usize>(id: &str) -> [u8; LENGTH] {
    let (id, layer) = (id.as_bytes(), b"scope");
    let mut out = [0; LENGTH];
    let mut at = 0;
    while at < LENGTH {
        out[at] = if at < layer.len() {
            layer[at]
        } else {
            id[at + 1]
        };
        at += 1;
    }
    out
}

/// Whether `id` is `layer/name`, up to dashes.
const fn names_agree(id: &str, layer: &str, name: &str) -> bool {
    let (id, layer, name) = (id.as_bytes(), layer.as_bytes(), name.as_bytes());
    if id.len() != layer.len() + 1 + name.len() || id[layer.len()] != b'/' {
        return false;
    }
    let mut at = 0;
    while at < id.len() {
        let expected = if at < layer.len() {
            layer[at]
        } else if at == layer.len() {
            b'/'
        } else if name[at - layer.len() - 1] == b'_' {
            b'-'
        } else {
            name[at - layer.len() - 1]
        };
        if id[at] != expected {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests;
