//! JSON: a list of objects, or one such list somewhere in an object. The text is checked once; then
//! each record is taken apart by itself, its numbers as written.

use super::error::InputError;
use super::node::{DEPTH, Node};
use super::records::{Records, Spot};
use super::source::Outcome;
use super::table::Table;
use crate::number::long;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Levels of objects in which the list is looked for.
const LEVELS: usize = 4;

/// Reads one document into `table`.
pub(super) fn read(text: &str, spot: Spot<'_>, table: &mut Table) -> Result<Outcome, InputError> {
    let document: &RawValue =
        serde_json::from_str(text).map_err(|error| malformed(&error, spot))?;
    let mut lists = Vec::new();
    collect(document, LEVELS, &mut lists);
    let no_list = |found| InputError::NoList { path: spot.path.into(), found };
    let list = match lists.as_slice() {
        [list] => list,
        [] if document.get().starts_with('[') && items(document).is_empty() => {
            return Err(InputError::NoRecords { path: spot.path.into() });
        }
        [] if document.get().starts_with('[') => {
            return Err(no_list("a list of something else than objects"));
        }
        [] => return Err(no_list("no list of objects")),
        [_, _, ..] => return Err(no_list("several lists of objects")),
    };
    let mut records = Records::named(spot, table);
    let mut lines = Lines { text, at: 0, line: 1 };
    for item in list {
        let line = lines.of(item.get());
        take(&mut records, line, item)?;
    }
    Ok(Outcome::new("json", records.finish()?))
}

/// Takes one value as a record.
pub(super) fn take(
    records: &mut Records<'_>,
    line: u64,
    value: &RawValue,
) -> Result<(), InputError> {
    if !value.get().starts_with('{') {
        return records.bad(line, "is no object");
    }
    match node(value, DEPTH) {
        Ok(node) => records.cells(line, &node.cells()),
        Err(why) => records.bad(line, why),
    }
}

/// What a parser's error says, without the place it adds.
pub(super) fn problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let problem = text.split(" at line ").next().unwrap_or_default();
    problem.replace("EOF while parsing", "it ends inside")
}

fn malformed(error: &serde_json::Error, spot: Spot<'_>) -> InputError {
    let (path, line) = (spot.path.to_path_buf(), long(error.line()));
    InputError::Malformed { path, format: "JSON", line, problem: problem(error) }
}

/// The lists with objects in them, in objects at most `levels` deep.
fn collect<'a>(value: &'a RawValue, levels: usize, lists: &mut Vec<Vec<&'a RawValue>>) {
    if value.get().starts_with('[') {
        let items = items(value);
        if items.iter().any(|item| item.get().starts_with('{')) {
            lists.push(items);
        }
    } else if value.get().starts_with('{') && levels > 0 {
        for (_, member) in members(value) {
            collect(member, levels - 1, lists);
        }
    }
}

fn items(list: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(list.get()).unwrap_or_default()
}

fn members(object: &RawValue) -> Vec<(String, &RawValue)> {
    serde_json::from_str::<Members<'_>>(object.get()).unwrap_or_default().0
}

/// The value as a tree, or why it is no data.
fn node(value: &RawValue, depth: usize) -> Result<Node, &'static str> {
    let text = value.get();
    let below = || depth.checked_sub(1).ok_or("nests deeper than 32 levels");
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let (depth, members) = (below()?, serde_json::from_str::<Members<'_>>(text));
            let members = members.map_err(|_broken| HALF)?.0;
            let nodes = members.into_iter().map(|(key, value)| Ok((key, node(value, depth)?)));
            Node::Map(nodes.collect::<Result<_, &'static str>>()?)
        }
        Some(b'[') => {
            let depth = below()?;
            let nodes = items(value).into_iter().map(|item| node(item, depth));
            Node::List(nodes.collect::<Result<_, _>>()?)
        }
        Some(b'"') => Node::Text(serde_json::from_str(text).map_err(|_broken| HALF)?),
        Some(b'n') | None => Node::Null,
        Some(_) => Node::Plain(text.to_owned()),
    })
}

/// The one thing wrong with a string that is otherwise JSON.
const HALF: &str = "holds half a character (a lone surrogate)";

/// The members of an object in order, repeated keys included.
#[derive(Default)]
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// Finds the line of slices of a text that come in order.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, slice: &str) -> u64 {
        let at = slice.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        let between = self.text.get(self.at..at).unwrap_or_default();
        self.line += long(between.bytes().filter(|byte| *byte == b'\n').count());
        self.at = at.max(self.at);
        self.line
    }
}

#[cfg(test)]
mod tests;
