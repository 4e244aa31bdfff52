//! Canonical JSON, checked in one pass and left where it lies.
//!
//! Since there is one spelling of every value, a part of a canonical text is the canonical text of that
//! part: it can be compared, hashed and put together anew without being read into values first.

use std::borrow::Cow;
use std::cmp::Ordering;

mod scan;

/// A text that is canonical JSON, with the places of all its values.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    text: String,
    nodes: Vec<Node>,
}

/// Where a value lies in its text. A node is followed by the nodes of its items or members.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// Where its key begins; for what is no member, where it begins itself.
    key: u32,
    start: u32,
    end: u32,
    /// The first node that is no part of this one.
    next: u32,
}

fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Document {
    /// Returns the document, or `None` where `bytes` are not canonical JSON.
    pub(crate) fn read(bytes: Vec<u8>) -> Option<Self> {
        let text = String::from_utf8(bytes).ok()?;
        let nodes = scan::nodes(text.as_bytes())?;
        Some(Self { text, nodes })
    }

    /// Returns the whole value.
    pub(crate) fn root(&self) -> View<'_> {
        View { document: self, node: 0 }
    }
}

/// Whether `bytes` are canonical JSON.
pub(crate) fn is_canonical(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok() && scan::nodes(bytes).is_some()
}

/// One value of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'text> {
    document: &'text Document,
    node: usize,
}

impl<'text> View<'text> {
    /// Returns its canonical text.
    pub(crate) fn text(self) -> &'text str {
        let node = self.node();
        self.document.text.get(place(node.start)..place(node.end)).unwrap_or_default()
    }

    /// Returns the members of an object by their keys, in canonical order.
    pub(crate) fn members(self) -> Option<impl Iterator<Item = (Key<'text>, Self)>> {
        self.text().starts_with('{').then(|| self.below().map(|member| (member.key(), member)))
    }

    /// Returns the items of an array.
    pub(crate) fn items(self) -> Option<impl Iterator<Item = Self>> {
        self.text().starts_with('[').then(|| self.below())
    }

    /// Returns the member `name`, as a key spells it.
    pub(crate) fn get(self, name: &str) -> Option<Self> {
        self.members()?.find(|(key, _)| key.0 == name).map(|(_, member)| member)
    }

    /// Returns the text of a string.
    pub(crate) fn string(self) -> Option<Cow<'text, str>> {
        string(self.text())
    }

    fn below(self) -> impl Iterator<Item = Self> {
        let end = place(self.node().next);
        let view = move |node: usize| (node < end).then_some(View { node, ..self });
        std::iter::successors(view(self.node + 1), move |view_before| {
            view(place(view_before.node().next))
        })
    }

    fn key(self) -> Key<'text> {
        let node = self.node();
        // `"key":value`
        Key(self.document.text.get(place(node.key) + 1..place(node.start) - 2).unwrap_or_default())
    }

    fn node(self) -> Node {
        self.document.nodes.get(self.node).copied().unwrap_or_default()
    }
}

/// A member's name as its text spells it, without the quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key<'text>(pub(crate) &'text str);

impl<'text> Key<'text> {
    /// Returns the name itself.
    pub(crate) fn name(self) -> Cow<'text, str> {
        if self.0.contains('\\') {
            serde_json::from_str(&format!("\"{}\"", self.0)).map_or(Cow::Borrowed(""), Cow::Owned)
        } else {
            Cow::Borrowed(self.0)
        }
    }
}

