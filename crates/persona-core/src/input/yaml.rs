//! YAML: a list of mappings, or one such list in mappings. Scalars are kept as written; aliases are
//! followed as far as memory allows.

mod tree;

use super::error::InputError;
use super::node::Node;
use super::records::{Records, Spot};
use super::source::Outcome;
use super::table::Table;
use crate::number::long;
use granit_parser::Parser;
use tree::{EXPANDED, Flaw, Lists, Tree};

/// Reads one document (or several, each a list) into `table`.
pub(super) fn read(text: &str, spot: Spot<'_>, table: &mut Table) -> Result<Outcome, InputError> {
    let lists = lists(text, spot)?;
    let mut records = Records::named(spot, table);
    for (line, item) in lists {
        match &item {
            Node::Map(_) => records.cells(line, &item.cells())?,
            Node::Null | Node::Plain(_) | Node::Text(_) | Node::List(_) => {
                records.bad(line, "is no mapping")?;
            }
        }
    }
    Ok(Outcome::new("yaml", records.finish()?))
}

fn lists(text: &str, spot: Spot<'_>) -> Result<Lists, InputError> {
    let path = || spot.path.to_path_buf();
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| InputError::Malformed {
            path: path(),
            format: "YAML",
            line: long(error.marker().line()),
            problem: error.info().clone(),
        })?;
        let line = long(span.start.line());
        tree.take(event, line).map_err(|flaw| match flaw {
            Flaw::Bomb => {
                InputError::Bomb { path: path(), what: "its aliases are followed", limit: EXPANDED }
            }
            Flaw::Broken(problem) => {
                let problem = problem.to_owned();
                InputError::Malformed { path: path(), format: "YAML", line, problem }
            }
        })?;
    }
    tree.finish().map_err(|found| InputError::NoList { path: path(), found })
}

#[cfg(test)]
mod tests;
