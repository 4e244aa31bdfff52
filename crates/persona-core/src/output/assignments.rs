//! `assignments.csv`: who belongs to which persona; every accepted row once, in source order.

use crate::author::persona_id;
use crate::input::Dataset;
use crate::persona::Persona;
use crate::profile::membership;
use crate::segment::Segmentation;

/// `source,record,persona,distance`; the distance is the dissimilarity to the exemplar of the group. The persona is
/// empty where none could be made of the group.
///
/// ```text
/// source,record,persona,distance
/// interviews.csv,1,persona-002,0.1429
/// ```
pub fn assignments_csv(
    dataset: &Dataset,
    segmentation: &Segmentation,
    personas: &[Persona],
) -> Vec<u8> {
    let made = |group: usize| {
        let id = persona_id(group);
        personas.iter().any(|persona| persona.id == id).then_some(id)
    };
    let names: Vec<String> =
        (0..segmentation.segments.len()).map(|group| made(group).unwrap_or_default()).collect();
    let group = membership(&segmentation.segments, dataset.rows());
    let mut text = String::from("source,record,persona,distance\n");
    for (row, (&at, distance)) in group.iter().zip(&segmentation.distances).enumerate() {
        if let Some((source, record)) = dataset.place(row) {
            let (source, persona) = (quoted(source), names.get(at).map_or("", String::as_str));
            text.extend([source, format!(",{record},{persona},{distance:.4}\n")]);
        }
    }
    text.into_bytes()
}

/// A field as RFC 4180 wants it.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
