//! An entry: an event at its place in the log, as a header and two sealed halves.

use serde::Serialize;
use serde_json::Value;

use crate::canonical::{CanonicalError, MAX_SAFE_INTEGER, parse_canonical};
use crate::digest::Digest;
use crate::event::{Event, EventError, Kind};
use crate::id::{AuditId, Origin};
use crate::merkle::leaf_hash;
use crate::seal::{Half, Nonce, seal};
use crate::time::Time;

/// The version of the log format that this crate writes, and the only one it reads.
pub const FORMAT_VERSION: u64 = 1;

/// The header: what the tree's leaf is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The run, or `None` for an event about the log.
    pub audit_id: Option<AuditId>,
    /// The place in the log.
    pub index: u64,
    /// What happened.
    pub kind: Kind,
    /// The log's origin.
    pub log: Origin,
    /// The commitment to both halves.
    pub seal: Digest,
    /// When it happened, as its writer's clock had it.
    pub time: Time,
}

/// Why bytes are no header of this format.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// Not canonical JSON.
    #[error("the header is not canonical JSON")]
    Canonical(#[from] CanonicalError),
    /// Another version of the format.
    #[error("the header is of format {found}; this version of persona reads format 1")]
    Version {
        /// The version found.
        found: Value,
    },
    /// A member is missing, unknown, or not of its type.
    #[error("the header's members are not those of format 1")]
    Members,
}

impl Header {
    /// Returns the canonical bytes.
    ///
    /// # Errors
    /// An index beyond 2^53-1.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        if self.index > MAX_SAFE_INTEGER {
            return Err(CanonicalError::Integer(self.index.to_string()));
        }
        let spelled = Spelled {
            audit_id: self.audit_id.as_ref().map(AuditId::as_str),
            index: self.index,
            kind: self.kind.as_str(),
            log: self.log.as_str(),
            seal: self.seal.to_string(),
            time: self.time.to_string(),
            v: FORMAT_VERSION,
        };
        serde_json::to_vec(&spelled).map_err(CanonicalError::Json)
    }

    /// Reads canonical bytes, refusing members it does not know.
    ///
    /// # Errors
    /// [`HeaderError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        if let Some(header) = std::str::from_utf8(bytes).ok().and_then(Self::as_written) {
            return Ok(header);
        }
        let value = parse_canonical(bytes)?;
        if let Some(version) = value.get("v")
            && version.as_u64() != Some(FORMAT_VERSION)
        {
            return Err(HeaderError::Version { found: version.clone() });
        }
        Self::from_value(&value).ok_or(HeaderError::Members)
    }

    /// Reads the one layout that canonical headers have; whatever is out of the ordinary is for the
    /// parser to judge.
    fn as_written(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("{\"audit_id\":")?;
        let (audit_id, rest) = match rest.strip_prefix("null") {
            Some(rest) => (None, rest),
            None => quoted(rest).and_then(|(id, rest)| Some((Some(AuditId::parse(id)?), rest)))?,
        };
        let (index, rest) = rest.strip_prefix(",\"index\":")?.split_once(',')?;
        let (kind, rest) = quoted(rest.strip_prefix("\"kind\":")?)?;
        let (log, rest) = quoted(rest.strip_prefix(",\"log\":")?)?;
        let (seal, rest) = quoted(rest.strip_prefix(",\"seal\":")?)?;
        let (time, rest) = quoted(rest.strip_prefix(",\"time\":")?)?;
        let plain = index == "0" || (index.len() <= 15 && !index.starts_with(['0', '+']));
        (plain && rest == ",\"v\":1}").then_some(Self {
            audit_id,
            index: index.parse().ok()?,
            kind: Kind::parse(kind)?,
            log: Origin::parse(log)?,
            seal: Digest::from_prefixed(seal)?,
            time: Time::parse(time)?,
        })
    }

    fn from_value(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let audit_id = match value.get("audit_id")? {
            Value::Null => None,
            Value::String(id) => Some(AuditId::parse(id)?),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        (value.as_object()?.len() == 7).then_some(Self {
            audit_id,
            index: value.get("index")?.as_u64()?,
            kind: Kind::parse(text("kind")?)?,
            log: Origin::parse(text("log")?)?,
            seal: Digest::from_prefixed(text("seal")?)?,
            time: Time::parse(text("time")?)?,
        })
    }
}

