//! What the server says of itself, and of what its user may do.

use deadpool_postgres::Object;

use crate::store::postgres::fault::Fault;
use crate::store::postgres::migrate;
use crate::store::{Obstacle, Rights, Use};

const SERVER: &str = "SELECT current_user::pg_catalog.text, \
     pg_catalog.current_setting('server_version'), pg_catalog.current_setting('server_encoding'), \
     pg_catalog.current_setting('transaction_read_only') = 'on', \
     pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'), \
     pg_catalog.to_regclass('persona_audit.migration') IS NOT NULL";
/// What a reader and a writer need of every table.
const TABLES: &str = "SELECT \
     pg_catalog.bool_and(pg_catalog.has_table_privilege('persona_audit.' || t, 'SELECT')), \
     pg_catalog.bool_and(t = 'migration' \
       OR pg_catalog.has_table_privilege('persona_audit.' || t, 'INSERT')) \
       AND pg_catalog.has_column_privilege('persona_audit.log', 'checkpoint', 'UPDATE') \
       AND pg_catalog.has_column_privilege('persona_audit.record', 'status', 'UPDATE') \
     FROM pg_catalog.unnest(ARRAY['migration', 'log', 'entry', 'node', 'kept_checkpoint', 'record']) t";

/// Asks the server of `place`.
pub(super) async fn look(client: &Object, place: &str) -> Result<Rights, Fault> {
    let row = client.query_one(SERVER, &[]).await?;
    let encoding: String = row.try_get(2)?;
    if encoding != "UTF8" {
        return Err(migrate::not_utf8(&encoding));
    }
    let (is_read_only, may_make, has_tables): (bool, bool, bool) =
        (row.try_get(3)?, row.try_get(4)?, row.try_get(5)?);
    let mut rights = Rights {
        place: place.to_owned(),
        user: row.try_get(0)?,
        server: row.try_get(1)?,
        schema: None,
        may: Use::Write,
    };
    if has_tables {
        let row = client.query_one(TABLES, &[]).await?;
        rights.may = match (row.try_get(0)?, row.try_get(1)?) {
            (true, true) => Use::Write,
            (true, false) => Use::Read,
            (false, _) => Use::Nothing,
        };
        if rights.may != Use::Nothing {
            rights.schema = Some(migrate::version(client).await?);
        }
    } else if !may_make {
        let reason = "the tables are not there, and this role may not make them";
        return Err(Fault::Denied(Obstacle::NoTables, reason.to_owned()));
    }
    if is_read_only && rights.may == Use::Write {
        rights.may = Use::Read;
    }
    Ok(rights)
}
