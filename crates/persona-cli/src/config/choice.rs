//! Which provider a run asks, and for which model: the one decision that no single key makes.

use super::{Place, Value, keys::Key, layer::Layer, providers::EMBEDDED};

/// The provider of a run and the model it is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    provider: Option<(String, Place)>,
    /// `defaults.model`, with the provider that held where it was written.
    model: Option<ForProvider>,
    /// `-m`, which is meant for this run whoever is asked.
    named: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct ForProvider {
    model: String,
    provider: String,
}

impl Choice {
    /// Goes through the layers, lowest first.
    pub(super) fn of(layers: &[Layer]) -> Self {
        let mut choice = Self::default();
        for layer in layers {
            if let Some((provider, place)) = text(layer, "defaults.provider") {
                choice.provider = Some((provider, place));
            }
            match text(layer, "defaults.model") {
                Some((model, Place::Flag(_))) => choice.named = Some(model),
                Some((model, _)) => {
                    let provider = choice.provider().to_owned();
                    choice.model = Some(ForProvider { model, provider });
                }
                None => {}
            }
        }
        choice
    }

    /// Returns the provider's name.
    pub(crate) fn provider(&self) -> &str {
        self.provider.as_ref().map_or(EMBEDDED, |(name, _)| name)
    }

    /// Returns where the provider was chosen.
    pub(super) fn place(&self) -> Option<&Place> {
        self.provider.as_ref().map(|(_, place)| place)
    }

    /// Returns the model: `-m`, else the provider's own setting, else `defaults.model` where that is meant for this
    /// provider. Written where `embedded` held, it is meant for whichever model provider is asked; `embedded` itself
    /// is asked for no model but by `-m`.
    pub(super) fn model(&self, own: Option<&str>) -> Option<String> {
        let shared = self.model.as_ref().filter(|shared| {
            self.provider() != EMBEDDED
                && (shared.provider == EMBEDDED || shared.provider == self.provider())
        });
        let own = own.or(shared.map(|shared| shared.model.as_str()));
        self.named.clone().or_else(|| own.map(str::to_owned))
    }
}

fn text(layer: &Layer, name: &str) -> Option<(String, Place)> {
    match layer.get(Key::find(name)?)? {
        (Value::Text(text), place) => Some((text.clone(), place.clone())),
        (Value::Boolean(_) | Value::Integer(_) | Value::List(_), _) => None,
    }
}
