//! Prints the personas of a file as Markdown: `cargo run --example read_personas -- FILE [COUNT]`.

#![expect(clippy::print_stdout, reason = "an example to be read on a terminal")]

use persona_core::author::compose;
use persona_core::draft::{Brief, Extractive};
use persona_core::output::persona_markdown;
use persona_core::profile::profiles;
use persona_core::{Count, read, segment};
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let path = PathBuf::from(arguments.next().ok_or("name a file")?);
    let asked = arguments.next().and_then(|text| text.to_str()?.parse::<NonZeroUsize>().ok());
    let data = read(&[path], &|| false)?;
    for column in &data.columns {
        println!("{}: {:?}", column.name, column.kind);
    }
    let found = segment(&data, asked.map_or(Count::Auto, Count::Exactly), 0)?;
    println!("{:?}, silhouette {:.3}\n{:#?}", found.structure, found.silhouette, found.issues);
    for (index, profile) in profiles(&data, &found).iter().enumerate() {
        let brief = Brief { dataset: &data, segmentation: &found, index, profile };
        let draft = Extractive.extract(&brief, &|| false)?;
        let authored = compose(&data, brief.segment()?, profile, index, draft);
        println!("\n{}", persona_markdown(&authored.persona));
        println!("{:?}", authored.issues);
    }
    Ok(())
}
