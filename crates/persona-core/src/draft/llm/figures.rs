//! Figures that a model writes in its own words and was never shown.

use std::collections::BTreeSet;

use super::prompt::Prompt;

/// The numbers in `text` that stand nowhere in what the model was shown, each once, in their order.
pub(super) fn unshown(text: &str, prompt: &Prompt) -> Vec<String> {
    let shown: BTreeSet<String> =
        prompt.messages.iter().flat_map(|message| numbers(&message.content)).collect();
    let mut unshown = Vec::new();
    for number in numbers(text) {
        if !shown.contains(&number) && !unshown.contains(&number) {
            unshown.push(number);
        }
    }
    unshown
}

/// Runs of digits, their thousands separators left out.
fn numbers(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != ',' && c != '.');
    words.map(|word| word.trim_matches(['.', ',']).replace(',', "")).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::EvidencePack;
    use crate::provider::{Message, Role};

    #[test]
    fn what_was_shown_may_be_repeated_and_nothing_else() {
        let content = "21 of 50 people, 25-34, earn 1,250".to_owned();
        let messages = vec![Message { role: Role::User, content }];
        let pack =
            EvidencePack { facts: Vec::new(), rows: Vec::new(), left_out: 0, withheld: Vec::new() };
        let prompt = Prompt { messages, pack, canonical: Vec::new() };
        assert_eq!(unshown("Of 50, 21 are 25 to 34 and earn 1250.", &prompt), Vec::<String>::new());
        assert_eq!(unshown("A 30-year-old of 2.5, or 30.", &prompt), ["30", "2.5"]);
    }
}
