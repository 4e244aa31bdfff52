//! Rules for manifests: a dependency's version stands once, in the workspace table, and so do the lints.

use toml_edit::{DocumentMut, Item, TableLike};

use super::{TextFile, Tree};

const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    tree.ending("/Cargo.toml").flat_map(member).collect()
}

fn member(file: &TextFile) -> Vec<String> {
    let manifest = match file.text.parse::<DocumentMut>() {
        Ok(manifest) => manifest,
        Err(error) => return vec![format!("{}: {error}", file.path)],
    };
    let mut findings = Vec::new();
    if !inherits(manifest.get("lints")) {
        findings.push(format!("{}: `[lints] workspace = true` is missing", file.path));
    }
    let targets = manifest.get("target").and_then(Item::as_table_like);
    let targets = targets.into_iter().flat_map(TableLike::iter);
    let mut places: Vec<&dyn TableLike> = vec![manifest.as_table()];
    places.extend(targets.filter_map(|(_, item)| item.as_table_like()));
    for name in places.into_iter().flat_map(own_versions) {
        findings.push(format!("{}: `{name}` does not say `workspace = true`", file.path));
    }
    findings
}

fn own_versions(place: &dyn TableLike) -> Vec<String> {
    let sections = SECTIONS.iter().filter_map(|name| place.get(name)?.as_table_like());
    let dependencies = sections.flat_map(TableLike::iter);
    dependencies
        .filter(|(_, item)| !inherits(Some(item)))
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn inherits(item: Option<&Item>) -> bool {
    let inherited = item.and_then(Item::as_table_like).and_then(|table| table.get("workspace"));
    inherited.and_then(Item::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        member(&TextFile { path: "crates/a/Cargo.toml".to_owned(), text: text.to_owned() })
    }

    #[test]
    fn inherited_dependencies_pass() {
        let text = "[dependencies]\na.workspace = true\nb = { workspace = true, optional = true }\n\
                    [lints]\nworkspace = true\n";
        assert!(found(text).is_empty());
    }

    #[test]
    fn own_versions_are_found_everywhere() {
        let text = "[dependencies]\na = \"1\"\n[target.'cfg(unix)'.dev-dependencies]\nb = { version = \"2\" }\n";
        let findings = found(text).join("\n");
        assert!(findings.contains("`a`") && findings.contains("`b`"), "{findings}");
        assert!(findings.contains("[lints]"), "{findings}");
    }
}
