-- What an administrator runs once in each database that is to hold logs, for example:
--   psql --dbname=personas --set=ON_ERROR_STOP=1 --single-transaction --file=postgres-roles.sql
-- Then each user or machine gets a login of its own that is a member of one of these roles:
--   CREATE ROLE ann LOGIN PASSWORD '…' IN ROLE persona_writer;

-- Roles belong to the server, not to a database: those that another database of it has brought are taken as they are.
--   persona_owner   owns the tables. Migrates them to a new version, takes logs over (`persona audit migrate`), moves a
--                   log aside.
--   persona_reader  lists, shows, exports, verifies.
--   persona_writer  appends, too. It may not delete, and changes only the head of a log and the status of a run.
--   persona_pruner  erases halves of entries under the retention policy, and appends what it erased.
DO $$
BEGIN
  IF pg_catalog.to_regrole('persona_owner') IS NULL THEN
    CREATE ROLE persona_owner NOLOGIN;
  END IF;
  IF pg_catalog.to_regrole('persona_reader') IS NULL THEN
    CREATE ROLE persona_reader NOLOGIN;
  END IF;
  IF pg_catalog.to_regrole('persona_writer') IS NULL THEN
    CREATE ROLE persona_writer NOLOGIN IN ROLE persona_reader;
  END IF;
  IF pg_catalog.to_regrole('persona_pruner') IS NULL THEN
    CREATE ROLE persona_pruner NOLOGIN IN ROLE persona_writer;
  END IF;
END $$;

CREATE SCHEMA persona_audit AUTHORIZATION persona_owner;

SET ROLE persona_owner;

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
INSERT INTO persona_audit.migration (version) VALUES (1);

GRANT USAGE ON SCHEMA persona_audit TO persona_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA persona_audit TO persona_reader;

GRANT INSERT ON persona_audit.log, persona_audit.entry, persona_audit.node,
  persona_audit.kept_checkpoint, persona_audit.record TO persona_writer;
GRANT UPDATE (origin, size, checkpoint) ON persona_audit.log TO persona_writer;
GRANT UPDATE (status) ON persona_audit.record TO persona_writer;

GRANT UPDATE (public, public_nonce, public_commitment, private, private_nonce, private_commitment)
  ON persona_audit.entry TO persona_pruner;
GRANT UPDATE (model, provider, data_hash, data_path, "user") ON persona_audit.record TO persona_pruner;

RESET ROLE;
