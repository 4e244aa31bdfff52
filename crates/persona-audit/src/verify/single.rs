//! Single records: their entries, each proved in the tree, without reading the rest of the log.

use crate::check::check;
use crate::error::AuditError;
use crate::event::Event;
use crate::finding::{Code, Finding};
use crate::merkle::leaf_hash;
use crate::record::RunEvents;
use crate::standing::included;
use crate::store::{RowFilter, StoredEntry};
use crate::trust::Anchor;
use crate::verify::{Examination, Subject, run};

impl Examination<'_> {
    /// Examines the entries of the runs `ids` and the log's keys.
    pub(super) fn examine_records(
        &mut self,
        subject: &Subject<'_>,
        anchor: &Anchor,
        ids: &[String],
    ) -> Result<(), AuditError> {
        let mut about_the_log = Vec::new();
        for stored in subject.reader.entries_of(None)? {
            let event = self.examine_entry(subject, &stored)?;
            about_the_log.extend(event.map(|event| (stored.index, event)));
        }
        self.judge_keys(subject, anchor, &about_the_log)?;
        let attest_key = self.trust.as_ref().map(|trust| trust.attest_key.clone());
        let subject = &Subject { attest_key: attest_key.as_ref(), ..*subject };
        for id in ids {
            let mut events = RunEvents::default();
            let mut whole = true;
            for stored in subject.reader.entries_of(Some(id))? {
                let index = u64::try_from(stored.index).unwrap_or(u64::MAX);
                match self.examine_entry(subject, &stored)? {
                    Some(event) => events.add(index, event),
                    None => whole = false,
                }
            }
            run::judge(id, &events, whole, subject, self)?;
            let filter = RowFilter { id_prefix: Some(id.clone()), ..RowFilter::default() };
            if whole {
                run::compare(id, &events, &subject.reader.rows(&filter)?, self);
            }
            if whole && events.opening.is_none() {
                let detail = format!("the opening of `{id}` is missing");
                self.findings.push(Finding::error(Code::EntryMissing, detail).of_run(Some(id)));
            }
        }
        Ok(())
    }

    fn examine_entry(
        &mut self,
        subject: &Subject<'_>,
        stored: &StoredEntry,
    ) -> Result<Option<Event>, AuditError> {
        let checked = check(stored, subject.origin);
        self.checked.entries += 1;
        self.checked.bodies += checked.bodies;
        self.findings.extend(checked.findings);
        let index = u64::try_from(stored.index).unwrap_or(u64::MAX);
        if let Some(note) = subject.note
            && !included(subject.reader, note.checkpoint(), index, leaf_hash(&stored.header))?
        {
            let detail = format!("entry {index} is not the one in the tree");
            let finding = Finding::error(Code::HeaderModified, detail).at(stored.index);
            self.findings.push(finding.of_run(stored.audit_id.as_deref()));
        }
        Ok(checked.event)
    }
}
