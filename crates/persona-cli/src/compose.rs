//! From configuration to libraries: the one place that knows which setting feeds which parameter.

mod drafter;

use persona_audit::{
    Ambient, AuditConfig, AuditTrail, Origin, PostgresLog, Session, SixMonths, StoreKind,
};
use persona_core::{GenerationPipeline, draft::Drafter};

use crate::{
    config::{AuditSettings, RetentionFloor, Settings, StoreName},
    context::Context,
    error::CliError,
    exit::Exit,
    paths::Paths,
};
pub(crate) use drafter::{drafter, llm_settings};

/// Returns the settings of the log that a run or a reading command uses.
///
/// # Errors
/// A name no log can have, and a store that would hold the state it is held against.
pub(crate) fn audit_config(
    settings: &AuditSettings,
    paths: &Paths,
) -> Result<AuditConfig, CliError> {
    if paths.state().starts_with(&settings.store_path) {
        return Err(state_in_store(settings, paths));
    }
    let origin = settings.origin.as_deref().map(origin).transpose()?;
    Ok(AuditConfig {
        enabled: settings.enabled,
        store: store(settings)?,
        store_path: settings.store_path.clone(),
        key_path: settings.key_path.clone(),
        state_path: paths.state().to_path_buf(),
        retention_days: settings.retention_days,
        retention_floor: match settings.retention_floor {
            RetentionFloor::Calendar => SixMonths::AtLeast,
            RetentionFloor::None => SixMonths::Ignored,
        },
        include_prompts: settings.include_prompts,
        include_outputs: settings.include_outputs,
        sign_records: settings.sign_records,
        origin,
        attest_identity: settings.attest_identity,
    })
}

/// Returns the kind of store, with its database where it lies in one.
fn store(settings: &AuditSettings) -> Result<StoreKind, CliError> {
    Ok(match settings.store {
        StoreName::Sqlite => StoreKind::Sqlite,
        StoreName::Json => StoreKind::Json,
        StoreName::Postgres => {
            let url = settings.database_url.clone().ok_or_else(no_database)?;
            StoreKind::Postgres(PostgresLog { url, log: settings.log.clone() })
        }
    })
}

fn no_database() -> CliError {
    let message = "`audit.store` is `postgres`, and no database is named";
    CliError::new(Exit::Usage, "database-missing", message).hint(
        "name it in the variable PERSONA_AUDIT__DATABASE_URL, or in `audit.database_url` of your configuration file",
    )
}

/// Returns time, randomness and witness for the libraries.
pub(crate) fn ambient(context: &Context<'_>) -> Ambient {
    context.hooks.ambient.clone()
}

/// Returns the audit trail that the configuration names; nothing is opened yet.
pub(crate) fn trail(context: &Context<'_>) -> Result<AuditTrail, CliError> {
    let configuration = context.configuration(&[])?;
    let config = audit_config(&configuration.settings().audit, &context.paths()?)?;
    Ok(AuditTrail::with_ambient(config, ambient(context)))
}

/// Returns the pipeline of one run, recorded where the configuration says.
pub(crate) fn pipeline(
    context: &Context<'_>,
    settings: &Settings,
    drafter: Box<dyn Drafter>,
) -> Result<GenerationPipeline, CliError> {
    let config = audit_config(&settings.audit, &context.paths()?)?;
    let pipeline = GenerationPipeline::new(config).with_ambient(ambient(context));
    let pipeline = pipeline.with_drafter(drafter);
    Ok(pipeline.with_session(session(context, settings)))
}

/// Says who runs this, where.
fn session(context: &Context<'_>, settings: &Settings) -> Session {
    let environment = context.environment;
    let command = environment.arguments.iter().map(|word| word.to_string_lossy().into_owned());
    Session {
        user: Some(settings.audit.user.clone()),
        host: Some(environment.names.host().to_owned()),
        command: command.collect(),
        directory: Some(environment.current_directory.display().to_string()),
        ..persona_core::session()
    }
}

