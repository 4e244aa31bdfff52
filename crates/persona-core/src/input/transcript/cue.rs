//! Cues of `WebVTT` and `SubRip`, taken apart.

/// Some seconds of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cue {
    /// 1-based line where it begins.
    pub(super) line: u64,
    /// `hh:mm:ss.mmm`; empty where there is no line with times.
    pub(super) start: String,
    pub(super) end: String,
    pub(super) lines: Vec<Spoken>,
}

/// One line of a cue; a line with several voices counts as several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spoken {
    /// From `<v Name>`.
    pub(super) voice: Option<String>,
    /// Without tags.
    pub(super) text: String,
}

/// The cues of a text whose lines end in line feeds; notes, styles and the header are none.
pub(super) fn cues(text: &str) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut block: Vec<&str> = Vec::new();
    let mut start = 1;
    for (line, number) in text.split('\n').chain([""]).zip(1_u64..) {
        if !line.trim().is_empty() {
            if block.is_empty() {
                start = number;
            }
            block.push(line.trim());
        } else if !block.is_empty() {
            cues.extend(cue(&block, start));
            block.clear();
        }
    }
    cues
}

fn cue(block: &[&str], line: u64) -> Option<Cue> {
    const OTHER: [&str; 4] = ["WEBVTT", "NOTE", "STYLE", "REGION"];
    let first = block.first()?;
    let kind = first.split_whitespace().next().unwrap_or_default();
    let times = block.iter().take(2).position(|line| line.contains("-->"));
    if times.is_none() && OTHER.contains(&kind) {
        return None;
    }
    let Some(at) = times else { return Some(Cue { line, ..Cue::default() }) };
    let (start, end) = block.get(at)?.split_once("-->")?;
    let words = block.get(at + 1..).unwrap_or_default();
    let (start, end) = (time(start)?, time(end)?);
    Some(Cue { line, start, end, lines: spoken(words) })
}

/// `01:02.003`, `00:01:02,003`, with settings behind it.
fn time(text: &str) -> Option<String> {
    let time = text.split_whitespace().next()?.replace(',', ".");
    Some(if time.matches(':').count() == 1 { format!("00:{time}") } else { time })
}

/// Lines without tags; a voice goes on until the next, at most to the end of the cue.
fn spoken(lines: &[&str]) -> Vec<Spoken> {
    let mut spoken = Vec::new();
    let mut voice = None;
    for line in lines {
        let mut text = String::new();
        let mut rest = *line;
        while let Some((before, tag, after)) = next_tag(rest) {
            text.push_str(before);
            rest = after;
            if let Some(name) = voice_name(tag) {
                give(&mut spoken, voice.as_ref(), &text);
                text.clear();
                voice = Some(name);
            }
        }
        text.push_str(rest);
        give(&mut spoken, voice.as_ref(), &text);
    }
    spoken
}

fn give(spoken: &mut Vec<Spoken>, voice: Option<&String>, text: &str) {
    let text = without_entities(without_override(text.trim()).trim());
    if !text.is_empty() {
        spoken.push(Spoken { voice: voice.cloned(), text });
    }
}

/// `<i>`, `</v>`, `<00:01:02.000>`, but not `<3`.
fn next_tag(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let open = from + text.get(from..)?.find('<')?;
        let inner = text.get(open + 1..)?;
        let close = inner.find('>')?;
        let (tag, after) = (inner.get(..close)?, inner.get(close + 1..)?);
        let begins = tag.starts_with(|c: char| c == '/' || c.is_ascii_alphabetic());
        let clock = tag.contains(':') && tag.starts_with(|c: char| c.is_ascii_digit());
        if begins || clock {
            return Some((text.get(..open)?, tag, after));
        }
        from = open + 1;
    }
}

/// `v Name`, `v.loud Name`
fn voice_name(tag: &str) -> Option<String> {
    let (kind, name) = tag.split_once(char::is_whitespace)?;
    let is_voice = kind == "v" || kind.starts_with("v.");
    let name = without_entities(name.trim());
    (is_voice && !name.is_empty()).then_some(name)
}

/// Without the `{\an8}`.
fn without_override(text: &str) -> &str {
    let inner = text.strip_prefix("{\\").and_then(|inner| inner.split_once('}'));
    inner.map_or(text, |(_, rest)| rest)
}

fn without_entities(text: &str) -> String {
    const NAMED: [(&str, &str); 8] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&lrm;", ""),
        ("&rlm;", ""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    if !text.contains('&') {
        return text.to_owned();
    }
    NAMED.iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}
