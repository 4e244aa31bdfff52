//! The running server: its first process, from start until it is ready, and its three ways to end.

use std::{
    fs,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    error::ClusterError,
    process::{children, runs, until},
};

/// Recovery after a kill is included; a busy machine may need more than a second.
const LIMIT: Duration = Duration::from_mins(1);

/// How a server is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Open transactions are rolled back, connections closed, all is written.
    Fast,
    /// All processes end at once, as after a crash; the next start recovers.
    Immediate,
}

#[derive(Debug)]
pub(crate) struct Postmaster {
    child: Child,
}

impl Postmaster {
    /// Starts it and waits until it takes connections; `said` reads the end of its log.
    pub(crate) fn start(
        command: &mut Command,
        data: &Path,
        said: impl Fn() -> String,
    ) -> Result<Self, ClusterError> {
        let child = command.spawn().map_err(ClusterError::start("postgres"))?;
        let mut started = Self { child };
        let status = data.join("postmaster.pid");
        let ready = until(LIMIT, || started.progress(&status).transpose());
        match ready {
            Some(Ok(())) => Ok(started),
            Some(Err(status)) => {
                Err(ClusterError::Ended { program: "postgres".to_owned(), status, said: said() })
            }
            None => {
                started.kill();
                Err(slow("ready", said()))
            }
        }
    }

    /// Nothing yet, ready, or the status it ended with.
    fn progress(&mut self, file: &Path) -> Result<Option<()>, ExitStatus> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return Err(status);
        }
        // Process, data, start, port, socket folder, address, shared memory, status. A killed server leaves its file.
        let text = fs::read_to_string(file).unwrap_or_default();
        let mut lines = text.lines();
        let own = lines.next() == Some(&self.child.id().to_string());
        Ok((own && lines.nth(6).map(str::trim) == Some("ready")).then_some(()))
    }

    /// Ends it; one that does not end in time is killed, and that is told.
    pub(crate) fn stop(
        mut self,
        how: Shutdown,
        said: impl Fn() -> String,
    ) -> Result<(), ClusterError> {
        let signal = match how {
            Shutdown::Fast => Signal::INT,
            Shutdown::Immediate => Signal::QUIT,
        };
        let _gone = kill_process(self.pid(), signal);
        let ended = until(LIMIT, || self.child.try_wait().transpose());
        if ended.is_some() {
            return Ok(());
        }
        self.kill();
        Err(slow("ended", said()))
    }

    /// Kills it and every process it started, and waits until none is left.
    pub(crate) fn kill(mut self) {
        let pid = self.pid();
        // Stopped, it neither starts nor reaps a process, so that no number gets a new owner meanwhile.
        let _gone = kill_process(pid, Signal::STOP);
        let all = children(pid);
        for child in &all {
            let _gone = kill_process(*child, Signal::KILL);
        }
        let _gone = kill_process(pid, Signal::KILL);
        let _reaped = self.child.wait();
        until(LIMIT, || all.iter().all(|pid| !runs(*pid)).then_some(()));
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

/// Removes the few bytes of shared memory a killed server leaves, which a next start would also do.
pub(crate) fn remove_shared_memory(data: &Path) {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let id = text.lines().nth(6).and_then(|line| line.split_whitespace().nth(1));
    if let Some(id) = id.filter(|id| id.parse::<u32>().is_ok()) {
        let mut command = Command::new("ipcrm");
        command.args(["-m", id]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let _best_effort = command.status();
    }
}

fn slow(wanted: &'static str, said: String) -> ClusterError {
    ClusterError::Slow { wanted, seconds: LIMIT.as_secs(), said }
}
