//! `assignments.csv`: who belongs to which persona; every accepted row once, in source order.

use crate::author::persona_id;
use crate::input::Dataset;
use crate::profile::membership;
use crate::segment::Segmentation;

/// `source,record,persona,distance`; the distance is the dissimilarity to the persona's exemplar.
///
/// ```text
/// source,record,persona,distance
/// interviews.csv,1,persona-002,0.1429
/// ```
pub fn assignments_csv(dataset: &Dataset, segmentation: &Segmentation) -> Vec<u8> {
    let group = membership(&segmentation.segments, dataset.rows());
    let mut text = String::from("source,record,persona,distance\n");
    for (row, (&at, distance)) in group.iter().zip(&segmentation.distances).enumerate() {
        if let Some((source, record)) = dataset.place(row) {
            let (source, persona) = (quoted(source), persona_id(at));
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