/// The members in the order of their names: of texts and small integers that is the canonical form.
#[derive(Serialize)]
struct Spelled<'header> {
    audit_id: Option<&'header str>,
    index: u64,
    kind: &'header str,
    log: &'header str,
    seal: String,
    time: String,
    v: u64,
}

/// Returns a string without escapes and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let (inner, rest) = text.strip_prefix('"')?.split_once('"')?;
    (!inner.contains('\\')).then_some((inner, rest))
}

/// A complete entry, ready to be stored: exactly these bytes are kept.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The header.
    pub header: Header,
    /// The header's canonical bytes.
    pub header_bytes: Vec<u8>,
    /// The half without what identifies people or places.
    pub public: Half,
    /// The half with it.
    pub private: Half,
}

impl Entry {
    /// Seals `event` at `index` of the log `origin`.
    ///
    /// # Errors
    /// An event whose halves have no canonical form.
    pub fn seal(
        event: &Event,
        origin: &Origin,
        index: u64,
        nonces: [Nonce; 2],
    ) -> Result<Self, EventError> {
        let [public_nonce, private_nonce] = nonces;
        let (public, private) = event.halves()?;
        let public = Half { body: public, nonce: public_nonce };
        let private = Half { body: private, nonce: private_nonce };
        let header = Header {
            audit_id: event.audit_id.clone(),
            index,
            kind: event.kind.clone(),
            log: origin.clone(),
            seal: seal(&public.commitment(), &private.commitment()),
            time: event.time,
        };
        Ok(Self { header_bytes: header.to_bytes()?, header, public, private })
    }

    /// Returns the entry's leaf in the tree.
    pub fn leaf(&self) -> Digest {
        leaf_hash(&self.header_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"audit_id":null,"index":0,"kind":"log.opened","log":"persona/x","seal":"sha256:d087666c5c1e2fa37f209d3c7979f73b43dae49d91d1446735f143c63bb2de79","time":"2025-12-15T10:30:00.123456Z","v":1}"#;

    #[test]
    fn a_header_reads_back_byte_for_byte() {
        let header = Header::parse(HEADER.as_bytes()).unwrap();
        assert_eq!(header.to_bytes().unwrap(), HEADER.as_bytes());
        let beyond = Header { index: MAX_SAFE_INTEGER + 1, ..header };
        assert!(matches!(beyond.to_bytes(), Err(CanonicalError::Integer(_))));
    }

    #[test]
    fn the_layout_is_read_as_the_parser_reads_it() {
        let run = HEADER
            .replace("null", "\"0190f5a0-0000-7000-8000-000000000001\"")
            .replace("\"index\":0", "\"index\":41");
        for text in [HEADER, &run] {
            let value = parse_canonical(text.as_bytes()).unwrap();
            let header = Header::as_written(text).unwrap();
            assert_eq!(Header::from_value(&value).unwrap(), header);
        }
        let bytes = run.as_bytes();
        for place in 0..bytes.len() {
            for byte in [b'"', b'\\', b'0', b'+', b'A', b'\n', b' '] {
                let mut bytes = bytes.to_vec();
                bytes[place] = byte;
                let text = String::from_utf8(bytes.clone()).unwrap();
                if let Some(header) = Header::as_written(&text) {
                    assert_eq!(header.to_bytes().unwrap(), bytes, "{text}");
                }
            }
        }
    }

    #[test]
    fn hostile_headers_are_refused() {
        let hostile = [
            HEADER.replace("\"v\":1", "\"v\":1,\"w\":0"),
            HEADER.replace("\"index\":0", "\"index\":-1"),
            HEADER.replace("\"index\":0", "\"index\":\"0\""),
            HEADER.replace("null", "\"x\""),
            HEADER.replace("log.opened", "log opened"),
            HEADER.replace("sha256:d", "sha256:D"),
            HEADER.replace(",\"v\":1", ""),
        ];
        for text in hostile {
            assert!(Header::parse(text.as_bytes()).is_err(), "{text}");
        }
        let newer = HEADER.replace("\"v\":1", "\"v\":2");
        assert!(matches!(Header::parse(newer.as_bytes()), Err(HeaderError::Version { .. })));
    }
}
