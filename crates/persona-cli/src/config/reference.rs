//! The reference page of the configuration, printed from the table of keys. `cargo xtask codegen` writes it to `docs/`.

use super::{
    KEYS, Key,
    keys::Fallback,
    kind::{Base, Kind},
};

const INTRODUCTION: &str = "\
# Configuration

<!-- Written by `cargo xtask codegen` from the table in crates/persona-cli/src/config/keys.rs; a test compares them. -->

What a run uses is decided by layers; a later one overrides those before it:

1. built-in defaults
2. your own file, `$PERSONA_HOME/config.toml` (`PERSONA_HOME` is `~/.persona` when it is not set)
3. the project's file, the nearest `persona.toml` from the current folder upwards
4. variables such as `PERSONA_AUDIT__RETENTION_DAYS`; one that is set to nothing counts as not set
5. flags

`persona config list` shows every value with the layer it came from: `default`, `FILE:LINE`, `env NAME` or `flag NAME`.
`persona config set KEY VALUE` writes your file, with `--project` the project's; comments stay. `persona config get KEY`
prints what a run would really use.

A project's file may set `data.*`, `defaults.*` and `providers.*.model` only: it may come from somebody else, and must not
redirect or silence your audit log, or send your key to another address. A provider that a project's file chooses is
named before anything is sent. An unknown key or a value that does not fit is an error that names file and line, never
ignored.

Editors complete and check the files by their JSON Schemas, `docs/schemas/config.schema.json` and `project.schema.json`,
which `persona config schema` prints too (`--project` the second). Taplo and the TOML extensions of VS Code take a first
line such as `#:schema /path/to/config.schema.json`.

Keys of providers are no part of the configuration: they are read from variables such as `OPENAI_API_KEY` only, and are
never stored. A setting that looks like one is refused.

The model a provider is asked for is `-m`, else `providers.NAME.model`, else `defaults.model`. The last counts only for
the provider that `defaults.provider` names in the same layer or below it, so that a model of one provider is not asked
of another; written where the provider is `embedded`, it counts for any that is chosen above. `embedded` takes none of
the settings.

Lists are arrays in a file (`[\"json\", \"md\"]`) and comma-separated elsewhere (`json,md`). A folder may begin with `~/`;
a relative one starts at the folder of the file that names it (in a variable: at the current one), except
`defaults.output`, which always starts at the current folder.
";

/// Returns the page as Markdown.
pub(crate) fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut section = "";
    for key in KEYS.iter() {
        if key.parts().0 != section {
            section = key.parts().0;
            page.extend([
                "\n## `",
                section,
                "`\n\n| key | takes | default | meaning |\n|---|---|---|---|\n",
            ]);
        }
        page.push_str(&row(key));
    }
    page
}

fn row(key: &Key) -> String {
    let default = match (key.fallback, key.kind) {
        (Fallback::Unset(words), _) => words.to_owned(),
        (Fallback::Value(""), _) => "none".to_owned(),
        (Fallback::Value(text), Kind::Folder(Base::Namer)) => format!("`$PERSONA_HOME/{text}`"),
        (Fallback::Value(text), _) => format!("`{text}`"),
    };
    format!("| `{}` | {} | {default} | {} |\n", key.name, key.kind.describe(), key.about)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_in_docs_is_this_one() {
        let page = include_str!("../../../../docs/configuration.md");
        assert_eq!(page, super::reference(), "write it with `cargo xtask codegen`");
    }
}
