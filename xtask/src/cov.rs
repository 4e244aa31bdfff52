//! `cargo xtask cov`: line coverage of the test run, child processes included (they inherit `LLVM_PROFILE_FILE`).

use std::{path::Path, process::Command};

use crate::{
    pg::TestServer,
    python,
    run::{Failure, Outcome, cargo, finish, program, root, say, variable, works},
};

/// Least share of lines, in percent.
const LIMIT: &str = "85";
/// Debian's newest; it reads the profiles of the rustc in use, which is tried, not assumed.
const LLVM: &str = "19";

pub(crate) fn run() -> Outcome {
    let tools = tools()?;
    if !works(&mut cargo(&["llvm-cov", "--version"])) {
        finish(&mut cargo(&["install", "cargo-llvm-cov", "--locked"]))?;
    }
    let python = python::ready()?;
    let mut measured = cargo(&["llvm-cov", "nextest", "--workspace", "--all-features"]);
    measured.args(["--profile", "ci", "--fail-under-lines", LIMIT]);
    measured.args(["--ignore-filename-regex", &left_out(&root().to_string_lossy())]);
    measured.env(python::VARIABLE, python);
    let server = TestServer::ready()?;
    server.tell(&mut measured);
    if let Tools::Debian = tools {
        measured.env("LLVM_COV", format!("llvm-cov-{LLVM}"));
        measured.env("LLVM_PROFDATA", format!("llvm-profdata-{LLVM}"));
    }
    finish(&mut measured)
}

/// Tests and the tools of the project are no part of what users run. Folders above the work tree may have any name.
fn left_out(root: &str) -> String {
    let special = |c: char| r"\.+*?()|[]{}^$".contains(c);
    let root = root.chars().fold(String::new(), |mut escaped, c| {
        if special(c) {
            escaped.push('\\');
        }
        escaped.push(c);
        escaped
    });
    format!(
        r"^{root}/(xtask|tests|crates/persona-bench|crates/throwaway-postgres|crates/[^/]*/tests)/|/tests\.rs$"
    )
}

/// Where the program that reads profiles comes from.
enum Tools {
    /// Named by the caller, or part of the toolchain: cargo-llvm-cov finds them.
    Own,
    Debian,
}

fn tools() -> Result<Tools, Failure> {
    if variable("LLVM_COV").is_some() || toolchain_has_tools() {
        return Ok(Tools::Own);
    }
    if debian_has_tools() || (install() && debian_has_tools()) {
        return Ok(Tools::Debian);
    }
    Err(Failure::new(format!(
        "llvm-cov is missing; install `llvm-{LLVM}` (Debian) or `rustup component add llvm-tools`, \
         or name both programs in LLVM_COV and LLVM_PROFDATA"
    )))
}

fn toolchain_has_tools() -> bool {
    let printed = Command::new("rustc").args(["--print", "target-libdir"]).output();
    let Ok(printed) = printed else { return false };
    let folder = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
    Path::new(&folder).with_file_name("bin").join("llvm-cov").exists()
}

fn debian_has_tools() -> bool {
    works(program(format!("llvm-cov-{LLVM}")).arg("--version"))
        && works(program(format!("llvm-profdata-{LLVM}")).arg("--version"))
}

/// Installs the tools where that needs nobody's password.
fn install() -> bool {
    let name = format!("llvm-{LLVM}");
    say(&format!("trying to install {name} with apt-get"));
    works(program("apt-get").arg("update"))
        && works(program("apt-get").args(["install", "-y", "--no-install-recommends", &name]))
}
