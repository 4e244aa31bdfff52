//! The program itself, the terminal, and the room on the disks.

use std::{env::consts, path::Path};

use super::check::Check;
use crate::{
    config::{Settings, StoreName},
    context::Context,
    exit::Exit,
};

const MIB: u64 = 1 << 20;
/// Below this a run may fail half-way.
const TOO_LITTLE: u64 = 50 * MIB;
/// Below this it is time to tidy up.
const LITTLE: u64 = 1024 * MIB;

/// Looks at version and terminal.
pub(super) fn program(context: &Context<'_>) -> Vec<Check> {
    let version = format!("{} on {} {}", env!("CARGO_PKG_VERSION"), consts::OS, consts::ARCH);
    let environment = context.environment;
    let to = |is_terminal| if is_terminal { "a terminal" } else { "no terminal" };
    let color = match environment.variable("NO_COLOR") {
        Some(_) => "; NO_COLOR is set",
        None => "",
    };
    let terminal = format!(
        "results to {}, messages to {}{color}",
        to(environment.stdout_is_terminal),
        to(environment.stderr_is_terminal),
    );
    vec![Check::ok("version", version), Check::ok("terminal", terminal)]
}

/// Looks at the disks that a run writes to.
pub(super) fn disks(settings: &Settings) -> Vec<Check> {
    let mut checks = vec![room("room for output", &settings.defaults.output, Exit::Failed)];
    if settings.audit.store != StoreName::Postgres {
        checks.insert(0, room("room for the log", &settings.audit.store_path, Exit::Audit));
    }
    checks
}

fn room(name: &'static str, folder: &Path, exit: Exit) -> Check {
    // A folder that is not there yet will lie on the disk of the nearest one that is.
    let nearest = folder.ancestors().find(|it| it.exists()).filter(|it| *it != Path::new(""));
    let statistics = rustix::fs::statvfs(nearest.unwrap_or(Path::new(".")));
    match statistics.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)) {
        Ok(free) => judge(name, free, exit),
        Err(error) => Check::note(name, format!("not known: {error}")),
    }
}

fn judge(name: &'static str, free: u64, exit: Exit) -> Check {
    let detail = format!("{} MiB free", free / MIB);
    match free {
        ..TOO_LITTLE => Check::problem(name, detail, exit).hint("make room on this disk"),
        TOO_LITTLE..LITTLE => Check::note(name, detail),
        LITTLE.. => Check::ok(name, detail),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::check::State, *};

    #[test]
    fn too_little_room_is_a_problem() {
        let state = |free| judge("room", free, Exit::Audit).state;
        assert_eq!(state(0), State::Problem);
        assert_eq!(state(TOO_LITTLE), State::Note);
        assert_eq!(state(LITTLE), State::Ok);
    }

    #[test]
    fn a_folder_to_be_made_has_the_room_of_the_nearest() {
        let check = room("room", Path::new("/nowhere/at/all"), Exit::Audit);
        assert!(check.detail.ends_with("MiB free"), "{}", check.detail);
        assert!(room("room", Path::new("not/there"), Exit::Audit).detail.ends_with("MiB free"));
    }
}