impl Ord for Key<'_> {
    /// The order of RFC 8785: by UTF-16 code units.
    fn cmp(&self, other: &Self) -> Ordering {
        let plain = |key: &Self| key.0.bytes().all(|byte| byte.is_ascii() && byte != b'\\');
        if plain(self) && plain(other) {
            self.0.cmp(other.0)
        } else {
            self.name().encode_utf16().cmp(other.name().encode_utf16())
        }
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Returns what a canonical text spells, where that is a string.
pub(crate) fn string(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    Some(Key(inner).name())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::canonical::{is_canonical_by_reference, tame, to_canonical};

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            (-30..30_i32, 0..10_000_u32)
                .prop_map(|(e, m)| Value::from(f64::from(m) * 10_f64.powi(e))),
            any::<String>().prop_map(Value::from),
            "[a-c\\\\\"\\x00-\\x20\\u{e000}\\u{1f600}é]{0,5}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map(
                    "[a-c\\\\\"\\n\\u{e000}\\u{1f600}é]{0,3}",
                    inner,
                    0..6
                )
                .prop_map(Value::from_iter),
            ]
        })
    }

    /// A small change of a text, of the kinds that make other spellings.
    fn changed(mut bytes: Vec<u8>, at: prop::sample::Index, how: u8) -> Vec<u8> {
        const TOKENS: [&str; 18] = [
            " ",
            "0",
            "-",
            "e+21",
            ".0",
            "\\u000a",
            "\\n",
            "\\u00e9",
            "\\ud83d\\ude00",
            "\\ud800",
            "\\/",
            "\\\"",
            ",",
            "null",
            "\u{7f}",
            "é",
            "1",
            "\"a\":0,",
        ];
        let place = at.index(bytes.len() + 1);
        match how {
            0 => drop(bytes.splice(place.min(bytes.len().saturating_sub(1)).., None)),
            1 if place < bytes.len() => drop(bytes.remove(place)),
            2 if place < bytes.len() => bytes[place] ^= 1,
            3 if place < bytes.len() => bytes[place] = bytes[place].to_ascii_uppercase(),
            4 => {
                let by = place % bytes.len().max(1);
                bytes.rotate_left(by);
            }
            _ => {
                let token = TOKENS[usize::from(how) % TOKENS.len()];
                bytes.splice(place..place, token.bytes());
            }
        }
        bytes
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn one_pass_takes_exactly_what_the_reference_takes(
            value in value(), at in any::<prop::sample::Index>(), how in 0..40_u8,
        ) {
            let bytes = to_canonical(&tame(value)).unwrap();
            prop_assert!(is_canonical(&bytes));
            let bytes = changed(bytes, at, how);
            prop_assert_eq!(
                is_canonical(&bytes),
                is_canonical_by_reference(&bytes),
                "{}", String::from_utf8_lossy(&bytes)
            );
        }

        #[test]
        fn the_parts_of_a_text_are_the_texts_of_its_parts(value in value()) {
            let value = tame(value);
            let document = Document::read(to_canonical(&value).unwrap()).unwrap();
            same(document.root(), &value);
        }
    }

    fn same(view: View<'_>, value: &Value) {
        assert_eq!(view.text().as_bytes(), to_canonical(value).unwrap());
        match value {
            Value::Array(items) => {
                let views: Vec<_> = view.items().unwrap().collect();
                assert_eq!(views.len(), items.len());
                views.into_iter().zip(items).for_each(|(view, item)| same(view, item));
            }
            Value::Object(members) => {
                let views: Vec<_> = view.members().unwrap().collect();
                assert_eq!(views.len(), members.len());
                for (key, view) in views {
                    same(view, &members[&*key.name()]);
                }
            }
            Value::String(text) => assert_eq!(view.string().unwrap(), *text),
            Value::Null | Value::Bool(_) | Value::Number(_) => assert!(view.string().is_none()),
        }
    }

    #[test]
    fn depth_is_bounded_as_the_reference_bounds_it() {
        for depth in 120..135 {
            for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
                let text = format!("{}0{}", open.repeat(depth), close.repeat(depth));
                let text = text.as_bytes();
                assert_eq!(is_canonical(text), is_canonical_by_reference(text), "{depth}");
            }
        }
    }

    const EDGES: &[&str] = &[
        "",
        " ",
        "0",
        "-0",
        "00",
        "01",
        "1",
        "-1",
        "1.0",
        "1.5",
        "-1.5",
        "1e5",
        "1e+21",
        "1e21",
        "1E+21",
        "1.5e-7",
        "0.000001",
        "1e-6",
        "9007199254740991",
        "-9007199254740991",
        "9007199254740992",
        "-9007199254740992",
        "10000000000000000",
        "999999999999999",
        "-",
        "+1",
        ".5",
        "5.",
        "1e",
        "NaN",
        "true",
        "tru",
        "nulll",
        "null ",
        "[]",
        "[ ]",
        "[,]",
        "[1,]",
        "{}",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":1}",
        "{\"b\":1,\"a\":1}",
        "{\"a\":1,\"b\":1}",
        "{\"\":1}",
        "{a:1}",
        "{\"a\" :1}",
        "{\"a\": 1}",
        "\"",
        "\"\\\"",
        "\"\\u001f\"",
        "\"\\u001F\"",
        "\"\\u0008\"",
        "\"\\b\"",
        "\"\\u0041\"",
        "\"\u{7f}\"",
        "\"\t\"",
        "\"\\t\"",
        "{\"\u{e000}\":1,\"\u{1f600}\":1}",
        "{\"\u{1f600}\":1,\"\u{e000}\":1}",
        "{\"\\n\":1,\"\\r\":1,\"1\":1}",
        "\u{feff}1",
        "1\n",
        "1 1",
        "[1 2]",
        "1e400",
        "4e-324",
        "5e-324",
        "2e-324",
        "123456789012345680000",
    ];

    #[test]
    fn numbers_and_edges_are_taken_as_the_reference_takes_them() {
        for text in EDGES {
            let text = text.as_bytes();
            let found = is_canonical(text);
            assert_eq!(found, is_canonical_by_reference(text), "{}", String::from_utf8_lossy(text));
        }
        assert!(!is_canonical(b"\"\xff\""));
    }

    #[test]
    fn keys_sort_as_utf_16() {
        assert!(Key("\u{1f600}") < Key("\u{e000}"));
        assert!(Key("\\n") < Key("a"));
    }
}
