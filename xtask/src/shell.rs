//! Running other programs: each command line is shown before it runs, and timed when it is done.

use std::{
    env,
    ffi::OsStr,
    fmt,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode, ExitStatus, Stdio},
    time::Instant,
};

/// A command line, run from the root of the repository.
#[derive(Debug)]
pub(crate) struct Cmd {
    inner: Command,
    shown: String,
}

/// The cargo that runs this program, with `args` split at white space.
pub(crate) fn cargo(args: &str) -> Cmd {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Cmd::new(cargo, "cargo").words(args)
}

/// Any other program, with `args` split at white space.
pub(crate) fn program(name: impl AsRef<OsStr>, args: &str) -> Cmd {
    let shown = Path::new(&name).file_name().unwrap_or(name.as_ref());
    let shown = shown.to_string_lossy().into_owned();
    Cmd::new(name, &shown).words(args)
}

/// Builds the binary `name` and returns a command that runs it.
///
/// `cargo run --package` would select the features of one package, and so build the dependencies a second time beside those
/// of `cargo test --workspace`. Selected through the workspace, both share them.
pub(crate) fn build_binary(name: &str) -> Result<Cmd, Failure> {
    build_binary_beside(name, &[])
}

/// The same, for a package that takes long to build: named beside one of its `tests`, which turns on the features that tests need, it
/// is what `cargo test --workspace` has built already.
pub(crate) fn build_binary_beside(name: &str, tests: &[&str]) -> Result<Cmd, Failure> {
    let tests = tests.iter().flat_map(|test| ["--test", test]);
    cargo("build --workspace --all-features --bin")
        .args([name])
        .args(tests)
        .run()?;
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    Ok(program(artifacts().join(file), ""))
}

/// The directory that holds this workspace.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The target directory that this program was built into.
pub(crate) fn target_dir() -> PathBuf {
    artifacts().parent().map(PathBuf::from).unwrap_or_default()
}

/// The directory of this program, where cargo puts the workspace's other binaries too.
fn artifacts() -> PathBuf {
    let this = env::current_exe().unwrap_or_default();
    this.parent().map(PathBuf::from).unwrap_or_default()
}

impl Cmd {
    fn new(name: impl AsRef<OsStr>, shown: &str) -> Self {
        let mut inner = Command::new(name);
        inner.current_dir(root());
        let shown = shown.to_owned();
        Self { inner, shown }
    }

    fn words(self, words: &str) -> Self {
        self.args(words.split_whitespace())
    }

    pub(crate) fn args<S: AsRef<str>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        for arg in args {
            self.inner.arg(arg.as_ref());
            self.shown.push(' ');
            self.shown.push_str(arg.as_ref());
        }
        self
    }

    pub(crate) fn env(mut self, key: &str, value: &str) -> Self {
        self.inner.env(key, value);
        self.shown = format!("{key}={value:?} {}", self.shown);
        self
    }

    /// Runs it from `directory` instead of the root of the repository.
    pub(crate) fn within(mut self, directory: &Path) -> Self {
        self.inner.current_dir(directory);
        self
    }

    /// Runs the command to its end, with its output passed on.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        let started = self.announce();
        let status = self.inner.stdin(Stdio::null()).status();
        self.conclude(started, status)
    }

    /// Runs the command to its end; `see` gets each line of its standard output, which is passed on as well.
    pub(crate) fn run_seeing(mut self, mut see: impl FnMut(&str)) -> Result<(), Failure> {
        let started = self.announce();
        self.inner.stdin(Stdio::null()).stdout(Stdio::piped());
        let status = self.inner.spawn().and_then(|mut child| {
            if let Some(output) = child.stdout.take() {
                pass_on(BufReader::new(output), &mut see)?;
            }
            child.wait()
        });
        self.conclude(started, status)
    }

    /// Runs the command in silence and returns its standard output.
    pub(crate) fn read(mut self) -> Result<String, Failure> {
        match self.inner.stdin(Stdio::null()).output() {
            Ok(output) if output.status.success() => {
                Ok(String::from_utf8_lossy(&output.stdout).into_owned())
            }
            Ok(output) => {
                let errors = String::from_utf8_lossy(&output.stderr);
                let last = errors.trim_end().lines().last().unwrap_or_default();
                Err(self.failure(&output.status, &format!(": {last}")))
            }
            Err(error) => Err(self.not_started(&error)),
        }
    }

    /// Runs the command in silence and returns all that it said, and how it ended. What it said on standard output, which is
    /// where a suite names the cases that failed, comes last.
    pub(crate) fn capture(mut self) -> (String, Result<(), Failure>) {
        match self.inner.stdin(Stdio::null()).output() {
            Ok(output) => {
                let said = [output.stderr, output.stdout].concat();
                let said = String::from_utf8_lossy(&said).into_owned();
                let end = match output.status.success() {
                    true => Ok(()),
                    false => Err(self.failure(&output.status, "")),
                };
                (said, end)
            }
            Err(error) => (String::new(), Err(self.not_started(&error))),
        }
    }

    /// Hands over the terminal, standard input included, and passes the exit code on.
    pub(crate) fn exit_code(mut self) -> ExitCode {
        self.announce();
        match self.inner.status() {
            Ok(status) => ExitCode::from(code(&status)),
            Err(error) => self.not_started(&error).report(),
        }
    }

    fn announce(&self) -> Instant {
        eprintln!("$ {}", self.shown);
        Instant::now()
    }

    fn conclude(self, started: Instant, status: io::Result<ExitStatus>) -> Result<(), Failure> {
        let seconds = started.elapsed().as_secs_f64();
        match status {
            Ok(status) if status.success() => {
                eprintln!("  ok in {seconds:.1}s");
                Ok(())
            }
            Ok(status) => {
                eprintln!("  {status} after {seconds:.1}s");
                Err(self.failure(&status, ""))
            }
            Err(error) => Err(self.not_started(&error)),
        }
    }

    fn failure(&self, status: &ExitStatus, detail: &str) -> Failure {
        Failure {
            message: format!("`{}` failed ({status}){detail}", self.shown),
            code: code(status),
        }
    }

    fn not_started(&self, error: &io::Error) -> Failure {
        Failure::new(format!("`{}` did not run: {error}", self.shown))
    }
}

/// A process that a signal ended has no exit code; one outside of a byte cannot be passed on.
fn code(status: &ExitStatus) -> u8 {
    status.code().and_then(|c| c.try_into().ok()).unwrap_or(1)
}

fn pass_on(mut output: impl BufRead, see: &mut impl FnMut(&str)) -> io::Result<()> {
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? != 0 {
        io::stdout().write_all(&line)?;
        see(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    Ok(())
}

/// A command that did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    pub(crate) fn new(message: String) -> Self {
        Self { message, code: 1 }
    }

    /// The same failure, of what is called `name`.
    pub(crate) fn of(self, name: &str) -> Self {
        let message = format!("{name}: {}", self.message);
        Self { message, ..self }
    }

    /// Tells the caller of this program.
    pub(crate) fn report(self) -> ExitCode {
        eprintln!("error: {self}");
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
