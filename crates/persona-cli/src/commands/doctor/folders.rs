//! Whether the folders and files of a run are what they should be, and who else may change or read them.

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use persona_audit::DatabaseUrl;
use rustix::fs::Access;
use toml_edit::DocumentMut;

use super::check::Check;
use crate::{
    config::{Settings, StoreName, project_file},
    context::Context,
    exit::Exit,
    paths::Paths,
};

/// What should be at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// A folder nobody else should look into.
    Private,
    /// A file nobody else should change.
    File,
}

/// Looks at what is found without the configuration.
pub(super) fn of_user(context: &Context<'_>, paths: &Paths) -> Vec<Check> {
    let named = context.environment.variable("PERSONA_HOME").is_some();
    let origin = if named { "named by PERSONA_HOME" } else { "in the home folder" };
    let mut home = look("home", paths.home(), Wanted::Private, Exit::Failed);
    home.detail = format!("{origin}; {}", home.detail);
    let file = open_secret(paths).unwrap_or_else(|| {
        look("user file", &paths.user_configuration(), Wanted::File, Exit::Usage)
    });
    let mut checks = vec![home, file];
    checks.push(match project_file(context.environment) {
        Some(path) => {
            let mut check = look("project file", &path, Wanted::File, Exit::Usage);
            check.detail = format!("{}; it may choose provider, model and output", check.detail);
            check
        }
        None => Check::ok("project file", "no persona.toml from here upwards"),
    });
    checks
}

/// A file that others may read, with the password of a database in it.
fn open_secret(paths: &Paths) -> Option<Check> {
    let file = paths.user_configuration();
    let mode = fs::metadata(&file).ok()?.mode() & 0o7777;
    let is_open = mode & 0o077 != 0;
    let document = fs::read_to_string(&file).ok()?.parse::<DocumentMut>().ok()?;
    let url = document.get("audit")?.get("database_url")?.as_str()?;
    if !is_open || !DatabaseUrl::new(url).has_password() {
        return None;
    }
    let detail = format!("others may read the password in `audit.database_url` (mode {mode:o})");
    let check = Check::problem("user file", detail, Exit::Usage)
        .hint("`chmod 600` keeps it to you; where others may have read it, give the user a new password")
        .hint("or keep the password in the variable PGPASSWORD");
    Some(check.at(&file))
}

/// Looks at the folders that the configuration names.
pub(super) fn of_settings(settings: &Settings, paths: &Paths) -> Vec<Check> {
    let private = |name, path: &Path| look(name, path, Wanted::Private, Exit::Audit);
    let mut checks =
        vec![private("keys", &settings.audit.key_path), private("state", paths.state())];
    // A database is asked when the log is looked at.
    if settings.audit.store != StoreName::Postgres {
        checks.insert(0, private("store", &settings.audit.store_path));
    }
    checks
}

fn look(name: &'static str, path: &Path, wanted: Wanted, exit: Exit) -> Check {
    let check = match fs::metadata(path) {
        Ok(metadata) if wanted == Wanted::Private && metadata.is_dir() => {
            unwritable(name, path, exit).unwrap_or_else(|| judge(name, wanted, &metadata, exit))
        }
        Ok(metadata) => judge(name, wanted, &metadata, exit),
        Err(error) if error.kind() == io::ErrorKind::NotFound => absent(name, path, wanted, exit),
        Err(error) => Check::problem(name, format!("cannot be looked at: {error}"), exit)
            .hint("every folder above it must be a folder that you may enter"),
    };
    check.at(path)
}

fn absent(name: &'static str, path: &Path, wanted: Wanted, exit: Exit) -> Check {
    if fs::symlink_metadata(path).is_ok() {
        return Check::problem(name, "is a link to nothing", exit)
            .hint("remove the link, or put back what it names");
    }
    if wanted == Wanted::File {
        return Check::ok(name, "not there; the defaults hold");
    }
    let nearest = path.ancestors().find(|it| it.exists());
    nearest
        .and_then(|nearest| unwritable(name, nearest, exit))
        .unwrap_or_else(|| Check::ok(name, "not there yet; the first recorded run makes it"))
}

/// The problem of a folder that nothing can be put into.
fn unwritable(name: &'static str, folder: &Path, exit: Exit) -> Option<Check> {
    let error = rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).err()?;
    let detail = format!("nothing can be written into {}: {error}", folder.display());
    Some(
        Check::problem(name, detail, exit)
            .hint("name a folder that you may write to, or mount it for writing"),
    )
}

fn judge(name: &'static str, wanted: Wanted, metadata: &Metadata, exit: Exit) -> Check {
    let mode = metadata.mode() & 0o7777;
    let fits = match wanted {
        Wanted::Private => metadata.is_dir(),
        Wanted::File => metadata.is_file(),
    };
    if !fits {
        let wanted = if wanted == Wanted::File { "file" } else { "folder" };
        return Check::problem(name, format!("is no {wanted}"), exit)
            .hint("move away what is in its place");
    }
    if mode & 0o002 != 0 || (wanted == Wanted::Private && mode & 0o020 != 0) {
        return Check::problem(name, format!("others may change it (mode {mode:o})"), exit)
            .hint("take that right away with `chmod go-w`");
    }
    if wanted == Wanted::Private && mode & 0o055 != 0 {
        return Check::note(name, format!("others may look into it (mode {mode:o})"))
            .hint("`chmod go-rwx` keeps it to you");
    }
    Check::ok(name, format!("mode {mode:o}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests write the files they need")]

    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use tempfile::TempDir;

    use super::{super::check::State, *};

    #[test]
    fn who_else_may_do_what_is_seen() {
        let folder = TempDir::new().unwrap();
        let judged = |mode: u32, wanted| {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            look("home", folder.path(), wanted, Exit::Audit).state
        };
        assert_eq!(judged(0o700, Wanted::Private), State::Ok);
        assert_eq!(judged(0o755, Wanted::Private), State::Note);
        assert_eq!(judged(0o770, Wanted::Private), State::Problem);
        assert_eq!(judged(0o702, Wanted::Private), State::Problem);
        assert_eq!(judged(0o700, Wanted::File), State::Problem);
    }

    #[test]
    fn what_is_not_there_is_fine_and_what_is_in_the_way_is_not() {
        let folder = TempDir::new().unwrap();
        let at =
            |name: &str| look("store", &folder.path().join(name), Wanted::Private, Exit::Audit);
        assert_eq!(at("none").state, State::Ok);
        fs::write(folder.path().join("file"), "").unwrap();
        symlink("nothing", folder.path().join("link")).unwrap();
        for name in ["file", "file/below", "link"] {
            let check = at(name);
            assert_eq!((check.state, check.exit), (State::Problem, Exit::Audit), "{name}");
            assert!(!check.hints.is_empty());
        }
    }
}
