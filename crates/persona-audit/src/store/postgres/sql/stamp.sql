-- A stamp, and the newest migration that was applied. The stamp changes with every change of the things that layout.sql tells of, and costs a tenth of it: by catalog, how many rows,
-- and the sums of the transactions that wrote them and of their names. No transaction has a smaller number than one before.
-- A table's own row changes with its first trigger, rule or child, and with its checks.
WITH RECURSIVE r AS (
  SELECT c.oid, c.xmin, 0 AS depth, c.relhassubclass, c.relhastriggers, c.relhasrules
    FROM pg_catalog.pg_namespace s
    JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid
   WHERE s.nspname = 'persona_audit'
     AND c.relname IN ('migration', 'log', 'entry', 'node', 'kept_checkpoint', 'record')
  UNION ALL
  SELECT c.oid, c.xmin, r.depth + 1, c.relhassubclass, c.relhastriggers, c.relhasrules
    FROM r
    JOIN pg_catalog.pg_inherits i ON r.relhassubclass AND i.inhparent = r.oid
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
), changed AS (
  SELECT 0 AS catalog, r.xmin, r.oid FROM r
  UNION ALL
  SELECT 1, a.xmin, 1 FROM r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 WHERE r.depth = 0
  UNION ALL
  SELECT 2, x.xmin, x.indexrelid FROM r JOIN pg_catalog.pg_index x ON x.indrelid = r.oid
  UNION ALL
  SELECT 3, t.xmin, t.oid FROM r JOIN pg_catalog.pg_trigger t ON r.relhastriggers AND t.tgrelid = r.oid
  UNION ALL
  SELECT 4, w.xmin, w.oid FROM r JOIN pg_catalog.pg_rewrite w ON r.relhasrules AND w.ev_class = r.oid
  UNION ALL
  SELECT 5, p.xmin, p.oid FROM r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
  UNION ALL
  SELECT 7, d.xmin, d.objid
    FROM pg_catalog.pg_namespace s
    JOIN pg_catalog.pg_depend d ON d.refclassid = 2615 AND d.refobjid = s.oid
   WHERE s.nspname = 'persona_audit'
)
SELECT pg_catalog.string_agg(c.n, ',' ORDER BY c.catalog), (SELECT COALESCE(pg_catalog.max(m.version), 0)::pg_catalog.int8 FROM persona_audit.migration m) FROM (SELECT catalog, pg_catalog.concat(pg_catalog.count(*), ':', pg_catalog.sum(xmin::pg_catalog.text::pg_catalog.int8), ':', pg_catalog.sum(oid::pg_catalog.int8)) AS n FROM changed GROUP BY catalog) AS c
