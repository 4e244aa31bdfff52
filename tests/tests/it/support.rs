//! A machine of its own for every test: an empty home, an empty folder, and the tool in it.

pub(crate) mod model;
pub(crate) mod relay;
pub(crate) mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tempfile::TempDir;

/// A home and a working folder.
pub(crate) struct Machine {
    folder: TempDir,
    /// What the environment says about the log.
    settings: Vec<(&'static str, String)>,
}

/// The stores that a log may be kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Sqlite,
    Json,
    Postgres,
}

impl Kept {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Json => "json",
            Self::Postgres => "postgres",
        }
    }
}

/// A log of its own in the database that all tests of this process share: its address and its name.
pub(crate) fn fresh_log() -> (String, String) {
    static DATABASE: LazyLock<String> =
        LazyLock::new(|| throwaway_postgres::shared().fresh_database());
    static LOGS: AtomicUsize = AtomicUsize::new(0);
    (DATABASE.clone(), format!("log-{}", LOGS.fetch_add(1, Ordering::Relaxed)))
}

/// What a command left.
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts the exit code, showing what was said.
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

/// A file that the repository ships.
pub(crate) fn shipped(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path).canonicalize().unwrap()
}

pub(crate) fn survey() -> PathBuf {
    shipped("tests/data/bottled-gazpacho-survey.csv")
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self::set(Vec::new())
    }

    /// A machine that keeps its log so.
    pub(crate) fn keeping(kept: Kept) -> Self {
        let mut settings = vec![("PERSONA_AUDIT__STORE", kept.name().to_owned())];
        if kept == Kept::Postgres {
            let (url, log) = fresh_log();
            settings.extend([("PERSONA_AUDIT__DATABASE_URL", url), ("PERSONA_AUDIT__LOG", log)]);
        }
        Self::set(settings)
    }

    /// Another machine with the same log, where the log is in a database.
    pub(crate) fn beside(&self) -> Self {
        Self::set(self.settings.clone())
    }

    fn set(settings: Vec<(&'static str, String)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "work"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder, settings }
    }

    pub(crate) fn setting(&self, name: &str) -> &str {
        self.settings.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.home().join(".persona/audit")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.home().join(".local/state/persona")
    }

    /// Writes six answers that take no time to read.
    pub(crate) fn small_survey(&self) -> PathBuf {
        let path = self.work().join("small.csv");
        let rows = "age,use,comment\n\
            18-24,daily,I want to keep every note in one place because I forget things.\n\
            18-24,daily,It is frustrating that notes do not sync between phone and laptop.\n\
            25-34,daily,I always write lists before I go shopping for the whole week.\n\
            65+,never,I do not need an app because paper works well for me.\n\
            65+,never,I usually write on paper and put it on the fridge door.\n\
            65+,never,I hope nobody makes me use a telephone for my shopping list.\n";
        fs::write(&path, rows).unwrap();
        path
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_persona-under-test"));
        command.args(words).current_dir(self.work()).env("HOME", self.home());
        let own = ["PERSONA_HOME", "PERSONA_USER", "XDG_STATE_HOME", "FAULT"];
        let providers = ["OPENAI_API_KEY", "HTTPS_PROXY", "https_proxy"];
        for name in own.into_iter().chain(providers) {
            command.env_remove(name);
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Done {
        Done::of(&self.command(words).output().unwrap())
    }

    /// Runs with a signal sent right after a durable step.
    pub(crate) fn run_with_fault(&self, fault: &str, words: &[&str]) -> Done {
        Done::of(&self.command(words).env("FAULT", fault).output().unwrap())
    }

    /// Makes personas and returns the document and the finished folder.
    pub(crate) fn generate(&self, data: &Path, more: &[&str]) -> (Value, PathBuf) {
        let mut words = vec!["generate", data.to_str().unwrap(), "--json"];
        words.extend(more);
        let document = self.run(&words).exits(0).json();
        let folder = self.work().join(document["output_path"].as_str().unwrap());
        (document, folder)
    }

    /// Every path below home and working folder, with the digest of what it holds; what SQLite puts
    /// beside a store that is read is left out.
    pub(crate) fn snapshot(&self) -> Vec<String> {
        let mut seen = Vec::new();
        let mut folders = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let (path, kind) = (entry.path(), entry.file_type().unwrap());
                let shown = path.display().to_string();
                if kind.is_dir() {
                    folders.push(path);
                    seen.push(shown);
                } else if kind.is_file() && !shown.ends_with("-shm") && !shown.ends_with("-wal") {
                    // A sparse file of gigabytes is told by its length.
                    let length = entry.metadata().unwrap().len();
                    let small = length < 1 << 27;
                    let content = if small { sha256(&path) } else { length.to_string() };
                    seen.push(format!("{shown} {content}"));
                }
            }
        }
        seen.sort();
        seen
    }

    /// Every file below home and working folder whose bytes hold a text.
    pub(crate) fn files_holding(&self, text: &str) -> Vec<PathBuf> {
        let mut holding = Vec::new();
        let mut folders = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let (path, kind) = (entry.path(), entry.file_type().unwrap());
                if kind.is_dir() {
                    folders.push(path);
                } else if fs::read(&path)
                    .unwrap()
                    .windows(text.len())
                    .any(|it| it == text.as_bytes())
                {
                    holding.push(path);
                }
            }
        }
        holding
    }

    /// Everything in the folder for output, hidden or not.
    pub(crate) fn all_outputs(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.work().join("output")) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// Writes a file into the working folder.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.work().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The output folders that a person sees.
    pub(crate) fn visible_outputs(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.work().join("output")) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('.')).collect()
    }
}

pub(crate) fn sha256(path: &Path) -> String {
    persona_core::sha256_hex(&fs::read(path).unwrap())
}

/// Asserts that a document is one of schema 1, as published.
pub(crate) fn assert_fits_schema(personas: &Value) {
    let schema = fs::read_to_string(shipped("docs/schemas/persona-1.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors = validator.iter_errors(personas);
    let problems: Vec<String> =
        errors.map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}
