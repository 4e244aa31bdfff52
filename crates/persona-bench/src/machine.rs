//! Where and of what the measurements are: this machine, this disk, this commit.

use std::fs;
use std::path::Path;
use std::process::Command;

use persona_audit::Ambient;

/// What the document says about where its numbers come from.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) date: String,
    pub(crate) commit: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory: String,
    pub(crate) disk: String,
    pub(crate) system: String,
    /// The load averages when the measurements began.
    pub(crate) load: String,
}

impl Machine {
    /// Looks around; what cannot be found is said to be unknown.
    pub(crate) fn look(folder: &Path) -> Self {
        let date = Ambient::system().now().to_string();
        Self {
            date: date.chars().take("2025-12-15T10:30".len()).collect::<String>().replace('T', " "),
            commit: commit(),
            processor: named_line("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory: memory(),
            disk: disk(folder),
            system: format!("{}, {}", kernel(), std::env::consts::ARCH),
            load: load(),
        }
    }
}

/// The load averages over 1, 5 and 15 minutes, at this moment.
pub(crate) fn load() -> String {
    read("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let folder = env!("CARGO_MANIFEST_DIR");
        let output = Command::new("git").args(["-C", folder]).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else { return unknown() };
    match git(&["status", "--porcelain"]).as_deref() {
        Some("") => commit,
        _ => format!("{commit} with changes in the work tree"),
    }
}

fn memory() -> String {
    let line = named_line("/proc/meminfo", "MemTotal");
    let kibibytes = line.split(' ').next().and_then(|number| number.parse::<u64>().ok());
    kibibytes.map_or_else(unknown, |number| format!("{} GiB", (number + (1 << 19)) >> 20))
}

/// The file system whose mount point is the longest beginning of the path.
fn disk(folder: &Path) -> String {
    let mounts = read("/proc/self/mounts");
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let holding = fields.filter_map(|fields| match fields.as_slice() {
        [device, at, kind, ..] if folder.starts_with(at) => {
            Some((at.len(), format!("{kind}{} on {device}", journal(device, kind))))
        }
        _ => None,
    });
    holding.max_by_key(|(length, _)| *length).map_or_else(unknown, |(_, disk)| disk)
}

/// A sync costs less where there is no journal to commit to; only ext4 can be asked.
fn journal(device: &str, kind: &str) -> &'static str {
    let name = device.rsplit('/').next().unwrap_or(device);
    let Ok(journals) = fs::read_dir("/proc/fs/jbd2") else { return "" };
    let mut names =
        journals.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let has_one = names.any(|journal| journal.strip_suffix("-8") == Some(name));
    if kind == "ext4" && !has_one { " without a journal" } else { "" }
}

fn kernel() -> String {
    read("/proc/version").split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn named_line(file: &str, name: &str) -> String {
    let text = read(file);
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
    found.map_or_else(unknown, |(_, value)| value.trim().to_owned())
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

fn unknown() -> String {
    "unknown".to_owned()
}
