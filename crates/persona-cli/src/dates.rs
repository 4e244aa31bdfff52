//! Dates as people give them to `--since` and `--until`: a UTC day, an RFC 3339 moment, or a span before now.

use std::str::FromStr;

use jiff::{
    SignedDuration, Span, Timestamp,
    civil::{Date, DateTime},
    tz::{Offset, TimeZone},
};

/// A point in time as given; [`DateSpec::since`] and [`DateSpec::until`] turn it into moments.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DateSpec {
    /// `2025-12-01`: the whole day, in UTC.
    Day(Date),
    /// `2025-12-01T10:30:00Z`.
    Moment(Timestamp),
    /// `7d` or `12h`: so many hours before now.
    HoursAgo(i64),
    /// `3M`: so many calendar months before now, in UTC; the last day where the month is too short.
    MonthsAgo(i64),
}

impl DateSpec {
    /// Returns the first moment meant.
    ///
    /// # Errors
    /// When it lies outside the calendar.
    pub(crate) fn since(&self, now: Timestamp) -> Result<Timestamp, DateError> {
        self.first(now).map_err(|_beyond| DateError::OutOfRange)
    }

    /// Returns the last moment meant: the end of the day for a day.
    ///
    /// # Errors
    /// When it lies outside the calendar.
    pub(crate) fn until(&self, now: Timestamp) -> Result<Timestamp, DateError> {
        let last = match self {
            Self::Day(LAST_DAY) => Ok(Timestamp::MAX),
            Self::Day(day) => day.tomorrow().and_then(start_of).and_then(just_before),
            Self::Moment(_) | Self::HoursAgo(_) | Self::MonthsAgo(_) => self.first(now),
        };
        last.map_err(|_beyond| DateError::OutOfRange)
    }

    fn first(&self, now: Timestamp) -> Result<Timestamp, jiff::Error> {
        match *self {
            Self::Day(LAST_DAY) => Ok(Timestamp::MAX),
            Self::Day(day) => start_of(day),
            Self::Moment(moment) => Ok(moment),
            Self::HoursAgo(hours) => now.checked_sub(Span::new().try_hours(hours)?),
            Self::MonthsAgo(months) => {
                let now = now.to_zoned_datetime(TimeZone::UTC);
                Ok(now.checked_sub(Span::new().try_months(months)?)?.timestamp())
            }
        }
    }
}

impl FromStr for DateSpec {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        if let Some((amount, unit)) = split_span(text) {
            let amount: i64 = amount.parse().map_err(|_beyond| DateError::OutOfRange)?;
            return match unit {
                "h" => Ok(Self::HoursAgo(amount)),
                "d" => amount.checked_mul(24).map(Self::HoursAgo).ok_or(DateError::OutOfRange),
                "M" => Ok(Self::MonthsAgo(amount)),
                _ => Err(DateError::Form),
            };
        }
        // jiff reads more forms than we promise: a bare date has ten characters.
        if text.len() == "2025-12-01".len() {
            return text.parse().map(Self::Day).map_err(|_unreadable| DateError::Form);
        }
        let moment = text.parse().ok().or_else(|| last_hours(text));
        moment.map(Self::Moment).ok_or(DateError::Form)
    }
}

/// Why a date was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DateError {
    /// None of the known forms.
    #[error(
        "not a date: use 2025-12-01 (the whole UTC day), 2025-12-01T10:30:00Z, 7d, 12h or 3M (months)"
    )]
    Form,
    /// A date before the year −9999 or after 9999.
    #[error("the date lies outside the calendar")]
    OutOfRange,
}

fn split_span(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (amount, unit) = text.split_at_checked(end)?;
    (!amount.is_empty() && unit.chars().count() == 1).then_some((amount, unit))
}

/// A day that people name when they mean for ever; moments end some hours before it does.
const LAST_DAY: Date = Date::constant(9999, 12, 31);

