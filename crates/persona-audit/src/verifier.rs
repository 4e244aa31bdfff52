//! Many signatures of one key, each held to the strict rules of a single check.
//!
//! A check computes `[s]B - [k]A` and compares it with the signature's `R`. Both points are the same for all
//! signatures of a key, so their multiples are put into tables once, and a check is 64 additions without a
//! doubling. That is about as fast as batch verification, but exact: nothing depends on chance or on what else is
//! in the batch, and a signature is good here exactly where [`PublicKey::verifies`] calls it good.

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{EdwardsPoint, Scalar};
use sha2::{Digest as _, Sha512};

use crate::key::PublicKey;

/// Checks signatures of one key.
#[derive(Debug)]
pub(crate) struct Verifier {
    key: PublicKey,
    base: Multiples,
    negated: Multiples,
}

/// A message and the signature that it is said to have.
pub(crate) type Signed<'message> = (&'message [u8], &'message [u8; 64]);

impl Verifier {
    /// Makes the tables, which takes as long as some dozens of single checks.
    pub(crate) fn new(key: &PublicKey) -> Self {
        Self {
            base: Multiples::of(ED25519_BASEPOINT_POINT),
            negated: Multiples::of(-key.to_point()),
            key: key.clone(),
        }
    }

    /// Says of each signature whether it is the key's over its message.
    pub(crate) fn verify(&self, signed: &[Signed<'_>]) -> Vec<bool> {
        let points: Vec<Option<EdwardsPoint>> =
            signed.iter().map(|signed| self.expected(*signed)).collect();
        let known: Vec<EdwardsPoint> = points.iter().flatten().copied().collect();
        // One inversion for all.
        let mut compressed = EdwardsPoint::compress_batch_alloc(&known).into_iter();
        let mut holds = |(point, (_, signature)): (Option<EdwardsPoint>, &Signed<'_>)| {
            let found = point.and_then(|_| compressed.next());
            found.is_some_and(|found| signature.starts_with(found.as_bytes()))
        };
        points.into_iter().zip(signed).map(&mut holds).collect()
    }

    /// The `R` that a good signature with this `s` has; none where a strict check refuses it anyway.
    fn expected(&self, (message, signature): Signed<'_>) -> Option<EdwardsPoint> {
        let (r, s) = signature.split_first_chunk::<32>()?;
        let s = Scalar::from_canonical_bytes(s.try_into().ok()?).into_option()?;
        let mut hash = Sha512::new();
        hash.update(r);
        hash.update(self.key.to_bytes());
        hash.update(message);
        let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        let point = self.negated.add(self.base.add(EdwardsPoint::identity(), &s), &k);
        (!point.is_small_order()).then_some(point)
    }
}

/// For every byte of a scalar, the multiples 1 to 128 of a point times that byte's weight.
struct Multiples(Vec<[EdwardsPoint; 128]>);

impl Multiples {
    fn of(point: EdwardsPoint) -> Self {
        let mut weighted = point;
        let rows = (0..32).map(|_| {
            let mut multiple = EdwardsPoint::identity();
            let row = [(); 128].map(|()| {
                multiple += weighted;
                multiple
            });
            weighted = multiple + multiple;
            row
        });
        Self(rows.collect())
    }

    /// Adds `scalar` times the point to `sum`. The bytes become digits of -128 to 128; a scalar is below
    /// 2^253, so the last one carries nothing.
    fn add(&self, mut sum: EdwardsPoint, scalar: &Scalar) -> EdwardsPoint {
        let mut carry = 0;
        for (row, byte) in self.0.iter().zip(scalar.as_bytes()) {
            let mut digit = i16::from(*byte) + carry;
            carry = i16::from(digit > 128);
            digit -= 256 * carry;
            let place = usize::from(digit.unsigned_abs());
            match (digit, place.checked_sub(1).and_then(|place| row.get(place))) {
                (1.., Some(multiple)) => sum += multiple,
                (_, Some(multiple)) => sum -= multiple,
                (_, None) => {}
            }
        }
        sum
    }
}

impl std::fmt::Debug for Multiples {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Multiples")
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use proptest::prelude::*;

    use super::*;
    use crate::key::PrivateKey;

    const SEED: [u8; 32] = [7; 32];

    /// A signature by who has the key, with a point of small order added to its `R`.
    fn with_torsion(message: &[u8], torsion: EdwardsPoint, r: Scalar) -> [u8; 64] {
        let public = PrivateKey::from_seed(&SEED).public();
        let mut secret: [u8; 32] = Sha512::digest(SEED)[..32].try_into().unwrap();
        secret[0] &= 0xf8;
        secret[31] = secret[31] & 0x7f | 0x40;
        let point = (ED25519_BASEPOINT_POINT * r + torsion).compress();
        let mut hash = Sha512::new();
        hash.update(point.as_bytes());
        hash.update(public.to_bytes());
        hash.update(message);
        let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        let s = r + k * Scalar::from_bytes_mod_order(secret);
        [*point.as_bytes(), s.to_bytes()].concat().try_into().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_a_single_strict_check_takes_is_taken_and_nothing_else(
            messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..12),
            change in proptest::option::of((0..12_usize, 0..64_usize, 0..8_u8)),
        ) {
            let key = PrivateKey::from_seed(&SEED);
            let verifier = Verifier::new(&key.public());
            let mut signatures: Vec<_> = messages.iter().map(|message| key.sign(message)).collect();
            if let Some((which, place, bit)) = change {
                let which = which % signatures.len();
                signatures[which][place] ^= 1 << bit;
            }
            let signed: Vec<Signed<'_>> =
                messages.iter().map(Vec::as_slice).zip(&signatures).collect();
            let single: Vec<bool> = signed.iter().map(|(m, s)| key.public().verifies(m, s)).collect();
            prop_assert_eq!(single.iter().filter(|holds| !**holds).count(), usize::from(change.is_some()));
            prop_assert_eq!(verifier.verify(&signed), single);
        }
    }

    #[test]
    fn points_of_small_order_help_nobody() {
        let public = PrivateKey::from_seed(&SEED).public();
        let verifier = Verifier::new(&public);
        for (position, torsion) in EIGHT_TORSION.iter().enumerate() {
            for r in [0, 1, 77] {
                let signature =
                    with_torsion(b"m", *torsion, Scalar::from(u64::try_from(r).unwrap()));
                let single = public.verifies(b"m", &signature);
                assert_eq!(single, position == 0 && r != 0, "{position} {r}");
                assert_eq!(verifier.verify(&[(b"m", &signature)]), [single]);
            }
        }
    }

    #[test]
    fn a_second_spelling_of_s_is_refused() {
        let key = PrivateKey::from_seed(&SEED);
        let mut signature = key.sign(b"m");
        // The order of the group, little-endian.
        let order: [u8; 32] = (-Scalar::ONE).to_bytes();
        let mut carry = 1_u16;
        for (byte, order) in signature[32..].iter_mut().zip(order) {
            carry += u16::from(*byte) + u16::from(order);
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        assert!(!key.public().verifies(b"m", &signature));
        assert_eq!(Verifier::new(&key.public()).verify(&[(b"m", &signature)]), [false]);
    }
}
