//! One stored entry against its own header: what every reader checks before it believes a body.

use crate::entry::Header;
use crate::event::Event;
use crate::finding::{Code, Finding};
use crate::halves::Halves;
use crate::id::AuditId;
use crate::seal::seal;
use crate::store::{StoredEntry, StoredHalf};

/// What an entry turned out to be.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The header, where it reads.
    pub(crate) header: Option<Header>,
    /// The event, where the halves are the sealed ones.
    pub(crate) halves: Option<Halves>,
    /// What is wrong.
    pub(crate) findings: Vec<Finding>,
    /// How many halves were hashed.
    pub(crate) bodies: u64,
}

impl Checked {
    /// Reads the event, where the halves are the sealed ones.
    pub(crate) fn event(&self) -> Option<Event> {
        self.halves.as_ref().and_then(|halves| halves.to_event().ok())
    }
}

/// Checks header, seal and bodies of one entry. Whether the header stands in the tree is another
/// question.
pub(crate) fn check(stored: &StoredEntry, origin: &str) -> Checked {
    let mut checked = Checked { header: None, halves: None, findings: Vec::new(), bodies: 0 };
    let header = match (stored.fault, Header::parse(&stored.header)) {
        (None, Ok(header)) => header,
        (fault, parsed) => {
            let why = fault.map(|fault| format!(" {fault}"));
            let why = why.or_else(|| Some(format!(": {}", parsed.err()?))).unwrap_or_default();
            let detail = format!("entry {}{why}", stored.index);
            let finding = Finding::error(Code::HeaderModified, detail).at(stored.index);
            checked.findings.push(finding.of_run(stored.audit_id.as_deref()));
            return checked;
        }
    };
    check_place(stored, &header, origin, &mut checked.findings);
    check_halves(stored, &header, &mut checked);
    for finding in &mut checked.findings {
        finding.index.get_or_insert(stored.index);
        finding.audit_id = header.audit_id.as_ref().map(ToString::to_string);
    }
    checked.header = Some(header);
    checked
}

fn check_place(stored: &StoredEntry, header: &Header, origin: &str, findings: &mut Vec<Finding>) {
    let index = stored.index;
    if i64::try_from(header.index).ok() != Some(index) {
        let detail = format!("entry {index} holds the header of entry {}", header.index);
        findings.push(Finding::error(Code::EntryReordered, detail));
    }
    if header.log.as_str() != origin {
        let detail = format!("entry {index} belongs to the log `{}`", header.log);
        findings.push(Finding::error(Code::HeaderModified, detail));
    }
    if header.audit_id.as_ref().map(AuditId::as_str) != stored.audit_id.as_deref() {
        let detail = format!("entry {index} is filed under another run than its header names");
        findings.push(Finding::error(Code::ColumnMismatch, detail));
    }
}

fn check_halves(stored: &StoredEntry, header: &Header, checked: &mut Checked) {
    let index = stored.index;
    let halves = [("public", &stored.public), ("private", &stored.private)];
    for (name, half) in halves {
        if half.is_erased() {
            let detail = format!("entry {index}: the {name} half is gone and no event says why");
            checked.findings.push(Finding::error(Code::PurgeUnexplained, detail));
        } else {
            checked.bodies += 1;
        }
    }
    let sealed = match (stored.public.commitment(), stored.private.commitment()) {
        (Some(public), Some(private)) => seal(&public, &private) == header.seal,
        _ => stored.public.is_erased() && stored.private.is_erased() && unkept(stored),
    };
    if !sealed {
        let detail = format!("entry {index}: a half or its nonce is not the one that was sealed");
        checked.findings.push(Finding::error(Code::BodyModified, detail));
        return;
    }
    let Some(public) = &stored.public.body else { return };
    match Halves::read(public, stored.private.body.as_deref()) {
        Some(halves)
            if halves.kind == header.kind
                && halves.time == header.time
                && halves.audit_id == header.audit_id =>
        {
            checked.halves = Some(halves);
        }
        _ => {
            let detail = format!("entry {index}: the sealed body is not that of its header");
            checked.findings.push(Finding::error(Code::BodyModified, detail));
        }
    }
}

/// Whether no commitment stays behind, as is right when both halves are gone.
fn unkept(stored: &StoredEntry) -> bool {
    let none = |half: &StoredHalf| half.commitment.is_none();
    none(&stored.public) && none(&stored.private)
}
