-- What a writer looks at under the lock, by the log's number: one answer, whose lines say by `kind` what they are.
WITH h AS MATERIALIZED (
  SELECT l.log, l.size FROM persona_audit.log l WHERE l.name = $1 AND NOT l.staged
), o AS MATERIALIZED (
  SELECT e.idx, e.audit_id, e.header, e.public, e.public_nonce, e.public_commitment,
         e.private, e.private_nonce, e.private_commitment
    FROM persona_audit.entry e
   WHERE e.log = (SELECT h.log FROM h) AND e.audit_id IS NULL
), f AS MATERIALIZED (
  SELECT o.idx FROM o ORDER BY o.idx LIMIT 4
), g AS MATERIALIZED (
  SELECT s.level FROM h, pg_catalog.generate_series(0, 62) AS s (level)
   WHERE (1::pg_catalog.int8 << s.level) <= h.size
), w AS (
  SELECT g.level, (((h.size >> g.level) - b.back) << g.level) - 1 AS entry
    FROM h, g, (VALUES (0), (1)) AS b (back)
  UNION
  SELECT g.level, ((((f.idx >> g.level) # 1) + 1) << g.level) - 1 FROM g, f
)
-- The subtrees of every height that are the two newest, those that the `$2` newest entries completed, and what proves
-- the first entries about the log. Together they prove the newest root, and that it has grown from any of the last states.
SELECT 0 AS kind, n.entry AS first, n.level::pg_catalog.int8 AS second,
       NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text,
       NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text,
       n.hash, NULL::pg_catalog.bytea, NULL::pg_catalog.bytea, NULL::pg_catalog.bytea,
       NULL::pg_catalog.bytea, NULL::pg_catalog.bytea, NULL::pg_catalog.bytea
  FROM h, w, LATERAL (
    SELECT n.entry, n.level, n.hash FROM persona_audit.node n
     WHERE n.log = h.log AND n.entry = w.entry AND n.level = w.level OFFSET 0) AS n
 WHERE 0 <= w.entry AND w.entry < h.size
UNION ALL
SELECT 0, n.entry, n.level, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, n.hash, NULL, NULL, NULL, NULL, NULL, NULL
  FROM persona_audit.node n
 WHERE n.log = (SELECT h.log FROM h) AND n.entry >= (SELECT h.size FROM h) - $2
UNION ALL
SELECT 0, n.entry, n.level, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, n.hash, NULL, NULL, NULL, NULL, NULL, NULL
  FROM h, f, LATERAL (
    SELECT n.entry, n.level, n.hash FROM persona_audit.node n
     WHERE n.log = h.log AND n.entry = f.idx OFFSET 0) AS n
UNION ALL
-- The two last entries, the last first.
SELECT 1, e.idx, NULL, e.audit_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       e.header, e.public, e.public_nonce, e.public_commitment, e.private, e.private_nonce, e.private_commitment
  FROM (SELECT * FROM persona_audit.entry e WHERE e.log = (SELECT h.log FROM h) ORDER BY e.idx DESC LIMIT 2) AS e
UNION ALL
-- Those about the log.
SELECT 2, o.idx, NULL, o.audit_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       o.header, o.public, o.public_nonce, o.public_commitment, o.private, o.private_nonce, o.private_commitment
  FROM (SELECT * FROM o ORDER BY o.idx) AS o
UNION ALL
SELECT 3, k.size, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, k.note, NULL, NULL, NULL, NULL, NULL, NULL
  FROM (SELECT k.size, k.note FROM persona_audit.kept_checkpoint k
         WHERE k.log = (SELECT h.log FROM h) ORDER BY k.size) AS k
UNION ALL
-- The newest runs that are open, and one more than is ever asked for.
SELECT 4, r.opened, NULL, r.audit_id, r.time, r.status, r.model, r.provider, r.data_hash, r.data_path, r."user",
       NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM (SELECT * FROM persona_audit.record r
         WHERE r.log = (SELECT h.log FROM h) AND r.status = 'started'
         ORDER BY r.time DESC, r.opened DESC LIMIT 101) AS r
