//! Layers, origins and refusals, over real files in a temporary home.

#![expect(clippy::disallowed_methods, reason = "tests write the files they need")]

use std::fs;

use tempfile::TempDir;

use super::*;

/// A home folder with a project beside it.
struct World {
    folder: TempDir,
    environment: Environment,
}

impl World {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let project = folder.path().join("project/deep");
        fs::create_dir_all(&project).unwrap();
        let environment = Environment {
            current_directory: project,
            home: Some(folder.path().to_path_buf()),
            names: crate::environment::Names::given("ada", "engine"),
            ..Environment::default()
        };
        Self { folder, environment }
    }

    fn user_file(self, text: &str) -> Self {
        fs::create_dir_all(self.folder.path().join(".persona")).unwrap();
        fs::write(self.folder.path().join(".persona/config.toml"), text).unwrap();
        self
    }

    fn project_file(self, text: &str) -> Self {
        fs::write(self.folder.path().join("project/persona.toml"), text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.variables.insert(name.to_owned(), value.into());
        self
    }

    fn load(&self, flags: &[Flag<'_>]) -> Result<Configuration, ConfigError> {
        let paths = Paths::find(&self.environment).unwrap();
        Configuration::load(&self.environment, &paths, flags)
    }

    /// Value and origin of a key, with the temporary folder written as `~`.
    fn get(&self, key: &str) -> String {
        self.get_with(key, &[])
    }

    fn get_with(&self, key: &str, flags: &[Flag<'_>]) -> String {
        let configuration = self.load(flags).unwrap();
        match configuration.resolved(Key::find(key).unwrap()) {
            Some(it) => self.short(&format!("{} from {}", it.value, it.origin)),
            None => "not set".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        self.short(&self.load(&[]).unwrap_err().to_string())
    }

    fn hint(&self) -> String {
        self.load(&[]).unwrap_err().hint().unwrap()
    }

    fn short(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "~")
    }
}

#[test]
fn without_any_layer_the_defaults_hold_with_their_types() {
    let world = World::new();
    let configuration = world.load(&[]).unwrap();
    let settings = configuration.settings();
    let home = world.folder.path().join(".persona");
    assert!(
        settings.audit.enabled && settings.audit.include_prompts && settings.audit.sign_records
    );
    assert!(!settings.audit.include_outputs && !settings.audit.attest_identity);
    assert_eq!(settings.audit.store, StoreName::Sqlite);
    assert_eq!(settings.audit.store_path, home.join("audit"));
    assert_eq!(settings.audit.key_path, home.join("keys"));
    assert_eq!(settings.audit.retention_days, 180);
    assert_eq!(settings.audit.retention_floor, RetentionFloor::Calendar);
    assert_eq!(settings.audit.user, "ada");
    assert_eq!(settings.audit.origin, None);
    assert_eq!(settings.defaults.count, Count::Auto);
    assert_eq!(settings.defaults.output.to_str(), Some("output"));
    assert_eq!(settings.defaults.format, [OutputFormat::Json, OutputFormat::Md]);
}

#[test]
fn each_layer_covers_those_below_it_and_is_named() {
    let flag = Flag { name: "--count", key: "defaults.count", text: "5" };
    let world = World::new();
    assert_eq!(world.get("defaults.count"), "auto from default");
    let world = world.user_file("[defaults]\ncount = 2\n");
    assert_eq!(world.get("defaults.count"), "2 from ~/.persona/config.toml:2");
    let world = world.project_file("# ours\n\ndefaults.count = 3\n");
    assert_eq!(world.get("defaults.count"), "3 from ~/project/persona.toml:3");
    let world = world.variable("PERSONA_DEFAULTS__COUNT", "4");
    assert_eq!(world.get("defaults.count"), "4 from env PERSONA_DEFAULTS__COUNT");
    assert_eq!(world.get_with("defaults.count", &[flag]), "5 from flag --count");
}

#[test]
fn a_list_replaces_the_list_below_it() {
    let world = World::new().user_file("defaults.format = [\"md\"]\n");
    assert_eq!(world.get("defaults.format"), "md from ~/.persona/config.toml:1");
}

#[test]
fn the_user_is_set_then_named_then_looked_up() {
    let world = World::new();
    assert_eq!(world.get("audit.user"), "ada from default");
    let world = world.variable("PERSONA_USER", "grace");
    assert_eq!(world.get("audit.user"), "grace from env PERSONA_USER");
    let world = world.user_file("audit.user = \"lin\"\n");
    assert_eq!(world.get("audit.user"), "lin from ~/.persona/config.toml:1");
}

#[test]
fn folders_start_where_they_are_named() {
    let world = World::new().user_file("[audit]\nstore_path = \"log\"\nkey_path = \"~/k\"\n");
    assert_eq!(world.get("audit.store_path"), "~/.persona/log from ~/.persona/config.toml:2");
    assert_eq!(world.get("audit.key_path"), "~/k from ~/.persona/config.toml:3");
    let world = world.variable("PERSONA_AUDIT__STORE_PATH", "log");
    let wanted = "~/project/deep/log from env PERSONA_AUDIT__STORE_PATH";
    assert_eq!(world.get("audit.store_path"), wanted);
}

#[test]
fn wrong_values_name_their_place_and_what_fits() {
    let world = World::new().user_file("[audit]\n# long\nretention_days = \"ninety\"\n");
    let wanted =
        "~/.persona/config.toml:3: `audit.retention_days` is `ninety`, which is not a whole number";
    assert_eq!(world.refusal(), wanted);
    assert_eq!(world.hint(), "`audit.retention_days` takes a whole number, 0 to 36500");
    let world = World::new().variable("PERSONA_AUDIT__RETENTION_DAYS", "-1");
    let wanted = "env PERSONA_AUDIT__RETENTION_DAYS: `audit.retention_days` is `-1`, which is below 0, the least";
    assert_eq!(world.refusal(), wanted);
    let world = World::new().user_file("[audit.retention_days]\nx = 1\n");
    assert!(
        world
            .refusal()
            .ends_with("`audit.retention_days` is a table, but must be a whole number, 0 to 36500")
    );
}

#[test]
fn unknown_keys_are_errors_with_the_nearest_known_one() {
    let world = World::new().user_file("[audit]\nenabled = true\nretenton_days = 90\n");
    let wanted = "~/.persona/config.toml:3: unknown configuration key `audit.retenton_days`";
    assert_eq!(world.refusal(), wanted);
    assert_eq!(world.hint(), "did you mean `audit.retention_days`?");
    for text in ["x = 1\n", "[x]\n", "[x.y]\nz = 1\n", "[[x]]\n", "audit = 3\n"] {
        assert!(
            World::new().user_file(text).refusal().contains("unknown configuration key"),
            "{text}"
        );
    }
}

#[test]
fn dots_in_quotes_separate_nothing() {
    for text in ["\"audit.enabled\" = false\n", "[\"providers.openai\"]\nmodel = \"m\"\n"] {
        assert!(World::new().user_file(text).refusal().contains("unknown configuration key"));
    }
    let world = World::new().user_file("\"audit.enabled\" = false\n");
    assert_eq!(world.hint(), "write `audit.enabled` without quotes, where dots separate");
}

#[test]
fn a_file_that_nests_for_ever_is_refused() {
    let deep = [
        format!("{}=1\n", vec!["a"; 100_000].join(".")),
        format!("[{}]\nx=1\n", vec!["a"; 100_000].join(".")),
        format!("a={}1{}\n", "{a=".repeat(50_000), "}".repeat(50_000)),
        format!("a={}{}\n", "[".repeat(100_000), "]".repeat(100_000)),
    ];
    for text in deep {
        assert!(World::new().user_file(&text).refusal().contains("not TOML"));
    }
}

#[test]
fn whatever_is_named_like_a_projects_file_is_its_file() {
    let world = World::new().user_file("defaults.count = 2\n");
    fs::create_dir(world.folder.path().join("project/persona.toml")).unwrap();
    let wanted = "failed to read the configuration file ~/project/persona.toml";
    assert_eq!(world.refusal(), wanted);
}

#[test]
fn an_empty_section_sets_nothing() {
    assert_eq!(World::new().user_file("[audit]\n").get("audit.enabled"), "true from default");
}

#[test]
fn a_project_cannot_touch_the_audit() {
    let world = World::new().project_file("[data]\nlicence = \"CC0\"\n[audit]\nenabled = false\n");
    let wanted = "~/project/persona.toml:4: `audit.enabled` cannot be set by a project file";
    assert_eq!(world.refusal(), wanted);
    assert!(world.hint().contains("silence the audit"));
}

#[test]
fn variables_that_mean_no_key_are_errors() {
    let world = World::new().variable("PERSONA_AUDIT__RETENTION", "90");
    assert_eq!(world.refusal(), "the variable PERSONA_AUDIT__RETENTION sets no configuration key");
    assert_eq!(world.hint(), "did you mean PERSONA_AUDIT__RETENTION_DAYS?");
    let world = World::new().variable("PERSONA_AUDIT_ENABLED", "false");
    assert_eq!(world.hint(), "did you mean PERSONA_AUDIT__ENABLED?");
    let world = World::new().variable("PERSONA_ELSEWHERE", "1");
    assert!(world.load(&[]).is_ok());
}

#[test]
fn a_variable_set_to_nothing_is_not_set() {
    let world = World::new().variable("PERSONA_AUDIT__RETENTION_DAYS", "");
    assert_eq!(world.get("audit.retention_days"), "180 from default");
}

#[test]
fn what_is_no_toml_is_named_with_its_line() {
    let world = World::new().user_file("[audit]\nenabled = \n");
    assert!(
        world.refusal().starts_with("~/.persona/config.toml:2: not TOML: "),
        "{}",
        world.refusal()
    );
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_unicode_is_refused() {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt as _};
    let mut world = World::new();
    let value = OsString::from_vec(vec![0xff]);
    world.environment.variables.insert("PERSONA_DATA__LICENCE".to_owned(), value);
    assert_eq!(world.refusal(), "the variable PERSONA_DATA__LICENCE is not Unicode");
    let mut world = World::new();
    world.environment.variables.insert("PERSONA_HOME".to_owned(), OsString::from_vec(vec![0xff]));
    assert!(world.refusal().ends_with("lies in a folder whose name is not Unicode"));
}

#[test]
fn a_provider_has_settings_of_three_parts_in_every_notation() {
    let notations = [
        "[providers.openai]\nconcurrency = 8\n",
        "providers.openai.concurrency = 8\n",
        "[providers]\nopenai.concurrency = 8\n",
        "[providers]\nopenai = { concurrency = 8 }\n",
        "providers = { openai = { concurrency = 8 } }\n",
    ];
    for text in notations {
        let world = World::new().user_file(text);
        let origin = format!("8 from ~/.persona/config.toml:{}", text.lines().count());
        assert_eq!(world.get("providers.openai.concurrency"), origin, "{text}");
    }
    let world = World::new()
        .variable("PERSONA_PROVIDERS__OPENAI__BASE_URL", "http://localhost:8080/v1")
        .variable("PERSONA_PROVIDERS__OPENAI__RETRY_BUDGET_SECONDS", "0");
    let configuration = world.load(&[]).unwrap();
    let openai = configuration.settings().provider("openai").unwrap();
    assert_eq!(openai.base_url.as_str(), "http://localhost:8080/v1");
    assert_eq!((openai.request_timeout.as_secs(), openai.retry_budget.as_secs()), (120, 0));
    assert_eq!(openai.structured_output, StructuredOutput::Auto);
    assert_eq!((openai.context_tokens, openai.concurrency.get()), (8192, 4));
    assert_eq!(configuration.settings().provider("embedded"), None);
}

#[test]
fn a_key_of_a_provider_is_refused_wherever_it_stands_and_never_repeated() {
    let worlds = [
        World::new().user_file("[providers.openai]\napi_key = \"sk-1\"\n"),
        World::new().user_file("openai_api_key = \"sk-1\"\n"),
        World::new().project_file("providers.openai.token = \"sk-1\"\n"),
        World::new().variable("PERSONA_PROVIDERS__OPENAI__API_KEY", "sk-1"),
        World::new().variable("PERSONA_OPENAI_API_KEY", "sk-1"),
        World::new().user_file("providers.openai.base_url = \"https://sk-1@x\"\n"),
    ];
    for world in worlds {
        let (refusal, hint) = (world.refusal(), world.hint());
        assert!(!refusal.contains("sk-1") && !hint.contains("sk-1"), "{refusal} {hint}");
        assert!(!refusal.contains("unknown"), "{refusal}");
    }
}

#[test]
fn a_project_names_a_model_but_no_address() {
    let world = World::new().project_file("providers.openai.model = \"m\"\n");
    assert_eq!(world.get("providers.openai.model"), "m from ~/project/persona.toml:1");
    let world = World::new().project_file("providers.openai.base_url = \"https://x\"\n");
    assert!(
        world.refusal().ends_with("`providers.openai.base_url` cannot be set by a project file")
    );
}

#[test]
fn a_provider_that_a_project_chooses_is_named_with_its_address() {
    let warnings = |world: World| {
        let configuration = world.load(&[]).unwrap();
        configuration.settings().provider_warnings().join("\n")
    };
    let project = || World::new().project_file("\ndefaults.provider = \"openai\"\n");
    let said = warnings(project());
    assert!(said.contains("project/persona.toml:2 chooses the provider `openai`"), "{said}");
    assert!(said.contains("https://api.openai.com/v1"), "{said}");
    assert_eq!(warnings(project().variable("PERSONA_DEFAULTS__PROVIDER", "openai")), "");
    assert_eq!(warnings(World::new().user_file("defaults.provider = \"openai\"\n")), "");
    let address = "providers.openai.base_url = \"http://example.org\"\n";
    assert_eq!(warnings(World::new().user_file(address)), "", "nobody asks it");
    let said =
        warnings(World::new().user_file(&format!("defaults.provider = \"openai\"\n{address}")));
    assert!(said.contains("not encrypted"), "{said}");
}

fn model(world: &World, flags: &[Flag<'_>]) -> Option<String> {
    world.load(flags).unwrap().settings().model.clone()
}

#[test]
fn the_model_is_the_named_one_then_the_providers_then_the_default() {
    let openai = Flag { name: "--provider", key: "defaults.provider", text: "openai" };
    let named = Flag { name: "--model", key: "defaults.model", text: "named" };
    let world = World::new().user_file("defaults.model = \"general\"\n");
    assert_eq!(model(&world, &[openai]).as_deref(), Some("general"));
    let world = world.project_file("providers.openai.model = \"own\"\n");
    assert_eq!(model(&world, &[openai]).as_deref(), Some("own"));
    assert_eq!(model(&world, &[openai, named]).as_deref(), Some("named"));
}

#[test]
fn a_model_meant_for_another_provider_is_not_asked_for() {
    let embedded = Flag { name: "--provider", key: "defaults.provider", text: "embedded" };
    let named = Flag { name: "--model", key: "defaults.model", text: "named" };
    let world = World::new().user_file("defaults.provider = \"openai\"\ndefaults.model = \"m\"\n");
    assert_eq!(model(&world, &[]).as_deref(), Some("m"));
    assert_eq!(model(&world, &[embedded]), None);
    assert_eq!(model(&world, &[embedded, named]).as_deref(), Some("named"), "said, so answered");
    assert_eq!(model(&World::new().user_file("defaults.model = \"m\"\n"), &[]), None);
}

#[test]
fn a_flag_of_a_provider_is_for_the_one_that_is_asked() {
    let address =
        Flag { name: "--base-url", key: "providers.*.base_url", text: "http://[::1]:1/v1" };
    let openai = Flag { name: "--provider", key: "defaults.provider", text: "openai" };
    let world = World::new();
    assert_eq!(
        world.get_with("providers.openai.base_url", &[address, openai]),
        "http://[::1]:1/v1 from flag --base-url"
    );
    let error = world.load(&[address]).unwrap_err();
    assert_eq!(error.to_string(), "--base-url is nothing that the provider `embedded` takes");
    let slip = Flag { text: "opnai", ..openai };
    assert!(world.load(&[address, slip]).unwrap_err().to_string().contains("`opnai`"));
}
