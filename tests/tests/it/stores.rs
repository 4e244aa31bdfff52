//! Every store under fire: processes killed while they append, many at once, a disk that is full.

mod crowd;
mod disk;
mod killing;
mod page;
mod story;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use persona_audit::{
    AuditConfig, AuditTrail, DatabaseUrl, PostgresLog, StoreKind, Verdict, VerifyOptions,
};
use tempfile::TempDir;

use crate::support::{Kept, fresh_log};

/// A log that writers under test share.
struct Place {
    home: TempDir,
    /// How a writer is told of the store.
    word: String,
    config: AuditConfig,
}

impl Place {
    fn new(kept: Kept) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (word, store) = match kept {
            Kept::Sqlite => ("sqlite".to_owned(), StoreKind::Sqlite),
            Kept::Json => ("json".to_owned(), StoreKind::Json),
            Kept::Postgres => {
                let (url, log) = fresh_log();
                let word = format!("{url} {log}");
                (word, StoreKind::Postgres(PostgresLog { url: DatabaseUrl::new(url), log }))
            }
        };
        let config = AuditConfig { store, ..AuditConfig::in_folder(home.path()) };
        Self { home, word, config }
    }

    fn trail(&self) -> AuditTrail {
        AuditTrail::new(self.config.clone())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Starts a process that writes to the log.
    fn writer(&self, name: &str, what: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_writer-under-test"));
        command.arg(&self.word).arg(self.home.path()).arg(name).args(what);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn assert_verified(&self) {
        let verification = self.trail().verify(&[], &VerifyOptions::default()).unwrap();
        assert_eq!(verification.verdict, Verdict::Verified, "{:#?}", verification.findings);
    }
}
