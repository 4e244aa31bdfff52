//! Rows: the columns that records are found by, and how they are asked for.

use crate::store::HalfName;

/// What can be asked of records: columns computed from a run's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The run.
    pub audit_id: String,
    /// The index of its opening.
    pub opened: i64,
    /// When it was opened.
    pub time: String,
    /// The status that its events alone show.
    pub status: String,
    /// The model.
    pub model: Option<String>,
    /// The provider.
    pub provider: Option<String>,
    /// The hash of the data.
    pub data_hash: Option<String>,
    /// The path of the data; from the private half.
    pub data_path: Option<String>,
    /// The user; from the private half.
    pub user: Option<String>,
}

impl Row {
    /// Does to this row what `change` says.
    pub(crate) fn apply(&mut self, change: &RowChange) {
        match change {
            RowChange::Add(row) => self.clone_from(row),
            RowChange::Status { status, .. } => self.status.clone_from(status),
            RowChange::Erase { half: HalfName::Public, .. } => {
                (self.model, self.provider, self.data_hash) = (None, None, None);
            }
            RowChange::Erase { half: HalfName::Private, .. } => {
                (self.data_path, self.user) = (None, None);
            }
        }
    }
}

/// Which rows to return; every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowFilter {
    /// At or after this time.
    pub since: Option<String>,
    /// Before this time.
    pub before: Option<String>,
    /// This model.
    pub model: Option<String>,
    /// This provider.
    pub provider: Option<String>,
    /// This hash of the data.
    pub data_hash: Option<String>,
    /// This path of the data.
    pub data_path: Option<String>,
    /// One of these statuses, unless empty.
    pub statuses: Vec<String>,
    /// This user.
    pub user: Option<String>,
    /// An id that begins so.
    pub id_prefix: Option<String>,
    /// Only rows after this one (time, index) in the order of lists.
    pub after: Option<(String, i64)>,
    /// At most so many.
    pub limit: Option<usize>,
}

impl RowFilter {
    /// Whether `row` fits, but for `limit`.
    pub(crate) fn fits(&self, row: &Row) -> bool {
        let equal =
            |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let at_most = |wanted: &Option<String>| wanted.as_ref().is_none_or(|t| *t <= row.time);
        at_most(&self.since)
            && self.before.as_ref().is_none_or(|before| row.time < *before)
            && equal(&self.model, &row.model)
            && equal(&self.provider, &row.provider)
            && equal(&self.data_hash, &row.data_hash)
            && equal(&self.data_path, &row.data_path)
            && equal(&self.user, &row.user)
            && (self.statuses.is_empty() || self.statuses.contains(&row.status))
            && self.id_prefix.as_ref().is_none_or(|prefix| row.audit_id.starts_with(prefix))
            && self
                .after
                .as_ref()
                .is_none_or(|(time, opened)| (&row.time, row.opened) < (time, *opened))
    }
}

/// A change of the rows that goes with an append or an erasure.
#[derive(Clone, Debug)]
pub(crate) enum RowChange {
    /// A run was opened.
    Add(Row),
    /// A run's status is another now.
    Status {
        /// The run.
        audit_id: String,
        /// The status it has now.
        status: String,
    },
    /// A half of the run's opening was erased, and with it the columns that come from it.
    Erase {
        /// The run.
        audit_id: String,
        /// The half.
        half: HalfName,
    },
}

impl RowChange {
    /// Returns the run whose row changes.
    pub(crate) fn audit_id(&self) -> &str {
        match self {
            Self::Add(row) => &row.audit_id,
            Self::Status { audit_id, .. } | Self::Erase { audit_id, .. } => audit_id,
        }
    }
}
