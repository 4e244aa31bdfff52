//! The `persona` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    persona_cli::main()
}
