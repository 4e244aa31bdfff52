//! The folder with this machine's private keys: `log.pem` signs checkpoints, `attest.pem` signs
//! attestations. Made on first use, never replaced.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use crate::ambient::{Ambient, EntropyError, Step};
use crate::files;
use crate::key::{PrivateKey, PublicKey};

/// A PEM file is never larger.
const MAX_PEM: u64 = 16 * 1024;

/// Which of the two keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyName {
    /// Signs checkpoints.
    Log,
    /// Signs attestations.
    Attest,
}

impl KeyName {
    /// Returns the name as file names and options spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Attest => "attest",
        }
    }
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is none, and the log at hand already has its keys.
    #[error("the key file `{path}` is missing")]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// It cannot be read or written.
    #[error("the key file `{path}` cannot be used")]
    Unusable {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It holds something else.
    #[error("`{path}` is no Ed25519 private key in PKCS#8 PEM")]
    NotAKey {
        /// Where it is.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("the key file `{path}` may be read by others (mode {mode:o})")]
    TooOpen {
        /// Where it is.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is no key that the log admits.
    #[error("the key in `{path}` is not one that the log admits")]
    NotAdmitted {
        /// Where it is.
        path: PathBuf,
        /// This machine's log key and attestation key, as whoever admits them needs them.
        vkeys: [String; 2],
    },
    /// A new key needs randomness.
    #[error("no new key could be made")]
    Entropy(#[from] EntropyError),
}

/// Both private keys.
#[derive(Debug)]
pub(crate) struct KeyPair {
    pub(crate) log: Arc<PrivateKey>,
    pub(crate) attest: Arc<PrivateKey>,
}

/// The folder `audit.key_path`. Each file is read once.
#[derive(Clone, Debug)]
pub(crate) struct KeyFolder {
    path: PathBuf,
    log: OnceLock<Arc<PrivateKey>>,
    attest: OnceLock<Arc<PrivateKey>>,
}

impl KeyFolder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, log: OnceLock::new(), attest: OnceLock::new() }
    }

    pub(crate) fn path(&self, name: KeyName) -> PathBuf {
        self.path.join(format!("{}.pem", name.as_str()))
    }

    /// Returns both keys; each must be there.
    pub(crate) fn load(&self) -> Result<KeyPair, KeyError> {
        Ok(KeyPair { log: self.existing(KeyName::Log)?, attest: self.existing(KeyName::Attest)? })
    }

    /// Returns the public half of a key, where its file is there.
    pub(crate) fn public(&self, name: KeyName) -> Result<Option<PublicKey>, KeyError> {
        Ok(self.find(name)?.map(|key| key.public()))
    }

    /// Returns both keys, making those that are missing.
    pub(crate) fn load_or_create(&self, ambient: &Ambient) -> Result<KeyPair, KeyError> {
        let log = self.find_or_create(KeyName::Log, ambient)?;
        Ok(KeyPair { log, attest: self.find_or_create(KeyName::Attest, ambient)? })
    }

    fn existing(&self, name: KeyName) -> Result<Arc<PrivateKey>, KeyError> {
        self.find(name)?.ok_or_else(|| KeyError::Missing { path: self.path(name) })
    }

    fn find_or_create(
        &self,
        name: KeyName,
        ambient: &Ambient,
    ) -> Result<Arc<PrivateKey>, KeyError> {
        if let Some(key) = self.find(name)? {
            return Ok(key);
        }
        let path = self.path(name);
        let unusable = |source| KeyError::Unusable { path: path.clone(), source };
        let lock = files::lock(&self.path.join(".lock")).map_err(unusable)?;
        // Another process may have been first: its key is the key.
        if let Some(key) = self.find(name)? {
            return Ok(key);
        }
        let seed = Zeroizing::new(ambient.random::<32>()?);
        let key = PrivateKey::from_seed(&seed);
        let Ok(pem) = key.to_pem() else {
            return Err(KeyError::NotAKey { path });
        };
        files::create(&path, pem.as_bytes()).map_err(unusable)?;
        drop(lock);
        ambient.after(Step::KeyCreated);
        Ok(Arc::clone(self.held(name).get_or_init(|| Arc::new(key))))
    }

    fn held(&self, name: KeyName) -> &OnceLock<Arc<PrivateKey>> {
        match name {
            KeyName::Log => &self.log,
            KeyName::Attest => &self.attest,
        }
    }

    fn find(&self, name: KeyName) -> Result<Option<Arc<PrivateKey>>, KeyError> {
        if let Some(key) = self.held(name).get() {
            return Ok(Some(Arc::clone(key)));
        }
        let Some(key) = self.read(name)? else { return Ok(None) };
        Ok(Some(Arc::clone(self.held(name).get_or_init(|| Arc::new(key)))))
    }

    fn read(&self, name: KeyName) -> Result<Option<PrivateKey>, KeyError> {
        let path = self.path(name);
        let unusable = |source| KeyError::Unusable { path: path.clone(), source };
        let Some(bytes) = files::read(&path, MAX_PEM).map_err(unusable)? else { return Ok(None) };
        let bytes = Zeroizing::new(bytes);
        let mode = std::fs::metadata(&path).map_err(unusable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::TooOpen { path, mode });
        }
        let key = std::str::from_utf8(&bytes).ok().and_then(|pem| PrivateKey::from_pem(pem).ok());
        key.map(Some).ok_or(KeyError::NotAKey { path })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn keys_are_made_once_and_private() {
        let home = tempfile::tempdir().unwrap();
        let folder = KeyFolder::new(home.path().join("keys"));
        assert!(matches!(folder.load(), Err(KeyError::Missing { .. })));
        let made = folder.load_or_create(&Ambient::system()).unwrap();
        let read = folder.load_or_create(&Ambient::system()).unwrap();
        assert_eq!(made.log.public(), read.log.public());
        assert_ne!(made.log.public(), made.attest.public());
        let path = folder.path(KeyName::Log);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let folder = KeyFolder::new(home.path().join("keys"));
        assert!(matches!(folder.load(), Err(KeyError::TooOpen { mode: 0o644, .. })));
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        let home = tempfile::tempdir().unwrap();
        let folder = KeyFolder::new(home.path().to_path_buf());
        files::create(&folder.path(KeyName::Log), b"-----BEGIN PRIVATE KEY-----\n").unwrap();
        assert!(matches!(folder.load(), Err(KeyError::NotAKey { .. })));
    }
}
