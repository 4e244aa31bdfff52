//! The Python with a foreign implementation of DSSE that one test verifies our attestations with.

use std::{
    ffi::OsString,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::run::{Failure, Outcome, finish, program, root, say, variable, works};

/// The variable that tells the tests which Python to start.
pub(crate) const VARIABLE: &str = "PERSONA_TEST_PYTHON";

const PACKAGES: &[&str] = &["securesystemslib==1.6.0", "cryptography"];
const PROOF: &str = "import securesystemslib, cryptography";

pub(crate) fn print_path() -> Outcome {
    let path = ready()?;
    let written = writeln!(io::stdout(), "{}", path.display());
    written.map_err(|error| Failure::new(format!("standard output: {error}")))
}

/// Returns a Python that has the packages: the one the caller names, else `target/venv`, made when it is missing.
pub(crate) fn ready() -> Result<PathBuf, Failure> {
    if let Some(named) = variable(VARIABLE).map(PathBuf::from) {
        if has_packages(&named) {
            return Ok(named);
        }
        let (named, packages) = (named.display(), PACKAGES.join(" and "));
        return Err(Failure::new(format!("{VARIABLE} names {named}, which lacks {packages}")));
    }
    let folder = root().join("target/venv");
    let python = folder.join("bin/python");
    if !has_packages(&python) {
        say(&format!("making {} with {}", folder.display(), PACKAGES.join(" and ")));
        make(&folder)?;
        let mut pip = program(&python);
        finish(pip.args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
    }
    Ok(python)
}

fn make(folder: &Path) -> Outcome {
    let made = ["python3", "/usr/bin/python3"]
        .into_iter()
        .any(|python| works(program(python).args(["-m", "venv", "--clear"]).arg(folder)));
    if made {
        return Ok(());
    }
    Err(Failure::new(
        "no working `python3 -m venv`; install Python 3.9 or newer with its venv module \
         (Debian: `apt-get install python3-venv`), or name a Python in PERSONA_TEST_PYTHON",
    ))
}

fn has_packages(python: &Path) -> bool {
    works(program(OsString::from(python)).args(["-c", PROOF]))
}
