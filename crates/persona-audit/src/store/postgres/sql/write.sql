-- Everything that a commit writes, in one statement. Its parts do not see each other's rows: what sets the status of a
-- run sees only runs that were there before.
WITH e AS (
  INSERT INTO persona_audit.entry (log, idx, audit_id, header, public, public_nonce, public_commitment,
                                   private, private_nonce, private_commitment)
  SELECT $1, w.* FROM ROWS FROM (
    pg_catalog.unnest($2::pg_catalog.int8[]), pg_catalog.unnest($3::pg_catalog.text[]),
    pg_catalog.unnest($4::pg_catalog.bytea[]), pg_catalog.unnest($5::pg_catalog.bytea[]),
    pg_catalog.unnest($6::pg_catalog.bytea[]), pg_catalog.unnest($7::pg_catalog.bytea[]),
    pg_catalog.unnest($8::pg_catalog.bytea[]), pg_catalog.unnest($9::pg_catalog.bytea[]),
    pg_catalog.unnest($10::pg_catalog.bytea[])) AS w
  RETURNING 1
), n AS (
  INSERT INTO persona_audit.node (log, entry, level, hash)
  SELECT $1, w.* FROM ROWS FROM (
    pg_catalog.unnest($11::pg_catalog.int8[]), pg_catalog.unnest($12::pg_catalog.int4[]),
    pg_catalog.unnest($13::pg_catalog.bytea[])) AS w
), r AS (
  INSERT INTO persona_audit.record (log, audit_id, opened, time, status, model, provider, data_hash, data_path, "user")
  SELECT $1, w.* FROM ROWS FROM (
    pg_catalog.unnest($14::pg_catalog.text[]), pg_catalog.unnest($15::pg_catalog.int8[]),
    pg_catalog.unnest($16::pg_catalog.text[]), pg_catalog.unnest($17::pg_catalog.text[]),
    pg_catalog.unnest($18::pg_catalog.text[]), pg_catalog.unnest($19::pg_catalog.text[]),
    pg_catalog.unnest($20::pg_catalog.text[]), pg_catalog.unnest($21::pg_catalog.text[]),
    pg_catalog.unnest($22::pg_catalog.text[])) AS w
), s AS (
  UPDATE persona_audit.record r SET status = w.status
    FROM ROWS FROM (pg_catalog.unnest($23::pg_catalog.text[]),
                    pg_catalog.unnest($24::pg_catalog.text[])) AS w (audit_id, status)
   WHERE r.log = $1 AND r.audit_id = w.audit_id
), k AS (
  INSERT INTO persona_audit.kept_checkpoint (log, size, note)
  SELECT $1, w.* FROM ROWS FROM (pg_catalog.unnest($25::pg_catalog.int8[]),
                                 pg_catalog.unnest($26::pg_catalog.bytea[])) AS w
), l AS (
  UPDATE persona_audit.log l SET origin = $27, size = $28, checkpoint = $29 WHERE l.log = $1 RETURNING 1
)
SELECT (SELECT pg_catalog.count(*) FROM e), (SELECT pg_catalog.count(*) FROM l)
