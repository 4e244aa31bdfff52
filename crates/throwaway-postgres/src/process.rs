//! Starting PostgreSQL's programs as the right user, and seeing which processes there are.

use std::{
    fs,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::Pid;

use crate::{account::Account, error::ClusterError};

const TURN: Duration = Duration::from_millis(5);

/// A program that knows nothing of the caller's settings, such as `PGDATA` or a language.
pub(crate) fn program(path: &Path, account: Option<Account>, group: i32) -> Command {
    let mut command = Command::new(path);
    command.env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin");
    command.stdin(Stdio::null()).current_dir("/").process_group(group);
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// Runs a program to its end and returns what it printed.
pub(crate) fn finish(name: &str, command: &mut Command) -> Result<String, ClusterError> {
    let output = command.stdin(Stdio::null()).output().map_err(ClusterError::start(name))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    let (program, status) = (name.to_owned(), output.status);
    Err(ClusterError::Ended { program, status, said: tail(&output.stderr) })
}

/// The last lines of a program's output.
pub(crate) fn tail(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<_> = text.lines().collect();
    lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n")
}

/// The living children of a process, as far as the system has `/proc`.
pub(crate) fn children(parent: Pid) -> Vec<Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let pids = numbers.filter_map(Pid::from_raw);
    pids.filter(|pid| state(*pid).is_some_and(|state| state.parent == Some(parent))).collect()
}

/// Whether a process runs: one that waits to be reaped does not.
pub(crate) fn runs(pid: Pid) -> bool {
    state(pid).is_some_and(|state| state.letter != 'Z')
}

struct State {
    letter: char,
    parent: Option<Pid>,
}

/// The name, which may hold anything, ends at the last `)`.
fn state(pid: Pid) -> Option<State> {
    let text = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    let letter = words.next()?.chars().next()?;
    Some(State { letter, parent: Pid::from_raw(words.next()?.parse().ok()?) })
}

/// Asks again and again until there is an answer or the time is up.
pub(crate) fn until<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        let answer = ask();
        if answer.is_some() || limit <= begun.elapsed() {
            return answer;
        }
        thread::sleep(TURN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_twenty_lines() {
        let text = "a\n".repeat(30) + &"b\n".repeat(20);
        assert_eq!(tail(text.as_bytes()), "b\n".repeat(20).trim_end());
        assert_eq!(tail(b"one"), "one");
    }

    #[test]
    fn what_a_program_said_before_it_failed_is_told() {
        let mut command = Command::new("sh");
        let failed = finish("sh", command.args(["-c", "echo why >&2; exit 3"])).unwrap_err();
        assert!(failed.to_string().contains("sh ended with exit status: 3: why"), "{failed}");
    }

    #[test]
    fn a_child_is_seen_until_it_ends() {
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        let pid = Pid::from_child(&child);
        assert!(children(rustix::process::getpid()).contains(&pid));
        assert!(runs(pid));
        child.kill().unwrap();
        until(Duration::from_secs(10), || (!runs(pid)).then_some(())).unwrap();
        child.wait().unwrap();
        assert!(!runs(pid));
    }
}
