//! A moment as the log spells it: RFC 3339, UTC, six decimals, so that text order is time order.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

/// A moment, exact to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(Timestamp);

impl Time {
    /// Takes a timestamp, cutting what is below a microsecond.
    pub fn from_timestamp(timestamp: Timestamp) -> Self {
        Self(Timestamp::from_microsecond(timestamp.as_microsecond()).unwrap_or(timestamp))
    }

    /// Reads exactly the spelling this type displays.
    pub fn parse(text: &str) -> Option<Self> {
        Self::as_written(text.as_bytes()).or_else(|| {
            let time = Self::from_timestamp(text.parse().ok()?);
            (time.to_string() == text).then_some(time)
        })
    }

    /// Reads the digits where they stand in the years 0 to 9999.
    fn as_written(text: &[u8]) -> Option<Self> {
        let number = |from: usize, to: usize| {
            let digits = text.get(from..to)?;
            let value = |sum: i32, digit: &u8| {
                digit.is_ascii_digit().then(|| sum * 10 + i32::from(digit - b'0'))
            };
            digits.iter().try_fold(0, value)
        };
        let short = |from: usize| i8::try_from(number(from, from + 2)?).ok();
        let marks =
            [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (26, b'Z')];
        let fits = text.len() == 27 && marks.iter().all(|(at, mark)| text.get(*at) == Some(mark));
        let year = i16::try_from(number(0, 4).filter(|_| fits)?).ok()?;
        let date = jiff::civil::Date::new(year, short(5)?, short(8)?).ok()?;
        let nanoseconds = number(20, 26)?.checked_mul(1000)?;
        let time = jiff::civil::Time::new(short(11)?, short(14)?, short(17)?, nanoseconds).ok()?;
        Offset::UTC.to_timestamp(date.to_datetime(time)).ok().map(Self)
    }

    /// Returns the timestamp.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// Returns the moment `days` days and, with `floor`, at least six calendar months (UTC) later;
    /// a month's missing day becomes its last.
    pub fn retained_until(self, days: u32, floor: SixMonths) -> Option<Self> {
        let start = self.civil();
        let by_days = start.checked_add(Span::new().try_days(days).ok()?).ok()?;
        let until = match floor {
            SixMonths::AtLeast => by_days.max(start.checked_add(Span::new().months(6)).ok()?),
            SixMonths::Ignored => by_days,
        };
        Offset::UTC.to_timestamp(until).ok().map(Self)
    }

    /// Returns the milliseconds since 1970, as `UUIDv7` takes them.
    pub(crate) fn unix_milliseconds(self) -> u64 {
        u64::try_from(self.0.as_millisecond()).unwrap_or(0)
    }

    fn civil(self) -> DateTime {
        Offset::UTC.to_datetime(self.0)
    }
}

/// Whether the law's six calendar months are a floor under the days of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SixMonths {
    /// Never shorter than six calendar months (AI Act, Art. 19 and 26(6)).
    AtLeast,
    /// The days alone count.
    Ignored,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.civil();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second(),
            civil.subsec_nanosecond() / 1000,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    #[test]
    fn only_one_spelling_is_read() {
        assert_eq!(time("2025-12-15T10:30:00.123456Z").to_string(), "2025-12-15T10:30:00.123456Z");
        for other in ["2025-12-15T10:30:00Z", "2025-12-15T10:30:00.123456+00:00", "2025-12-15", ""]
        {
            assert_eq!(Time::parse(other), None, "{other}");
        }
    }

    #[test]
    fn six_months_end_on_the_last_day_where_the_day_is_missing() {
        let opened = time("2025-08-31T23:00:00.000000Z");
        let kept = |days, floor| opened.retained_until(days, floor).unwrap().to_string();
        assert_eq!(kept(180, SixMonths::AtLeast), "2026-02-28T23:00:00.000000Z");
        assert_eq!(kept(180, SixMonths::Ignored), "2026-02-27T23:00:00.000000Z");
        assert_eq!(kept(365, SixMonths::AtLeast), "2026-08-31T23:00:00.000000Z");
        assert_eq!(opened.retained_until(u32::MAX, SixMonths::AtLeast), None);
    }
}
