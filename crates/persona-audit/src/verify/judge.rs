//! Runs that have ended: whether opening and closing agree, and whether the attestation holds.

use crate::attest::{Claim, Claimed, Identity, Run};
use crate::halves::Halves;
use crate::key::{KeyId, PublicKey};
use crate::trust::{LogWriter, Writers};
use crate::verifier::{Signed, Verifier};

/// So many keys get tables of a megabyte.
const TABLES: usize = 16;

/// A run that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// The run's number.
    pub(super) run: u128,
    pub(super) opening: Halves,
    /// The index of the closing.
    pub(super) closed: u64,
    pub(super) closing: Halves,
}

/// What became of a run's opening and closing.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// The pointers that both set to different values.
    pub(super) conflicts: Vec<String>,
    pub(super) attestation: Attestation,
}

/// What a closing's `attestation` turned out to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Attestation {
    /// The closing has none, or there is no key to check it with.
    #[default]
    Absent,
    /// Signed by the key.
    Good,
    /// Not what the key signed.
    Bad,
}

/// The keys that attestations are checked with, ready for many.
#[derive(Debug)]
pub(super) struct Attesters<'log>(Vec<Attester<'log>>);

#[derive(Debug)]
struct Attester<'log> {
    writer: &'log LogWriter,
    keyid: KeyId,
    verifier: Option<Verifier>,
}

impl<'log> Attesters<'log> {
    /// Takes the keys of those who write; only the first few get tables, which are large.
    pub(super) fn new(writers: &'log Writers) -> Self {
        let attester = |(place, writer): (usize, &'log LogWriter)| Attester {
            writer,
            keyid: writer.attest_key.keyid(),
            verifier: (place < TABLES).then(|| Verifier::new(&writer.attest_key)),
        };
        Self(writers.iter().enumerate().map(attester).collect())
    }

    fn key_of(&self, keyid: &str, index: u64) -> Option<&'log PublicKey> {
        let fits =
            |other: &&Attester<'_>| other.keyid.as_str() == keyid && other.writer.covers(index);
        self.0.iter().find(fits).map(|attester| &attester.writer.attest_key)
    }

    fn check(&self, claims: &[&Claim<'_>]) -> Vec<bool> {
        let mut holds = vec![false; claims.len()];
        for attester in &self.0 {
            let key = &attester.writer.attest_key;
            let ours: Vec<usize> = (0..claims.len())
                .filter(|at| claims.get(*at).is_some_and(|claim| claim.key == key))
                .collect();
            let signed: Vec<Signed<'_>> =
                ours.iter().filter_map(|at| claims.get(*at).map(|claim| signed(claim))).collect();
            let found = match &attester.verifier {
                Some(verifier) => verifier.verify(&signed),
                None => signed
                    .iter()
                    .map(|(message, signature)| key.verifies(message, signature))
                    .collect(),
            };
            for (at, found) in ours.into_iter().zip(found) {
                if let Some(holds) = holds.get_mut(at) {
                    *holds |= found;
                }
            }
        }
        holds
    }
}

/// Judges runs, many at a time.
pub(super) fn judge_many(ended: &[Ended], attesters: Option<&Attesters<'_>>) -> Vec<Judged> {
    let key_of = |keyid: &str, index| attesters.and_then(|keys| keys.key_of(keyid, index));
    let check = |claims: &[&Claim<'_>]| attesters.map_or_else(Vec::new, |keys| keys.check(claims));
    judge(ended, attesters.map(|_| Keys { key_of: &key_of, check: &check }))
}

/// Judges one run.
pub(super) fn judge_one(ended: &Ended, writers: Option<&Writers>) -> Judged {
    let key_of = |keyid: &str, index| writers.and_then(|writers| writers.attester(keyid, index));
    let single = |claim: &&Claim<'_>| claim.key.verifies(&claim.message, &claim.signature);
    let check = |claims: &[&Claim<'_>]| claims.iter().map(single).collect();
    let keys = writers.map(|_| Keys { key_of: &key_of, check: &check });
    judge(std::slice::from_ref(ended), keys).pop().unwrap_or_default()
}

/// How signatures are checked.
#[derive(Clone, Copy)]
struct Keys<'keys> {
    key_of: &'keys dyn Fn(&str, u64) -> Option<&'keys PublicKey>,
    check: &'keys dyn Fn(&[&Claim<'_>]) -> Vec<bool>,
}

fn judge(ended: &[Ended], keys: Option<Keys<'_>>) -> Vec<Judged> {
    let mut judged = Vec::with_capacity(ended.len());
    let mut claims = Vec::new();
    for ended in ended {
        let mut found = Judged::default();
        if let Some(mut run) = Run::new(&ended.opening, &ended.closing) {
            found.conflicts = run.opening.conflicts(&mut run.closing);
            let claimed = keys.map(|keys| {
                run.claim(Identity::Withheld, |keyid| (keys.key_of)(keyid, ended.closed))
            });
            found.attestation = noted(claimed, judged.len(), &mut claims);
        }
        judged.push(found);
    }
    hold(&mut judged, &claims, keys);
    // Nearly all state no identity; what does not hold so may hold with it.
    let mut claims = Vec::new();
    for (place, ended) in ended.iter().enumerate() {
        let bad = judged.get(place).is_some_and(|found| found.attestation == Attestation::Bad);
        if let (true, Some(keys), Some(run)) = (bad, keys, Run::new(&ended.opening, &ended.closing))
        {
            let claimed = run.claim(Identity::Attested, |keyid| (keys.key_of)(keyid, ended.closed));
            noted(Some(claimed), place, &mut claims);
        }
    }
    hold(&mut judged, &claims, keys);
    judged
}

/// Remembers a signature that is to be checked, as bad until it is.
fn noted<'keys>(
    claimed: Option<Claimed<'keys>>,
    place: usize,
    claims: &mut Vec<(usize, Claim<'keys>)>,
) -> Attestation {
    match claimed {
        None | Some(Claimed::Nothing) => return Attestation::Absent,
        Some(Claimed::Nonsense) => {}
        Some(Claimed::Signature(claim)) => claims.push((place, claim)),
    }
    Attestation::Bad
}

/// Checks the signatures and says which are good.
fn hold(judged: &mut [Judged], claims: &[(usize, Claim<'_>)], keys: Option<Keys<'_>>) {
    let Some(keys) = keys else { return };
    let made: Vec<&Claim<'_>> = claims.iter().map(|(_, claim)| claim).collect();
    for ((place, _), holds) in claims.iter().zip((keys.check)(&made)) {
        if let (true, Some(judged)) = (holds, judged.get_mut(*place)) {
            judged.attestation = Attestation::Good;
        }
    }
}

fn signed<'claim>(claim: &'claim Claim<'_>) -> Signed<'claim> {
    (&claim.message, &claim.signature)
}
