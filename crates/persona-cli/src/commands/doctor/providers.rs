//! The providers: where each answers, which model it is asked for, and whether its key is set. Nobody is asked.

use super::check::Check;
use crate::{
    config::{EMBEDDED, PROVIDERS, Provider, Settings},
    environment::Environment,
    exit::Exit,
};

/// Looks at each provider; what is missing is a problem for the one that runs use.
pub(super) fn look(settings: &Settings, environment: &Environment) -> Vec<Check> {
    let chosen = &settings.defaults.provider;
    let model = settings.model.as_deref().map(|model| format!(", model {model}"));
    let mut chosen_one = Check::ok("provider", format!("{chosen}{}", model.unwrap_or_default()));
    if let Some(place) = &settings.provider_from_project {
        chosen_one = Check::note("provider", format!("{chosen}, chosen by {place}"));
    } else if chosen != EMBEDDED && settings.model.is_none() {
        chosen_one = Check::problem("provider", format!("{chosen}, and no model"), Exit::Usage)
            .hint(format!("`persona config set providers.{chosen}.model MODEL`, or `-m`"));
    }
    let each = PROVIDERS.iter().flat_map(|provider| one(provider, settings, environment));
    std::iter::once(chosen_one).chain(each).collect()
}

fn one(provider: &Provider, settings: &Settings, environment: &Environment) -> Vec<Check> {
    let (name, variable) = (provider.name, provider.key_variable);
    let Some(own) = settings.provider(name) else { return Vec::new() };
    let address = own.base_url.as_str();
    let is_set = environment.variable(variable).is_some();
    // Somebody's own server may need no key.
    let needs_key = address == provider.base_url && settings.defaults.provider == name;
    let mut checks = vec![match is_set {
        true => Check::ok(name, format!("{address}; {variable} is set")),
        false if needs_key => {
            Check::problem(name, format!("{address}; {variable} is not set"), Exit::Provider)
                .hint(format!("set {variable} in the environment; it is never stored"))
        }
        false => Check::ok(name, format!("{address}; {variable} is not set")),
    }];
    checks.extend(own.base_url.warning().map(|warning| Check::note(name, warning)));
    checks
}
