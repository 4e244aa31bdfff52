//! Single records: their entries, each proved in the tree, without reading the rest of the log.

use crate::check::{Checked, check};
use crate::error::AuditError;
use crate::finding::{Code, Finding};
use crate::guard::not_in_tree;
use crate::proven::Proven;
use crate::record::RunEvents;
use crate::store::{RowFilter, StoredEntry};
use crate::trust::Anchor;
use crate::verify::judge::{Ended, Judged, judge_one};
use crate::verify::run::{self, Told};
use crate::verify::{Examination, Subject};

impl Examination<'_> {
    /// Examines the entries of the runs `ids` and the log's keys.
    pub(super) fn examine_records(
        &mut self,
        subject: &Subject<'_>,
        anchor: &Anchor,
        ids: &[String],
    ) -> Result<(), AuditError> {
        let tree = match subject.note {
            Some(note) => Proven::new(subject.reader, note.checkpoint())?.map(|(tree, _)| tree),
            None => None,
        };
        if subject.note.is_some() && tree.is_none() {
            let detail = "the stored subtrees do not hash to the checkpoint's root";
            self.findings.push(Finding::error(Code::NodeModified, detail));
        }
        let mut about_the_log = Vec::new();
        for stored in subject.reader.entries_of(None)? {
            let event = self.examine_entry(subject, tree.as_ref(), &stored)?.event();
            about_the_log.extend(event.map(|event| (stored.index, event)));
        }
        self.judge_keys(subject, anchor, &about_the_log)?;
        let trust = self.trust.clone();
        let subject = &Subject { trust: trust.as_ref(), ..*subject };
        for id in ids {
            let mut events = RunEvents::default();
            let mut whole = true;
            for stored in subject.reader.entries_of(Some(id))? {
                let index = u64::try_from(stored.index).unwrap_or(u64::MAX);
                match self.examine_entry(subject, tree.as_ref(), &stored)?.halves {
                    Some(halves) => events.add(index, halves),
                    None => whole = false,
                }
            }
            let outline = &events.outline;
            let told = Told { id, outline, whole };
            match (&events.opening, &events.closing) {
                (Some(opening), Some(closing)) => {
                    let closed = outline.closed.unwrap_or(u64::MAX);
                    let (opening, closing) = (opening.clone(), closing.clone());
                    let ended = Ended { run: 0, opening, closed, closing };
                    let judged = judge_one(&ended, trust.as_ref().map(|trust| &trust.writers));
                    told.tell(&judged, subject, self);
                    let found = told.artifacts(subject, self)?;
                    self.findings.extend(found);
                }
                _ => told.tell(&Judged::default(), subject, self),
            }
            if let Some(opening) = events.opening.as_ref().filter(|_| whole) {
                let filter = RowFilter { id_prefix: Some(id.clone()), ..RowFilter::default() };
                let rows = subject.reader.rows(&filter)?;
                let at = (outline.opened, outline.status);
                run::compare(id, (opening, at), (rows.len(), rows.first()), self);
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
        tree: Option<&Proven>,
        stored: &StoredEntry,
    ) -> Result<Checked, AuditError> {
        let mut checked = check(stored, subject.origin);
        self.checked.entries += 1;
        self.checked.bodies += checked.bodies;
        self.findings.append(&mut checked.findings);
        if let Some(tree) = tree
            && !tree.holds(subject.reader, stored.index, &stored.header)?
        {
            self.findings.push(not_in_tree(stored.index).of_run(stored.audit_id.as_deref()));
        }
        Ok(checked)
    }
}
