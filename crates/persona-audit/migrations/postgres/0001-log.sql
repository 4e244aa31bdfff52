CREATE TABLE persona_audit.migration (
  version integer PRIMARY KEY,
  applied timestamp with time zone NOT NULL DEFAULT now()
);
CREATE TABLE persona_audit.log (
  log bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL,
  staged boolean NOT NULL,
  origin text COLLATE "C" NOT NULL,
  size bigint NOT NULL,
  checkpoint bytea NOT NULL,
  CONSTRAINT log_name UNIQUE (name, staged)
) WITH (fillfactor = 50);
CREATE TABLE persona_audit.entry (
  log bigint NOT NULL,
  idx bigint NOT NULL,
  audit_id text COLLATE "C",
  header bytea NOT NULL,
  public bytea,
  public_nonce bytea,
  public_commitment bytea,
  private bytea,
  private_nonce bytea,
  private_commitment bytea,
  PRIMARY KEY (log, idx)
);
CREATE INDEX entry_audit_id ON persona_audit.entry (log, audit_id, idx);
CREATE TABLE persona_audit.node (
  log bigint NOT NULL,
  entry bigint NOT NULL,
  level integer NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (log, entry, level)
);
CREATE TABLE persona_audit.kept_checkpoint (
  log bigint NOT NULL,
  size bigint NOT NULL,
  note bytea NOT NULL,
  PRIMARY KEY (log, size)
);
CREATE TABLE persona_audit.record (
  log bigint NOT NULL,
  audit_id text COLLATE "C" NOT NULL,
  opened bigint NOT NULL,
  time text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  model text COLLATE "C",
  provider text COLLATE "C",
  data_hash text COLLATE "C",
  data_path text COLLATE "C",
  "user" text COLLATE "C",
  PRIMARY KEY (log, audit_id)
);
CREATE INDEX record_time ON persona_audit.record (log, time, opened);
CREATE INDEX record_status ON persona_audit.record (log, status, time, opened);
CREATE INDEX record_model ON persona_audit.record (log, model, time, opened);
CREATE INDEX record_provider ON persona_audit.record (log, provider, time, opened);
CREATE INDEX record_data_hash ON persona_audit.record (log, data_hash, time, opened);
CREATE INDEX record_data_path ON persona_audit.record (log, data_path, time, opened);
CREATE INDEX record_user ON persona_audit.record (log, "user", time, opened);
