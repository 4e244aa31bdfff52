//! The few number conversions the statistics need, each with the reason why it loses nothing.

/// A count as a float; exact below 2^53, which no row count reaches.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts stay below 2^53")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

/// A stored 32-bit code as an index.
#[expect(clippy::as_conversions, reason = "usize has at least 32 bits where std runs")]
pub(crate) fn index(code: u32) -> usize {
    code as usize
}

/// An index as a stored code; `u32::MAX` means "none", so a table holds fewer entries than that.
pub(crate) fn code(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// A count for a record, which knows 64 bits.
pub(crate) fn long(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Four decimals, halves away from zero, never `-0`.
pub(crate) fn round4(value: f64) -> f64 {
    libm::round(value * 10_000.0) / 10_000.0 + 0.0
}

/// A part of a whole; 0 of 0 is 0.
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { float(part) / float(whole) }
}

/// A number as a reader writes it: no trailing zeros, two decimals at most.
pub(crate) fn plain(value: f64) -> String {
    let text = format!("{:.2}", libm::round(value * 100.0) / 100.0 + 0.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_and_prints_as_a_reader_would() {
        assert_eq!(round4(1.0 / 3.0).to_string(), "0.3333");
        assert_eq!(round4(-0.000_01).to_string(), "0");
        assert_eq!(
            (plain(3.0), plain(2.5), plain(0.126)),
            ("3".into(), "2.5".into(), "0.13".into())
        );
        assert_eq!(share(0, 0).to_string(), "0");
    }
}
