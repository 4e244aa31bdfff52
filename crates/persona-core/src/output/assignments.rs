//! `assignments.csv`: who belongs to which persona; every accepted row once, in source order.

use crate::author::persona_id;
use crate::input::Dataset;
use crate::number::index;
use crate::profile::membership;
use crate::segment::Segmentation;
use std::io::{self, Write};

/// `source,record,persona,distance`; the distance is the dissimilarity to the exemplar of the group. The persona is
/// empty where none could be made of the group.
///
/// ```text
/// source,record,persona,distance
/// interviews.csv,1,persona-002,0.1429
/// ```
///
/// `made` are the ids of the personas there are.
///
/// # Errors
/// What the writer says.
pub fn write_assignments(
    dataset: &Dataset,
    segmentation: &Segmentation,
    made: &[&str],
    to: &mut dyn Write,
) -> io::Result<()> {
    let sources: Vec<String> = dataset.sources.iter().map(|source| quoted(&source.name)).collect();
    let id_if_made = |group| {
        let id = persona_id(group);
        if made.contains(&id.as_str()) { id } else { String::new() }
    };
    let personas: Vec<String> = (0..segmentation.segments.len()).map(id_if_made).collect();
    let group = membership(&segmentation.segments, dataset.rows());
    to.write_all(b"source,record,persona,distance\n")?;
    let rows = dataset.origins.iter().zip(&group).zip(segmentation.distances.parts());
    for ((origin, &at), parts) in rows {
        let names = sources.get(index(origin.source)).zip(personas.get(index(at)));
        let Some((source, persona)) = names else { continue };
        let (record, whole, part) = (origin.record, parts / 10_000, parts % 10_000);
        writeln!(to, "{source},{record},{persona},{whole}.{part:04}")?;
    }
    Ok(())
}

/// A field as RFC 4180 wants it.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
