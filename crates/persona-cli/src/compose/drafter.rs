//! Who writes the personas of a run: the embedded rules, or a model behind an API.

use std::{num::NonZeroUsize, time::Duration};

use persona_core::{
    draft::{Drafter, Extractive, Llm, LlmSettings},
    provider::Sampling,
};
use persona_providers::{
    OpenAi, OpenAiSettings, Proxy, Secret, SetupError, StructuredOutput as Form, Timeouts, Url,
};

use crate::{
    config::{Provider, ProviderSettings, Settings, StructuredOutput},
    context::Context,
    environment::Environment,
    error::CliError,
    exit::Exit,
};

/// No connection takes longer, whatever an answer may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Returns who writes the personas of a run; nothing is sent yet.
///
/// # Errors
/// A model that is missing or unknown, a key that is missing, sampling that nobody would heed.
pub(crate) fn drafter(
    context: &Context<'_>,
    settings: &Settings,
    sampling: Sampling,
) -> Result<Box<dyn Drafter>, CliError> {
    let name = &settings.defaults.provider;
    let (Some(provider), Some(own)) = (Provider::find(name), settings.provider(name)) else {
        return embedded(settings, sampling);
    };
    let Some(model) = &settings.model else {
        return Err(model_missing(name));
    };
    let client = open_ai(context.environment, provider, own, model)?;
    let llm = Llm::new(Box::new(client), llm_settings(own, sampling));
    let llm = llm.map_err(|error| CliError::from_error(Exit::Failed, "prompt", &error))?;
    Ok(Box::new(llm))
}

/// Returns what shapes a question beside the data.
pub(crate) fn llm_settings(own: &ProviderSettings, sampling: Sampling) -> LlmSettings {
    LlmSettings { sampling, context_tokens: own.context_tokens.into() }
}

fn embedded(settings: &Settings, sampling: Sampling) -> Result<Box<dyn Drafter>, CliError> {
    let drafter = Extractive;
    if let Some(model) = settings.model.as_ref().filter(|model| *model != drafter.model()) {
        let message = format!("the embedded drafter has no model `{model}`");
        return Err(CliError::new(Exit::Usage, "unknown-model", message)
            .hint(format!("leave `-m` away, or name `{}`", drafter.model()))
            .hint("to ask a model, name its provider too: `-p openai -m MODEL`"));
    }
    if sampling.temperature.is_some() || sampling.max_tokens.is_some() {
        let message =
            "`--temperature` and `--max-tokens` are for models; the embedded drafter asks none";
        return Err(CliError::new(Exit::Usage, "no-model-to-ask", message)
            .hint("leave them away, or name a provider: `-p openai -m MODEL`"));
    }
    Ok(Box::new(drafter))
}

fn open_ai(
    environment: &Environment,
    provider: &Provider,
    own: &ProviderSettings,
    model: &str,
) -> Result<OpenAi, CliError> {
    let base_url = Url::parse(own.base_url.as_str()).map_err(|error| {
        CliError::from_error(Exit::Usage, "invalid-value", &error)
            .hint(format!("`providers.{}.base_url` takes a URL", provider.name))
    })?;
    let settings = OpenAiSettings {
        key: key(environment, provider)?,
        structured_output: match own.structured_output {
            StructuredOutput::Auto => Form::Auto,
            StructuredOutput::JsonSchema => Form::JsonSchema,
            StructuredOutput::JsonObject => Form::JsonObject,
            StructuredOutput::None => Form::None,
        },
        timeouts: Timeouts {
            connect: CONNECT.min(own.request_timeout),
            first_byte: own.request_timeout,
            total: own.request_timeout,
        },
        retry_budget: own.retry_budget,
        concurrency: NonZeroUsize::try_from(own.concurrency).unwrap_or(NonZeroUsize::MIN),
        proxy: proxy(environment)?,
        ..OpenAiSettings::new(base_url, model)
    };
    OpenAi::new(settings).map_err(|error| setup(&error, provider))
}

/// The key, from the one variable it is read from.
fn key(environment: &Environment, provider: &Provider) -> Result<Option<Secret>, CliError> {
    let variable = provider.key_variable;
    let Some(value) = environment.variable(variable) else { return Ok(None) };
    let secret = value.to_str().map(Secret::new).transpose();
    let refused = |cause: String| {
        let mut error = CliError::new(
            Exit::Provider,
            "provider-key-invalid",
            format!("{variable} holds no key"),
        );
        error.causes.push(cause);
        error.hint(format!("set {variable} to the key as the vendor shows it"))
    };
    match secret {
        Ok(Some(secret)) => Ok(Some(secret)),
        Ok(None) => Err(refused("the value is not Unicode".to_owned())),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// The proxy that the usual variables name.
fn proxy(environment: &Environment) -> Result<Option<Proxy>, CliError> {
    let named = ["HTTPS_PROXY", "https_proxy"]
        .into_iter()
        .find_map(|name| Some((name, environment.variable(name)?.to_str()?)));
    let Some((name, text)) = named else { return Ok(None) };
    let except = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| environment.variable(name));
    let except = except.and_then(|hosts| hosts.to_str()).map(str::to_owned);
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    match url {
        Some(url) => Ok(Some(Proxy { url, except })),
        // The text may hold a password.
        None => Err(CliError::new(
            Exit::Usage,
            "invalid-value",
            format!("the variable {name} is no URL that begins with http:// or https://"),
        )
        .hint(format!("set {name} to a URL such as http://proxy.example.org:3128, or unset it"))),
    }
}

fn model_missing(provider: &str) -> CliError {
    let message = format!("no model is named for the provider `{provider}`");
    CliError::new(Exit::Usage, "model-missing", message).hint(format!(
        "name one with `-m`, or for good: `persona config set providers.{provider}.model MODEL`"
    ))
}

fn setup(error: &SetupError, provider: &Provider) -> CliError {
    let variable = provider.key_variable;
    match error {
        SetupError::KeyMissing { .. } => {
            CliError::from_error(Exit::Provider, "provider-key-missing", error)
                .hint(format!("set the variable {variable}; a key is read from nowhere else"))
                .hint("or name a server of your own with `--base-url`, which may need none")
        }
        SetupError::Scheme { .. } | SetupError::MoreThanAnAddress => {
            CliError::from_error(Exit::Usage, "invalid-value", error)
                .hint(format!("`providers.{}.base_url` takes a URL", provider.name))
        }
        SetupError::Certificates { .. } => {
            CliError::from_error(Exit::Provider, "provider-unreachable", error)
                .hint("install the system's certificates (Debian: `ca-certificates`)")
        }
        SetupError::Client(_) | SetupError::Thread(_) => {
            CliError::from_error(Exit::Failed, "provider-setup", error).hint(
                "see that the system has threads and memory to give, and that HTTPS_PROXY is right",
            )
        }
    }
}
