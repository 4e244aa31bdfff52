//! The ZIP archive a workbook is: really one, and no bomb. Its files are unpacked once into nothing,
//! since the sizes an archive states of itself prove nothing.

use crate::input::error::InputError;
use crate::input::foreign::packed;
use std::io::{self, Cursor, Read as _};
use std::path::Path;
use zip::ZipArchive;

/// All files of the archive together, unpacked.
const UNPACKED: u64 = 512 * 1024 * 1024;
/// Files of the archive; sheets, drawings, pictures.
const FILES: usize = 10_000;

/// Refuses archives that are no workbook, damaged, or grow beyond measure.
pub(super) fn check(bytes: &[u8], path: &Path) -> Result<(), InputError> {
    let broken = |problem: String| InputError::Workbook { path: path.into(), problem };
    let damaged = |_error| broken("it is damaged or cut short".to_owned());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if let Some(looks_like) = packed(|name| archive.index_for_name(name).is_some()) {
        return Err(InputError::Foreign { path: path.into(), looks_like });
    }
    let bomb = || InputError::Bomb { path: path.into(), what: "unpacked", limit: UNPACKED };
    if archive.len() > FILES {
        return Err(broken(format!("it holds more than {FILES} files")));
    }
    let mut left = UNPACKED;
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|error| broken(error.to_string()))?;
        let read = io::copy(&mut file.take(left), &mut io::sink());
        left -= read.map_err(|error| broken(error.to_string()))?;
        if left == 0 {
            return Err(bomb());
        }
    }
    Ok(())
}
