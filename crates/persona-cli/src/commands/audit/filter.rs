//! Which runs `list` and `export` show.

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use persona_audit::{Query, Time};

use super::data;
use crate::{
    context::Context,
    dates::{DateError, DateSpec},
    error::CliError,
    exit::Exit,
};

/// The filters of `audit list`; all that are given must hold.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Runs from then on: 2025-12-01 (a whole UTC day), 2025-12-01T10:30:00Z, 7d, 12h or 3M (months)
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<DateSpec>,
    /// Runs up to then, a whole day included
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<DateSpec>,
    /// Runs with this model
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// Runs with this provider
    #[arg(long)]
    pub(crate) provider: Option<String>,
    /// Runs on this data: a file that exists (by content), a path as recorded, or sha256:HEX
    #[arg(long, value_name = "PATH|sha256:HEX")]
    pub(crate) data: Option<String>,
    /// Runs in this state
    #[arg(long, value_enum)]
    pub(crate) status: Option<Status>,
    /// Runs of this user
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// At most this many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// Go on after this run
    #[arg(long, value_name = "ID")]
    pub(crate) cursor: Option<String>,
}

/// The states of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Status {
    /// Under way
    Started,
    /// Ended with personas
    Completed,
    /// Ended with an error
    Failed,
    /// Stopped without an end
    Abandoned,
}

impl FilterArgs {
    /// Returns the conditions that were given.
    ///
    /// # Errors
    /// A date outside the calendar, and data that cannot be what a run was made from.
    pub(crate) fn query(&self, context: &Context<'_>) -> Result<Query, CliError> {
        let now = crate::compose::ambient(context).now().timestamp();
        let folder = &context.environment.current_directory;
        Ok(Query {
            since: self.since.as_ref().map(|date| since(date, now)).transpose()?,
            before: self.until.as_ref().map(|date| before(date, now)).transpose()?,
            model: self.model.clone(),
            provider: self.provider.clone(),
            data: self.data.as_deref().map(|text| data::filter(text, folder)).transpose()?,
            status: self.status.map(Status::recorded),
            user: self.user.clone(),
            ids: Vec::new(),
            cursor: self.cursor.clone(),
            limit: self.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        })
    }
}

impl Status {
    fn recorded(self) -> persona_audit::Status {
        match self {
            Self::Started => persona_audit::Status::Started,
            Self::Completed => persona_audit::Status::Completed,
            Self::Failed => persona_audit::Status::Failed,
            Self::Abandoned => persona_audit::Status::Abandoned,
        }
    }
}

fn since(date: &DateSpec, now: Timestamp) -> Result<Time, CliError> {
    let first = date.since(now).map_err(|error| refused("--since", error))?;
    Ok(Time::from_timestamp(first))
}

/// Returns the first moment after the last one meant: queries end before, people mean until.
fn before(date: &DateSpec, now: Timestamp) -> Result<Time, CliError> {
    let last = date.until(now).map_err(|error| refused("--until", error))?;
    let next = Time::from_timestamp(last).timestamp().checked_add(SignedDuration::from_micros(1));
    // Nothing comes after the last moment of the calendar.
    Ok(Time::from_timestamp(next.unwrap_or(Timestamp::MAX)))
}

fn refused(flag: &str, error: DateError) -> CliError {
    CliError::new(Exit::Usage, "usage", format!("invalid value for '{flag}': {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn until_includes_its_last_microsecond() {
        let now = "2025-12-15T10:30:00Z".parse().unwrap();
        let before = |text: &str| before(&text.parse().unwrap(), now).unwrap().to_string();
        assert_eq!(before("2025-12-01"), "2025-12-02T00:00:00.000000Z");
        assert_eq!(before("2025-12-01T10:00:00.5Z"), "2025-12-01T10:00:00.500001Z");
        assert_eq!(before("0d"), "2025-12-15T10:30:00.000001Z");
    }

    #[test]
    fn dates_outside_the_calendar_are_wrong_usage() {
        let now = "2025-12-15T10:30:00Z".parse().unwrap();
        let error = since(&"999999M".parse().unwrap(), now).unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
        assert_eq!(
            error.message,
            "invalid value for '--since': the date lies outside the calendar"
        );
    }

    #[test]
    fn every_status_keeps_its_name() {
        for status in Status::value_variants() {
            let name = status.to_possible_value().unwrap();
            assert_eq!(name.get_name(), status.recorded().as_str());
        }
    }
}
