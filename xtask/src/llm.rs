//! `cargo xtask llm -- …`: a command, or the tests of a name, beside a real small language model.
//!
//! The server is a process group of its own on a free loopback port. It is ended when the command ends,
//! fails, or a signal comes: Ctrl-C reaches the command by the terminal, and this task waits for it.

use std::{
    ffi::OsString,
    fs::File,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use rustix::process::kill_process_group;

use crate::{
    beside::{GRACE, Stop, TURN, end, until_ended},
    run::{Failure, Outcome, cargo, finish, program, root, shown, variable},
};

/// Where the commands and tests find the model.
const VARIABLE: &str = "PERSONA_TEST_LLM";
/// What the server says, which is a lot.
const LOG: &str = "target/llm.log";
/// Loading takes a second or two; a busy machine may need more.
const READY: Duration = Duration::from_mins(2);

pub(crate) fn run(words: &[String]) -> Outcome {
    let script = root().join("xtask/serve-llm.sh");
    let mut command = wanted(words)?;
    let stop = Stop::on_signals()?;
    finish(program(&script).arg("prepare"))?;
    let port = free_port()?;
    let server = Server::start(&script, port)?;
    let server = server.ready(&stop)?;
    command.env(VARIABLE, format!("http://127.0.0.1:{port}/v1"));
    let status = until_ended(&mut command, &stop);
    drop(server);
    match status? {
        status if status.success() => Ok(()),
        status => Err(Failure::new(format!("`{}` ended with {status}", shown(&command)))),
    }
}

/// A program with its arguments, else the tests that have these words in their names.
fn wanted(words: &[String]) -> Result<Command, Failure> {
    let Some((first, rest)) = words.split_first() else {
        return Err(Failure::new("name a command, or a part of the names of tests, after `--`"));
    };
    if is_program(first, variable("PATH").as_ref()) {
        let mut command = program(first);
        command.args(rest);
        return Ok(command);
    }
    let mut tests = cargo(&["nextest", "run", "--workspace", "--all-features"]);
    tests.args(words);
    Ok(tests)
}

fn is_program(word: &str, path: Option<&OsString>) -> bool {
    if word.contains('/') {
        return root().join(word).is_file();
    }
    let folders = path.map(std::env::split_paths).into_iter().flatten();
    folders.map(|folder| folder.join(word)).any(|file| file.is_file())
}

/// The model's server and whatever it starts; ended on drop.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(script: &Path, port: u16) -> Result<Self, Failure> {
        let mut command = program(script);
        let log = root().join(LOG);
        let unwritable = |error| Failure::new(format!("{}: {error}", log.display()));
        let file = File::create(&log).map_err(unwritable)?;
        command.stderr(file.try_clone().map_err(unwritable)?).stdout(file);
        // Ctrl-C at the terminal must not end it before the command that talks to it.
        command.arg("serve").arg(port.to_string()).process_group(0);
        let child = command.spawn();
        let child =
            child.map_err(|error| Failure::new(format!("{}: {error}", script.display())))?;
        Ok(Self { child, port })
    }

    /// Waits until the server names its model.
    fn ready(mut self, stop: &Stop) -> Result<Self, Failure> {
        let begun = Instant::now();
        while begun.elapsed() < READY {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(Failure::new(format!(
                    "the model's server ended with {status}; see {LOG}"
                )));
            }
            if stop.was_asked_for() {
                return Err(Failure::new("a signal came"));
            }
            if models(self.port).is_some_and(|answer| answer.contains("smollm2")) {
                return Ok(self);
            }
            thread::sleep(TURN);
        }
        let seconds = READY.as_secs();
        Err(Failure::new(format!("the model's server is not ready after {seconds} s; see {LOG}")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child, kill_process_group);
    }
}

fn free_port() -> Result<u16, Failure> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
    bound.map(|address| address.port()).map_err(|error| Failure::new(format!("no port: {error}")))
}

/// What `GET /v1/models` gives, once something answers.
fn models(port: u16) -> Option<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, GRACE).ok()?;
    stream.set_read_timeout(Some(GRACE)).ok()?;
    stream.write_all(b"GET /v1/models HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.take(64 * 1024).read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1).filter(|status| *status == "200")?;
    Some(answer)
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().copied().map(str::to_owned).collect()
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a file of the test")]
    fn words_are_a_program_or_the_name_of_tests() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("curl"), "").unwrap();
        let path = folder.path().as_os_str().to_owned();
        assert!(is_program("curl", Some(&path)));
        assert!(!is_program("a_model_answers", Some(&path)));
        assert!(is_program("xtask/serve-llm.sh", None));
        assert!(!is_program("xtask/none", None));
        assert!(wanted(&[]).is_err());
        let tests = wanted(&words(&["a_model_answers", "--no-capture"])).unwrap();
        let shown =
            tests.get_args().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
        assert_eq!(shown, "nextest run --workspace --all-features a_model_answers --no-capture");
    }

    #[test]
    fn a_group_is_ended_with_all_in_it() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & echo begun; wait"]).process_group(0);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = child.stdout.take().unwrap();
        output.read_exact(&mut [0; 6]).unwrap();
        drop(Server { child, port: 0 });
        // The end comes when nobody is left who could write.
        assert_eq!(output.read_to_end(&mut Vec::new()).unwrap(), 0);
    }
}
