//! A cell of a sheet as people read it there.

use calamine::{DataRef, ExcelDateTime};

/// The text of a cell: numbers with the 15 digits Excel shows, dates as `2025-01-31`, `true` as in
/// JSON, so that the same survey reads the same in every format.
pub(super) fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => decimal(*number),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(holds) => holds.to_string(),
        DataRef::DateTime(moment) if moment.is_duration() => clock(moment.as_f64()),
        DataRef::DateTime(moment) => date(moment),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::Error(error) => error.to_string(),
    }
}

/// Binary noise beyond the 15th digit is no data: 0.30000000000000004 is 0.3.
fn decimal(number: f64) -> String {
    let rounded = format!("{number:.14e}").parse().unwrap_or(number);
    if rounded == 0.0 { "0".to_owned() } else { format!("{rounded}") }
}

fn date(moment: &ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if (0.0..1.0).contains(&serial) && serial > 0.0 {
        return clock(serial);
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) {
        date
    } else {
        format!("{date} {hour:02}:{minute:02}:{second:02}")
    }
}

/// A part of a day, or more than one, as `hh:mm:ss`.
fn clock(days: f64) -> String {
    let seconds = libm::round(days.abs() * 86_400.0);
    let (minutes, second) = (libm::floor(seconds / 60.0), seconds % 60.0);
    let (hours, minute) = (libm::floor(minutes / 60.0), minutes % 60.0);
    let sign = if days < 0.0 { "-" } else { "" };
    format!("{sign}{hours:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{CellErrorType, ExcelDateTimeType};

    #[test]
    fn cells_read_as_people_see_them() {
        let moment = |value, kind| DataRef::DateTime(ExcelDateTime::new(value, kind, false));
        let date = |value| moment(value, ExcelDateTimeType::DateTime);
        let cases = [
            (DataRef::Float(0.1 + 0.2), "0.3"),
            (DataRef::Float(30.0), "30"),
            (DataRef::Float(-0.0), "0"),
            (DataRef::Float(1e21), "1000000000000000000000"),
            (DataRef::Bool(true), "true"),
            (date(45943.0), "2025-10-13"),
            (date(45943.5), "2025-10-13 12:00:00"),
            (date(0.25), "06:00:00"),
            (moment(1.5, ExcelDateTimeType::TimeDelta), "36:00:00"),
            (DataRef::Error(CellErrorType::NA), "#N/A"),
            (DataRef::Empty, ""),
        ];
        for (value, expected) in cases {
            assert_eq!(text(&value), expected, "{value:?}");
        }
    }
}
