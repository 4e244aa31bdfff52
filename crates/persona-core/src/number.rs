//! The few number conversions the statistics need, each with the reason why it loses nothing.

/// A count as a float; exact below 2^53, which no row count reaches.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts stay below 2^53")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

/// A whole number as a float; exact up to 2^53.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "callers stay below 2^53")]
pub(crate) fn float_of(whole: i64) -> f64 {
    whole as f64
}

/// The nearest number of single precision; what is too great for it becomes the greatest.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "rounding is the point"
)]
pub(crate) fn single(value: f64) -> f32 {
    value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
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

/// A ratio in 0..=1 in ten-thousandths, rounded as `{:.4}` prints it.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is whole and within 0..=10000"
)]
pub(crate) fn ten_thousandths(ratio: f64) -> u16 {
    let scaled = ratio.clamp(0.0, 1.0) * 10_000.0;
    let down = libm::floor(scaled);
    let over = scaled - down;
    if (over - 0.5).abs() > 1e-6 {
        return (if over > 0.5 { down + 1.0 } else { down }) as u16;
    }
    // So near to the middle that scaling may have crossed it: as printing rounds the ratio itself.
    let printed = format!("{ratio:.4}").replace('.', "");
    printed.parse().unwrap_or(down as u16)
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
        for ratio in
            [0.0, 1.0, 1.0 / 3.0, 0.000_05, 0.000_15, 0.500_25, 0.062_55, 0.999_95, 0.999_951]
        {
            let parts = ten_thousandths(ratio);
            assert_eq!(format!("{:.4}", f64::from(parts) / 1e4), format!("{ratio:.4}"), "{ratio}");
        }
    }
}