fn origin(text: &str) -> Result<Origin, CliError> {
    let refused = || {
        CliError::new(
            Exit::Usage,
            "invalid-value",
            format!("`audit.origin` is `{text}`, which names no log"),
        )
        .hint("`audit.origin` takes a name of at most 200 bytes without spaces and `+`")
    };
    Origin::parse(text).ok_or_else(refused)
}

fn state_in_store(settings: &AuditSettings, paths: &Paths) -> CliError {
    let message = format!(
        "`audit.store_path` is {}, which holds the state folder {}",
        settings.store_path.display(),
        paths.state().display()
    );
    CliError::new(Exit::Usage, "invalid-value", message).hint(
        "the state folder says what the log is held against: keep the log in a folder of its own",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Configuration, environment::Environment};

    fn composed(variables: &[(&str, &str)]) -> Result<AuditConfig, CliError> {
        let environment = Environment {
            variables: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            current_directory: "/nowhere".into(),
            home: Some("/nowhere/ada".into()),
            names: crate::environment::Names::given("ada", "engine"),
            ..Environment::default()
        };
        let paths = Paths::find(&environment).unwrap();
        let configuration = Configuration::load(&environment, &paths, &[]).unwrap();
        audit_config(&configuration.settings().audit, &paths)
    }

    #[test]
    fn the_defaults_lie_below_the_home_folder_and_the_state_does_not() {
        let config = composed(&[]).unwrap();
        assert_eq!(config.store_path, std::path::Path::new("/nowhere/ada/.persona/audit"));
        assert_eq!(config.key_path, std::path::Path::new("/nowhere/ada/.persona/keys"));
        assert_eq!(config.state_path, std::path::Path::new("/nowhere/ada/.local/state/persona"));
        assert_eq!((config.retention_days, config.retention_floor), (180, SixMonths::AtLeast));
        assert!(config.enabled && config.sign_records && config.include_prompts);
        assert!(!config.include_outputs && !config.attest_identity && config.origin.is_none());
    }

    #[test]
    fn every_setting_arrives() {
        let config = composed(&[
            ("PERSONA_AUDIT__ENABLED", "false"),
            ("PERSONA_AUDIT__STORE_PATH", "/log"),
            ("PERSONA_AUDIT__KEY_PATH", "/keys"),
            ("PERSONA_AUDIT__RETENTION_DAYS", "7"),
            ("PERSONA_AUDIT__RETENTION_FLOOR", "none"),
            ("PERSONA_AUDIT__INCLUDE_PROMPTS", "false"),
            ("PERSONA_AUDIT__INCLUDE_OUTPUTS", "true"),
            ("PERSONA_AUDIT__SIGN_RECORDS", "false"),
            ("PERSONA_AUDIT__ORIGIN", "example.org/lab"),
            ("PERSONA_AUDIT__ATTEST_IDENTITY", "true"),
        ]);
        let config = config.unwrap();
        assert_eq!(config.store_path, std::path::Path::new("/log"));
        assert_eq!(config.key_path, std::path::Path::new("/keys"));
        assert_eq!((config.retention_days, config.retention_floor), (7, SixMonths::Ignored));
        assert!(!config.enabled && !config.sign_records && !config.include_prompts);
        assert!(config.include_outputs && config.attest_identity);
        assert_eq!(config.origin.as_ref().map(Origin::as_str), Some("example.org/lab"));
    }

    #[test]
    fn a_name_too_long_for_a_log_is_refused() {
        let error = composed(&[("PERSONA_AUDIT__ORIGIN", &"x".repeat(201))]).unwrap_err();
        assert_eq!((error.exit, error.code), (Exit::Usage, "invalid-value"));
    }

    #[test]
    fn a_store_that_holds_its_own_witness_is_refused() {
        let home = [("PERSONA_HOME", "/p"), ("PERSONA_AUDIT__STORE_PATH", "/p")];
        let error = composed(&home).unwrap_err();
        assert_eq!((error.exit, error.code), (Exit::Usage, "invalid-value"));
        assert!(error.message.contains("/p/state"), "{}", error.message);
    }
}
