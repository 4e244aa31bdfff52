//! Changing one key of a file and nothing else: comments, order and notation stay. The file is replaced as a whole or
//! not at all.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use toml_edit::{DocumentMut, Item, Table, TableLike};

use super::{
    Key, Value,
    error::{ConfigError, Place},
    layer::line_of,
    text,
};

/// Who may read the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The user alone.
    Owner,
    /// Whoever works on the project.
    Project,
}

/// A configuration file under change.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    audience: Audience,
    document: DocumentMut,
    /// Held until the change is written, so that two changes at once do not lose one.
    _lock: Option<File>,
}

impl ConfigFile {
    /// Opens a file, or begins one with its folder.
    ///
    /// # Errors
    /// When the folder cannot be made or the file cannot be read or is not TOML.
    pub(crate) fn open(path: &Path, audience: Audience) -> Result<Self, ConfigError> {
        // A link to a file kept elsewhere stays a link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().unwrap_or(Path::new("."));
        create_private(folder).map_err(|source| unwritable(&path, source))?;
        let lock = lock(folder);
        let text = match text::read(&path) {
            Ok(text) => text.unwrap_or_default(),
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
        };
        match text.parse() {
            Ok(document) => Ok(Self { path, audience, document, _lock: lock }),
            Err(error) => Err(syntax(path, &text, &error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Sets a key, keeping the comment behind an earlier value.
    pub(crate) fn set(&mut self, key: &'static Key, value: Value) -> Result<(), ConfigError> {
        let (section, name) = key.parts();
        let mut table: &mut dyn TableLike = self.document.as_table_mut();
        for part in section.split('.') {
            let inner = table.entry(part).or_insert_with(new_table).as_table_like_mut();
            let Some(inner) = inner else {
                let reason =
                    format!("cannot be set: `{part}` is no table in {}", self.path.display());
                let place = Place::Argument;
                return Err(ConfigError::InvalidValue { place, key: key.name, reason });
            };
            table = inner;
        }
        let mut value = toml_edit::Value::from(value);
        match table.get_mut(name) {
            Some(Item::Value(earlier)) => {
                *value.decor_mut() = earlier.decor().clone();
                *earlier = value;
            }
            _ => {
                table.insert(name, Item::Value(value));
            }
        }
        Ok(())
    }

    /// Removes a key and says whether it was there. Unknown keys can be removed too.
    pub(crate) fn unset(&mut self, name: &str) -> Found {
        let mut table: &mut dyn TableLike = self.document.as_table_mut();
        let (sections, last) = name.rsplit_once('.').unwrap_or(("", name));
        for section in sections.split('.').filter(|section| !section.is_empty()) {
            match table.get_mut(section).and_then(Item::as_table_like_mut) {
                Some(inner) => table = inner,
                None => return Found::No,
            }
        }
        if table.remove(last).is_some() { Found::Yes } else { Found::No }
    }

    /// Puts the changed text in the place of the file.
    ///
    /// # Errors
    /// When it cannot be written; the file is then as it was.
    pub(crate) fn save(self) -> Result<(), ConfigError> {
        self.replace().map_err(|source| unwritable(&self.path, source))
    }

    fn replace(&self) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut new = tempfile::Builder::new();
        new.prefix(".tmp-config-");
        let earlier = fs::metadata(&self.path).ok().map(|metadata| metadata.permissions());
        let shared = new_shared_permissions();
        if let (Audience::Project, Some(permissions)) =
            (self.audience, earlier.as_ref().or(shared.as_ref()))
        {
            new.permissions(permissions.clone());
        }
        let mut file = new.tempfile_in(folder)?;
        file.write_all(self.document.to_string().as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Whether a key stood in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Yes,
    No,
}

/// A table that is written with a header of its own only when something stands directly in it.
fn new_table() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

fn syntax(path: PathBuf, text: &str, error: &toml_edit::TomlError) -> ConfigError {
    let line = line_of(text.as_bytes(), error.span().map_or(0, |span| span.start));
    ConfigError::Syntax { place: Place::Line { path, line }, detail: error.message().to_owned() }
}

fn unwritable(path: &Path, source: io::Error) -> ConfigError {
    ConfigError::Unwritable { path: path.to_owned(), source }
}

/// Waits for other changes in the same folder. Where folders cannot be locked the last change wins.
fn lock(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

#[cfg(unix)]
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// The umask still takes away from these.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such permissions")]
fn new_shared_permissions() -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn new_shared_permissions() -> Option<fs::Permissions> {
    None
}

#[cfg(test)]
mod tests;
