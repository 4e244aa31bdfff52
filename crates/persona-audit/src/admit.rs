//! Several machines on one log: trusting a log that another machine opened, and letting another
//! machine write.
//!
//! Trust is learnt outside the store: the first key's name and bytes come from whoever opened the
//! log, by another way than the log itself.

use crate::append::Tip;
use crate::checkpoint::SignedCheckpoint;
use crate::error::AuditError;
use crate::guard;
use crate::id::Origin;
use crate::key::PublicKey;
use crate::known::Known;
use crate::log::{Log, admitted, adopt};
use crate::state::Pin;
use crate::store::Keep;
use crate::trust::Admission;

impl Log {
    /// Pins the log at the configured place, which `first`, named for `origin`, must have opened; makes
    /// this machine's keys where they are missing. Another log that was known at the place is forgotten
    /// there. Nothing is appended.
    pub(crate) fn trust(&mut self, origin: Origin, first: &PublicKey) -> Result<(), AuditError> {
        let place = self.store.place();
        let known = Known::given(place, (origin.clone(), first), &self.state, &self.keys)?;
        if !self.store.exists() {
            self.known_or_gone()?;
            return Err(AuditError::NoLog);
        }
        let reader = self.store.read()?;
        let Some(head) = reader.head()? else { return Err(AuditError::NoLog) };
        if let Some(found) = Origin::parse(&head.origin) {
            check_name(origin.as_str(), &found)?;
        }
        let ground = match guard::inspect(&*reader, &head, &known, None) {
            Err(AuditError::Untrusted) => return Err(AuditError::NotFirstKey { origin }),
            ground => ground?.agreeing()?,
        };
        if ground.trust.signatures == 0 {
            return Err(AuditError::NothingSigned { origin: ground.origin });
        }
        drop(reader);
        let keys = self.keys.load_or_create(&self.ambient)?;
        let first = ground.trust.writers.first();
        let pin = Pin {
            origin: ground.origin.clone(),
            log_key: first.log_key.clone(),
            attest_key: first.attest_key.clone(),
            signing: ground.trust.began_signed(),
        };
        self.state.write_pin(&pin, &keys.log)?;
        adopt(&self.state, &known.place, &ground)
    }

    /// Admits a further machine: from the next entry on its keys sign.
    pub(crate) fn admit(&mut self, admission: &Admission) -> Result<SignedCheckpoint, AuditError> {
        let known = self.known_or_gone()?;
        if !self.store.exists() {
            return Err(AuditError::NoLog);
        }
        let writer = self.store.write()?;
        let Some(head) = writer.head()? else { return Err(AuditError::NoLog) };
        let named = Origin::parse(&head.origin);
        let known = Known::under_lock(known.place, named, &self.state, &self.keys)?;
        let ground = guard::inspect(&*writer, &head, &known, None)?.agreeing()?;
        let keys = admitted(&self.keys, &known, &ground)?;
        check_name(admission.origin.as_str(), &ground.origin)?;
        if let Some(key) = ground.trust.writers.knows(admission) {
            return Err(AuditError::AlreadyAdmitted { keyid: key.keyid() });
        }
        let tip = Tip {
            origin: &ground.origin,
            frontier: &ground.frontier,
            // Signed even where the log is not: without a signature it would admit nobody.
            signer: Some(&keys.log),
            ambient: &self.ambient,
        };
        let event = admission.to_event(&self.ambient);
        let checkpoint = tip.commit(writer, &[event], Keep::ForEver)?;
        self.state.raise_mark(&checkpoint)?;
        Ok(checkpoint)
    }
}

/// Refuses a key that is named for another log than the one at hand.
fn check_name(named: &str, origin: &Origin) -> Result<(), AuditError> {
    if named == origin.as_str() {
        return Ok(());
    }
    Err(AuditError::KeyOfAnotherLog { named: named.to_owned(), origin: origin.clone() })
}
