//! The tree under construction from a YAML parser's events, and the lists of records found in it.

use crate::input::node::{DEPTH, Node};
use crate::number::long;
use granit_parser::{Event, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Most that anchors and aliases add to what the file holds.
pub(super) const EXPANDED: u64 = 64 * 1024 * 1024;

/// What a node costs in memory beside its text.
const NODE: u64 = 64;

/// Records with the line each begins at.
pub(super) type Lists = Vec<(u64, Node)>;

/// What ends the reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Aliases of aliases of aliases.
    Bomb,
    /// What YAML allows and a table does not.
    Broken(&'static str),
}

const NO_KEY: Flaw = Flaw::Broken("a key that is no text");

/// Takes events, keeps lists of records apart as it finds them.
#[derive(Default)]
pub(super) struct Tree {
    open: Vec<Frame>,
    anchors: BTreeMap<usize, Measured>,
    lists: Vec<Lists>,
    documents: usize,
    repeated: u64,
    root: Option<Node>,
}

#[derive(Clone)]
struct Measured {
    node: Node,
    cost: u64,
}

/// A collection whose end has not come.
struct Frame {
    anchor: usize,
    line: u64,
    cost: u64,
    content: Content,
}

enum Content {
    List(Lists),
    Map { members: Vec<(String, Node)>, key: Option<String> },
}

impl Tree {
    pub(super) fn take(&mut self, event: Event<'_>, line: u64) -> Result<(), Flaw> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                self.anchors.clear();
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = scalar(text, style, tag.as_deref());
                let cost = NODE + text_length(&node);
                self.end(Measured { node, cost }, anchor, line)?;
            }
            Event::Alias(anchor) => {
                // A node that holds itself has no end: its anchor is not known before its end.
                let known = self.anchors.get(&anchor).cloned();
                let known = known.ok_or(Flaw::Broken("an alias inside of what it names"))?;
                self.repeat(known.cost)?;
                self.end(known, 0, line)?;
            }
            Event::SequenceStart(_, anchor, _) => {
                self.begin(anchor, line, Content::List(Vec::new()))?;
            }
            Event::MappingStart(_, anchor, _) => {
                self.begin(anchor, line, Content::Map { members: Vec::new(), key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentEnd
            | Event::Anchor(..)
            | Event::UnresolvedAlias(..)
            | _ => {}
        }
        Ok(())
    }

    /// The records, or what is there instead.
    pub(super) fn finish(self) -> Result<Lists, &'static str> {
        let Self { lists, documents, root, .. } = self;
        match (lists.len(), root) {
            (0, Some(Node::List(items))) if items.is_empty() => Ok(Vec::new()),
            (0, None | Some(Node::Null)) => Ok(Vec::new()),
            (0, _) => Err("no list of mappings"),
            (1, _) => Ok(lists.into_iter().flatten().collect()),
            (count, _) if count == documents => Ok(lists.into_iter().flatten().collect()),
            _ => Err("several lists of mappings"),
        }
    }

    fn begin(&mut self, anchor: usize, line: u64, content: Content) -> Result<(), Flaw> {
        if self.open.len() > DEPTH {
            return Err(Flaw::Broken("it nests deeper than 32 levels"));
        }
        if let Some(Frame { content: Content::Map { key: None, .. }, .. }) = self.open.last() {
            return Err(NO_KEY);
        }
        self.open.push(Frame { anchor, line, cost: NODE, content });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Flaw> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let Frame { anchor, line, cost, content } = frame;
        let node = match content {
            Content::Map { members, .. } => Node::Map(merged(members)),
            Content::List(items) if self.stands_in_maps() && holds_maps(&items) => {
                self.lists.push(items);
                Node::Null
            }
            Content::List(items) => Node::List(items.into_iter().map(|(_, node)| node).collect()),
        };
        self.end(Measured { node, cost }, anchor, line)
    }

    /// Whether no list is open around this place.
    fn stands_in_maps(&self) -> bool {
        self.open.iter().all(|frame| matches!(frame.content, Content::Map { .. }))
    }

    /// Counts what stands in memory once more than in the file.
    fn repeat(&mut self, cost: u64) -> Result<(), Flaw> {
        self.repeated += cost;
        if self.repeated > EXPANDED { Err(Flaw::Bomb) } else { Ok(()) }
    }

    /// Puts a finished node where it belongs.
    fn end(&mut self, measured: Measured, anchor: usize, line: u64) -> Result<(), Flaw> {
        if anchor > 0 {
            self.repeat(measured.cost)?;
            self.anchors.insert(anchor, measured.clone());
        }
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(measured.node);
            return Ok(());
        };
        frame.cost += measured.cost;
        match &mut frame.content {
            Content::List(items) => items.push((line, measured.node)),
            Content::Map { members, key } => match key.take() {
                Some(key) => members.push((key, measured.node)),
                None => {
                    *key = Some(measured.node.into_key().ok_or(NO_KEY)?);
                }
            },
        }
        Ok(())
    }
}

impl Node {
    fn into_key(self) -> Option<String> {
        match self {
            Self::Null => Some(String::new()),
            Self::Plain(text) | Self::Text(text) => Some(text),
            Self::List(_) | Self::Map(_) => None,
        }
    }
}

fn holds_maps(items: &Lists) -> bool {
    items.iter().any(|(_, item)| matches!(item, Node::Map(_)))
}

fn text_length(node: &Node) -> u64 {
    match node {
        Node::Plain(text) | Node::Text(text) => long(text.len()),
        Node::Null | Node::List(_) | Node::Map(_) => 0,
    }
}

/// Members of `<<: *base` that the mapping does not have itself.
fn merged(members: Vec<(String, Node)>) -> Vec<(String, Node)> {
    let (bases, mut own): (Vec<_>, Vec<_>) =
        members.into_iter().partition(|(key, value)| key == "<<" && matches!(value, Node::Map(_)));
    for (_, base) in bases {
        let Node::Map(inherited) = base else { continue };
        for (key, value) in inherited {
            if own.iter().all(|(known, _)| *known != key) {
                own.push((key, value));
            }
        }
    }
    own
}

/// A scalar of the core schema; numbers are kept as written.
fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Node {
    let text = text.into_owned();
    if style != ScalarStyle::Plain || tag.is_some() {
        return Node::Text(text);
    }
    match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Node::Null,
        "true" | "True" | "TRUE" => Node::Plain("true".to_owned()),
        "false" | "False" | "FALSE" => Node::Plain("false".to_owned()),
        _ if serde_json::from_str::<serde_json::Number>(&text).is_ok() => Node::Plain(text),
        _ => Node::Text(text),
    }
}
