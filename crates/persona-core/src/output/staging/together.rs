//! Syncing many files at once: the file system puts those that wait at the same time into one commit,
//! so all of them take about as long as one.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Threads beside the caller's; they wait, they do not compute.
const WAITING: usize = 7;

/// Waits until every file is on the disk, and returns the first failure.
pub(super) fn sync(files: &[(PathBuf, File)]) -> Result<(), (PathBuf, io::Error)> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), (PathBuf, io::Error)> {
        while let Some((path, file)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            file.sync_all().map_err(|source| (path.clone(), source))?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let helpers = WAITING.min(files.len().saturating_sub(1));
        // A thread that the system has no room for is not missed: the others take its files.
        let spawned: Vec<_> = (0..helpers)
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let own = work();
        let others = spawned.into_iter().map(|helper| match helper.join() {
            Ok(outcome) => outcome,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        others.fold(own, Result::and)
    })
}
