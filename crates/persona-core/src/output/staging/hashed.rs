//! A file written through a buffer and hashed on the way.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Write};

/// Bytes that go to the file at once.
const BUFFER: usize = 1 << 16;

struct Hashed {
    file: File,
    digest: Sha256,
}

/// Writes what `fill` gives and returns the file and the hex SHA-256 of its bytes.
pub(super) fn fill(
    file: File,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<(File, String)> {
    let hashed = Hashed { file, digest: Sha256::new() };
    let mut buffer = BufWriter::with_capacity(BUFFER, hashed);
    fill(&mut buffer)?;
    let Hashed { file, digest } = buffer.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok((file, HEXLOWER.encode(&digest.finalize())))
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.digest.update(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
