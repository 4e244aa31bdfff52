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

/// A row whose texts stand elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowTexts<'a> {
    pub(crate) audit_id: &'a str,
    pub(crate) opened: i64,
    pub(crate) time: &'a str,
    pub(crate) status: &'a str,
    pub(crate) model: Option<&'a str>,
    pub(crate) provider: Option<&'a str>,
    pub(crate) data_hash: Option<&'a str>,
    pub(crate) data_path: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
}

impl RowTexts<'_> {
    /// Takes the columns of a half away, where `change` erases that of this run.
    pub(crate) fn erase(&mut self, change: &RowChange) {
        match change {
            RowChange::Erase { audit_id, half } if audit_id == self.audit_id => match half {
                HalfName::Public => {
                    (self.model, self.provider, self.data_hash) = (None, None, None);
                }
                HalfName::Private => (self.data_path, self.user) = (None, None),
            },
            RowChange::Erase { .. } | RowChange::Add(_) | RowChange::Status { .. } => {}
        }
    }

    /// Returns the row with texts of its own.
    pub(crate) fn to_row(self) -> Row {
        let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
        Row {
            audit_id: self.audit_id.to_owned(),
            opened: self.opened,
            time: self.time.to_owned(),
            status: self.status.to_owned(),
            model: owned(self.model),
            provider: owned(self.provider),
            data_hash: owned(self.data_hash),
            data_path: owned(self.data_path),
            user: owned(self.user),
        }
    }
}

impl Row {
    /// Returns the texts of this row.
    fn texts(&self) -> RowTexts<'_> {
        RowTexts {
            audit_id: &self.audit_id,
            opened: self.opened,
            time: &self.time,
            status: &self.status,
            model: self.model.as_deref(),
            provider: self.provider.as_deref(),
            data_hash: self.data_hash.as_deref(),
            data_path: self.data_path.as_deref(),
            user: self.user.as_deref(),
        }
    }

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
        self.fits_texts(&row.texts())
    }

    /// The same of texts that stand elsewhere.
    pub(crate) fn fits_texts(&self, row: &RowTexts<'_>) -> bool {
        let equal = |wanted: &Option<String>, found: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == found
        };
        self.since.as_ref().is_none_or(|since| **since <= *row.time)
            && self.before.as_ref().is_none_or(|before| *row.time < **before)
            && equal(&self.model, row.model)
            && equal(&self.provider, row.provider)
            && equal(&self.data_hash, row.data_hash)
            && equal(&self.data_path, row.data_path)
            && equal(&self.user, row.user)
            && (self.statuses.is_empty() || self.statuses.iter().any(|status| status == row.status))
            && self.id_prefix.as_ref().is_none_or(|prefix| row.audit_id.starts_with(&**prefix))
            && self
                .after
                .as_ref()
                .is_none_or(|(time, opened)| (row.time, row.opened) < (&**time, *opened))
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
