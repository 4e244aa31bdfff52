//! What `/proc` says of processes, read apart from the code under test.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

/// A process that was killed but not yet reaped does not run.
pub(crate) fn is_running(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains("Z (zombie)"))
}

/// A process and its children.
pub(crate) fn tree(pid: u32) -> Vec<u32> {
    let parent = format!("PPid:\t{pid}");
    let is_child = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().any(|line| line == parent)
    };
    std::iter::once(pid).chain(all().filter(is_child)).collect()
}

/// Whether a running process has this in its command line.
pub(crate) fn named(part: &str) -> bool {
    let line = |pid| fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    all().any(|pid| String::from_utf8_lossy(&line(pid)).contains(part))
}

/// Whether a process holds a socket of TCP.
pub(crate) fn has_tcp_socket(pid: u32) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    let links = files.filter_map(|file| fs::read_link(file.path()).ok());
    let names = links.filter_map(|link| link.to_str()?.strip_prefix("socket:[").map(str::to_owned));
    let numbers: Vec<_> = names.map(|name| format!(" {} ", name.trim_end_matches(']'))).collect();
    let tables = ["tcp", "tcp6"].map(|name| fs::read_to_string(format!("/proc/net/{name}")));
    let mut lines = tables.iter().flatten().flat_map(|table| table.lines());
    lines.any(|line| numbers.iter().any(|number| line.contains(number)))
}

/// The numbers of the segments of shared memory there are.
pub(crate) fn shared_memory() -> Vec<String> {
    let table = fs::read_to_string("/proc/sysvipc/shm").unwrap();
    let rows = table.lines().skip(1);
    rows.filter_map(|row| row.split_whitespace().nth(1)).map(str::to_owned).collect()
}

/// Whether something becomes true within a time that is ample.
pub(crate) fn ends(is_over: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        if is_over() {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}

fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}
