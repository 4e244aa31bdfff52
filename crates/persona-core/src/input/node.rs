//! A value of JSON or YAML on its way to the cells of one record.

use super::records::Cell;

/// Deeper nesting is no data.
pub(super) const DEPTH: usize = 32;

/// A value; scalars are kept as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Null,
    /// A number, `true` or `false`.
    Plain(String),
    Text(String),
    List(Vec<Self>),
    /// In the order of the document, keys as often as they stand there.
    Map(Vec<(String, Self)>),
}

impl Node {
    /// The cells of a record: nested maps become `a.b`, lists of scalars `x; y`, what is left compact
    /// JSON.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        self.flatten("", &mut cells);
        cells
    }

    fn flatten(&self, name: &str, cells: &mut Vec<Cell>) {
        match self {
            Self::Map(members) if !members.is_empty() || name.is_empty() => {
                for (key, value) in members {
                    let key = key.trim();
                    let whole =
                        if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
                    value.flatten(&whole, cells);
                }
            }
            Self::Map(_) | Self::Null => cells.push((name.to_owned(), String::new())),
            Self::Plain(text) | Self::Text(text) => cells.push((name.to_owned(), text.clone())),
            Self::List(items) => cells.push((name.to_owned(), listed(items))),
        }
    }

    fn scalar(&self) -> Option<&str> {
        match self {
            Self::Plain(text) | Self::Text(text) => Some(text),
            Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    fn json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Plain(text) => out.push_str(text),
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::List(items) => between(('[', ']'), items, out, Self::json),
            Self::Map(members) => between(('{', '}'), members, out, |(key, value), out| {
                out.push_str(&quoted(key));
                out.push(':');
                value.json(out);
            }),
        }
    }
}

/// Ticked options as survey tools write them; compact JSON where there is more than scalars.
fn listed(items: &[Node]) -> String {
    let given: Vec<&Node> = items.iter().filter(|item| **item != Node::Null).collect();
    let scalars: Option<Vec<&str>> = given.iter().map(|item| item.scalar()).collect();
    scalars.map_or_else(
        || {
            let mut out = String::new();
            Node::List(items.to_vec()).json(&mut out);
            out
        },
        |scalars| scalars.join("; "),
    )
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn between<T>(
    (open, close): (char, char),
    items: &[T],
    out: &mut String,
    write: impl Fn(&T, &mut String),
) {
    out.push(open);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_becomes_dotted_columns_ticks_and_json() {
        let text = |text: &str| Node::Text(text.to_owned());
        let record = Node::Map(vec![
            ("age".into(), Node::Plain("41".into())),
            (
                "home".into(),
                Node::Map(vec![("town".into(), text("Ulm")), ("x".into(), Node::Null)]),
            ),
            ("uses".into(), Node::List(vec![text("Search"), Node::Null, text("Export")])),
            ("log".into(), Node::List(vec![Node::Map(vec![("at".into(), text("\"9\""))])])),
            ("none".into(), Node::Map(Vec::new())),
        ]);
        let cells = record.cells();
        let cells: Vec<(&str, &str)> =
            cells.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let expected = [
            ("age", "41"),
            ("home.town", "Ulm"),
            ("home.x", ""),
            ("uses", "Search; Export"),
            ("log", "[{\"at\":\"\\\"9\\\"\"}]"),
            ("none", ""),
        ];
        assert_eq!(cells, expected);
    }
}
