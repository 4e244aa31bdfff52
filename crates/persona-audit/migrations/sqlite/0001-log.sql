CREATE TABLE log (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  origin TEXT NOT NULL,
  size INTEGER NOT NULL,
  checkpoint BLOB NOT NULL
) STRICT;
CREATE TABLE entry (
  idx INTEGER PRIMARY KEY,
  audit_id TEXT,
  header BLOB NOT NULL,
  public BLOB,
  public_nonce BLOB,
  public_commitment BLOB,
  private BLOB,
  private_nonce BLOB,
  private_commitment BLOB
) STRICT;
CREATE INDEX entry_audit_id ON entry (audit_id);
CREATE TABLE node (
  entry INTEGER NOT NULL,
  level INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (entry, level)
) STRICT, WITHOUT ROWID;
CREATE TABLE kept_checkpoint (
  size INTEGER PRIMARY KEY,
  note BLOB NOT NULL
) STRICT;
CREATE TABLE record (
  audit_id TEXT NOT NULL PRIMARY KEY,
  opened INTEGER NOT NULL,
  time TEXT NOT NULL,
  status TEXT NOT NULL,
  model TEXT,
  provider TEXT,
  data_hash TEXT,
  data_path TEXT,
  user TEXT
) STRICT;
CREATE INDEX record_time ON record (time, opened);
CREATE INDEX record_status ON record (status, time, opened);
CREATE INDEX record_model ON record (model, time, opened);
CREATE INDEX record_provider ON record (provider, time, opened);
CREATE INDEX record_data_hash ON record (data_hash, time, opened);
CREATE INDEX record_data_path ON record (data_path, time, opened);
CREATE INDEX record_user ON record (user, time, opened);