/// Reads a moment of the last hours of the calendar, which no timestamp has: it counts as the last one that does.
fn last_hours(text: &str) -> Option<Timestamp> {
    let civil: DateTime = text.strip_suffix(['Z', 'z'])?.parse().ok()?;
    (text.contains(['T', 't']) && civil > Offset::UTC.to_datetime(Timestamp::MAX))
        .then_some(Timestamp::MAX)
}

fn start_of(day: Date) -> Result<Timestamp, jiff::Error> {
    Ok(day.to_zoned_datetime(TimeZone::UTC)?.timestamp())
}

fn just_before(moment: Timestamp) -> Result<Timestamp, jiff::Error> {
    moment.checked_sub(SignedDuration::from_nanos(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2025-05-31T12:00:00Z";

    fn range(text: &str) -> (String, String) {
        range_at(text, NOW)
    }

    fn range_at(text: &str, now: &str) -> (String, String) {
        let (spec, now): (DateSpec, Timestamp) = (text.parse().unwrap(), now.parse().unwrap());
        (spec.since(now).unwrap().to_string(), spec.until(now).unwrap().to_string())
    }

    fn both(since: &str, until: &str) -> (String, String) {
        (since.to_owned(), until.to_owned())
    }

    #[test]
    fn a_day_is_the_whole_utc_day() {
        let wanted = both("2025-12-01T00:00:00Z", "2025-12-01T23:59:59.999999999Z");
        assert_eq!(range("2025-12-01"), wanted);
    }

    #[test]
    fn a_moment_is_itself_in_any_offset() {
        let wanted = both("2025-12-01T09:30:00Z", "2025-12-01T09:30:00Z");
        assert_eq!(range("2025-12-01T10:30:00+01:00"), wanted);
    }

    #[test]
    fn hours_and_days_count_back_from_now() {
        assert_eq!(range("12h").0, "2025-05-31T00:00:00Z");
        assert_eq!(range("7d"), both("2025-05-24T12:00:00Z", "2025-05-24T12:00:00Z"));
        assert_eq!(range("0d").0, NOW);
    }

    #[test]
    fn months_end_on_the_last_day_where_the_day_does_not_exist() {
        assert_eq!(range("3M").0, "2025-02-28T12:00:00Z");
        assert_eq!(range("1M").0, "2025-04-30T12:00:00Z");
        assert_eq!(range_at("12M", "2024-02-29T00:00:00Z").0, "2023-02-28T00:00:00Z");
        assert_eq!(range_at("1M", "2024-03-31T00:00:00Z").0, "2024-02-29T00:00:00Z");
    }

    #[test]
    fn the_last_hours_of_the_calendar_are_its_last_moment() {
        let last = Timestamp::MAX.to_string();
        let wanted = both(&last, &last);
        for text in ["9999-12-31T23:59:59Z", "9999-12-30T23:00:00z", "9999-12-31"] {
            assert_eq!(range(text), wanted, "{text}");
        }
        assert_eq!(range("9999-12-30T12:00:00Z").0, "9999-12-30T12:00:00Z");
    }

    #[test]
    fn other_forms_are_refused() {
        let refused = [
            "",
            "d",
            "7",
            "7m",
            "7dd",
            "-7d",
            "tomorrow",
            "2025-13-01",
            "2025-02-30",
            "20251201",
            "2025-12-1",
            "2025-12-01T10:30:00",
            "٣d",
        ];
        for text in refused {
            assert_eq!(text.parse::<DateSpec>(), Err(DateError::Form), "{text:?}");
        }
    }

    #[test]
    fn amounts_beyond_the_calendar_are_refused_without_a_panic() {
        let now: Timestamp = NOW.parse().unwrap();
        assert_eq!("99999999999999999999d".parse::<DateSpec>(), Err(DateError::OutOfRange));
        assert_eq!(
            "9999999999999999d".parse::<DateSpec>().unwrap().since(now),
            Err(DateError::OutOfRange)
        );
        for text in ["999999999h", "999999M", "9223372036854775807M"] {
            assert_eq!(
                text.parse::<DateSpec>().unwrap().since(now),
                Err(DateError::OutOfRange),
                "{text}"
            );
        }
    }
}
