//! Somebody who knows the format as well as we do, and has whatever a test gives them.

use std::fs;

use persona_audit::{
    AuditId, Checkpoint, Entry, Event, Frontier, Kind, Origin, PrivateKey, Time, leaf_hash,
};
use rusqlite::{Connection, params};
use serde_json::{Map, Value};

use crate::support::Home;

/// A competent forger: computes seals, tree, rows and heads as persona does.
pub(crate) struct Forger {
    pub(crate) database: Connection,
    pub(crate) origin: Origin,
    frontier: Frontier,
}

impl Forger {
    pub(crate) fn at(home: &Home) -> Self {
        let database = Connection::open(home.path("audit/audit.db")).unwrap();
        let origin: String =
            database.query_row("SELECT origin FROM log", [], |row| row.get(0)).unwrap();
        let mut forger = Self {
            database,
            origin: Origin::parse(&origin).unwrap(),
            frontier: Frontier::default(),
        };
        forger.reread();
        forger
    }

    fn reread(&mut self) {
        self.frontier = Frontier::default();
        let mut statement = self.database.prepare("SELECT header FROM entry ORDER BY idx").unwrap();
        let headers = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        for header in headers {
            self.frontier.append(leaf_hash(&header.unwrap()));
        }
    }

    /// Removes everything from index `size` on.
    pub(crate) fn truncate(&mut self, size: i64) {
        for sql in [
            "DELETE FROM entry WHERE idx >= ?1",
            "DELETE FROM node WHERE entry >= ?1",
            "DELETE FROM record WHERE opened >= ?1",
            "DELETE FROM kept_checkpoint WHERE size > ?1",
        ] {
            self.database.execute(sql, [size]).unwrap();
        }
        self.reread();
    }

    /// Seals `event` at `index`, over whatever stands there.
    pub(crate) fn put(&self, event: &Event, index: u64) -> Entry {
        let entry = Entry::seal(event, &self.origin, index, [[1; 32], [2; 32]]).unwrap();
        let sql = "INSERT OR REPLACE INTO entry (idx, audit_id, header, public, public_nonce, \
                   private, private_nonce) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.database
            .execute(
                sql,
                params![
                    i64::try_from(index).unwrap(),
                    event.audit_id.as_ref().map(AuditId::as_str),
                    entry.header_bytes,
                    entry.public.body,
                    entry.public.nonce,
                    entry.private.body,
                    entry.private.nonce
                ],
            )
            .unwrap();
        entry
    }

    pub(crate) fn append(
        &mut self,
        kind: &str,
        members: &Value,
        signer: Option<&PrivateKey>,
        keep: bool,
    ) {
        let event = Event {
            kind: Kind::parse(kind).unwrap(),
            audit_id: None,
            time: Time::parse("2025-12-15T10:59:00.000000Z").unwrap(),
            members: members.as_object().cloned().unwrap_or_else(Map::new),
        };
        self.append_event(&event, signer, keep);
    }

    pub(crate) fn append_event(&mut self, event: &Event, signer: Option<&PrivateKey>, keep: bool) {
        let index = self.frontier.size();
        let entry = self.put(event, index);
        for (node, hash) in self.frontier.append(entry.leaf()) {
            let completed = i64::try_from(node.completed_by()).unwrap();
            self.database
                .execute(
                    "INSERT INTO node VALUES (?1, ?2, ?3)",
                    params![completed, node.level, hash.as_bytes()],
                )
                .unwrap();
        }
        self.head(signer, keep);
    }

    /// Writes the head over what is there.
    pub(crate) fn head(&self, signer: Option<&PrivateKey>, keep: bool) {
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            size: self.frontier.size(),
            root: self.frontier.root(),
        };
        let note = match signer {
            Some(key) => checkpoint.sign(key),
            None => checkpoint.unsigned(),
        };
        let note = note.to_text().into_bytes();
        let size = i64::try_from(self.frontier.size()).unwrap();
        self.database
            .execute(
                "UPDATE log SET origin = ?3, size = ?1, checkpoint = ?2",
                params![size, note, self.origin.as_str()],
            )
            .unwrap();
        if keep {
            self.database
                .execute(
                    "INSERT OR REPLACE INTO kept_checkpoint VALUES (?1, ?2)",
                    params![size, note],
                )
                .unwrap();
        }
    }
}

pub(crate) fn stranger() -> PrivateKey {
    PrivateKey::from_seed(&[66; 32])
}

pub(crate) fn log_key(home: &Home) -> PrivateKey {
    key(home, "keys/log.pem")
}

pub(crate) fn attest_key(home: &Home) -> PrivateKey {
    key(home, "keys/attest.pem")
}

fn key(home: &Home, name: &str) -> PrivateKey {
    PrivateKey::from_pem(&fs::read_to_string(home.path(name)).unwrap()).unwrap()
}
