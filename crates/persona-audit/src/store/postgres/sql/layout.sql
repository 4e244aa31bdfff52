-- What there is in the schema, a line for each thing that could come between what is stored and what is read.
WITH RECURSIVE r AS (
  SELECT c.oid, c.relname::pg_catalog.text AS name, 0 AS depth, c.relkind, c.relispartition, c.relpersistence,
         c.relrowsecurity, c.relforcerowsecurity
    FROM pg_catalog.pg_namespace s
    JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid
   WHERE s.nspname = 'persona_audit'
     AND c.relname IN ('migration', 'log', 'entry', 'node', 'kept_checkpoint', 'record')
  UNION ALL
  SELECT c.oid, r.name, r.depth + 1, c.relkind, c.relispartition, c.relpersistence,
         c.relrowsecurity, c.relforcerowsecurity
    FROM r
    JOIN pg_catalog.pg_inherits i ON i.inhparent = r.oid
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
), fact AS (
  SELECT 'table ' || r.name || CASE WHEN r.relkind IN ('r', 'p') AND r.relpersistence = 'p'
           THEN '' ELSE ' is ' || r.relkind::pg_catalog.text || r.relpersistence::pg_catalog.text END AS fact
    FROM r WHERE r.depth = 0
  UNION ALL
  SELECT 'partition ' || r.oid::pg_catalog.regclass::pg_catalog.text FROM r
   WHERE r.depth > 0 AND NOT (r.relispartition AND r.relkind IN ('r', 'p') AND r.relpersistence = 'p')
  UNION ALL
  SELECT 'partitions of ' || r.name FROM r
    JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = r.oid
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum = p.partattrs[0]
   WHERE NOT (p.partstrat = 'h' AND p.partnatts = 1 AND a.attname = 'log')
  UNION ALL
  SELECT 'row security of ' || r.oid::pg_catalog.regclass::pg_catalog.text FROM r WHERE r.relrowsecurity OR r.relforcerowsecurity
  UNION ALL
  SELECT 'column ' || r.name || '.' || a.attname || ' ' || a.atttypid::pg_catalog.text || ' ' || a.attcollation::pg_catalog.text
         || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || CASE WHEN a.atthasdef THEN ' default' ELSE '' END
         || a.attidentity::pg_catalog.text || a.attgenerated::pg_catalog.text
    FROM r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE r.depth = 0
  UNION ALL
  SELECT 'index ' || i.relname || ' ' || r.name
         || CASE WHEN x.indisunique THEN ' unique' ELSE '' END || CASE WHEN x.indisprimary THEN ' primary' ELSE '' END
         || CASE WHEN i.relam = 403 AND x.indisvalid AND x.indisready AND x.indislive AND x.indimmediate
                  AND x.indpred IS NULL AND x.indexprs IS NULL
             THEN '' ELSE ' odd' END
         || (SELECT pg_catalog.string_agg(' ' || COALESCE(a.attname, '?') || CASE WHEN o.opcdefault AND o.opcnamespace = 11
                     AND x.indcollation[k.position - 1] IN (0, 950) AND x.indoption[k.position - 1] = 0
                     THEN '' ELSE '?' END, '' ORDER BY k.position)
               FROM pg_catalog.generate_series(1, x.indnatts) AS k (position)
               LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum = x.indkey[k.position - 1]
               LEFT JOIN pg_catalog.pg_opclass o ON o.oid = x.indclass[k.position - 1])
    FROM r JOIN pg_catalog.pg_index x ON x.indrelid = r.oid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
   WHERE r.depth = 0
  UNION ALL
  SELECT 'index ' || x.indexrelid::pg_catalog.regclass::pg_catalog.text
    FROM r JOIN pg_catalog.pg_index x ON x.indrelid = r.oid
   WHERE r.depth > 0 AND NOT (x.indisvalid AND x.indisready AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = x.indexrelid))
  UNION ALL
  SELECT 'constraint ' || c.conname FROM r JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid
   WHERE c.contype NOT IN ('n', 'p', 'u')
  UNION ALL
  SELECT 'trigger ' || t.tgname FROM r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid WHERE t.tgtype & 28 <> 0
  UNION ALL
  SELECT 'rule ' || w.rulename FROM r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid
  UNION ALL
  SELECT 'policy ' || p.polname FROM r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
  UNION ALL
  SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'view ' WHEN 'S' THEN 'sequence ' ELSE 'table ' END || c.relname
    FROM pg_catalog.pg_namespace s
    JOIN pg_catalog.pg_depend d ON d.refclassid = 2615 AND d.refobjid = s.oid AND d.classid = 1259
    JOIN pg_catalog.pg_class c ON c.oid = d.objid
   WHERE s.nspname = 'persona_audit' AND NOT EXISTS (SELECT FROM r WHERE r.oid = c.oid)
  UNION ALL
  SELECT 'object ' || d.objid::pg_catalog.text
    FROM pg_catalog.pg_namespace s
    JOIN pg_catalog.pg_depend d ON d.refclassid = 2615 AND d.refobjid = s.oid AND d.classid <> 1259
   WHERE s.nspname = 'persona_audit'
)
SELECT fact FROM fact ORDER BY fact COLLATE "C"
