//! A path as text that loses nothing.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Returns the path as it is where it is UTF-8; else every byte beyond ASCII, and `%`, as `%XX`.
pub(crate) fn path_text(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'%' || byte == b' ';
    bytes
        .iter()
        .map(
            |&byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn bytes_that_are_no_text_are_percent_encoded() {
        assert_eq!(path_text(Path::new("données 100%.csv")), "données 100%.csv");
        let odd = OsStr::from_bytes(b"a\xff 1%.csv");
        assert_eq!(path_text(Path::new(odd)), "a%FF 1%25.csv");
    }
}
