//! Word scales with a known order.

/// Each scale from its low to its high end; words in one place share a line with `|`.
const SCALES: [&[&str]; 14] = [
    &[
        "strongly disagree|completely disagree",
        "disagree",
        "somewhat disagree|slightly disagree",
        "neutral|neither agree nor disagree|undecided",
        "somewhat agree|slightly agree",
        "agree",
        "strongly agree|completely agree",
    ],
    &[
        "very dissatisfied|extremely dissatisfied",
        "dissatisfied|unsatisfied",
        "somewhat dissatisfied",
        "neutral|neither satisfied nor dissatisfied",
        "somewhat satisfied",
        "satisfied",
        "very satisfied|extremely satisfied",
    ],
    &[
        "very unlikely|extremely unlikely",
        "unlikely",
        "somewhat unlikely",
        "neutral|neither likely nor unlikely",
        "somewhat likely",
        "likely",
        "very likely|extremely likely",
    ],
    &[
        "never",
        "rarely|seldom",
        "sometimes|occasionally",
        "often|frequently",
        "very often|usually|most of the time",
        "always",
    ],
    &[
        "never",
        "less than once a year",
        "yearly|once a year",
        "a few times a year",
        "less than monthly|less than once a month",
        "monthly|once a month",
        "a few times a month|several times a month",
        "weekly|once a week",
        "a few times a week|several times a week",
        "daily|every day|once a day",
        "several times a day|multiple times a day",
    ],
    &[
        "not at all important",
        "slightly important|not very important",
        "moderately important|somewhat important",
        "important",
        "very important",
        "extremely important",
    ],
    &[
        "not at all",
        "slightly|a little",
        "somewhat|moderately",
        "quite a bit|very",
        "extremely|completely",
    ],
    &["very poor|terrible", "poor|bad", "fair|average|okay|ok", "good", "very good", "excellent"],
    &["very low", "low", "medium|moderate", "high", "very high"],
    &["very difficult|very hard", "difficult|hard", "neutral", "easy", "very easy"],
    &["none", "a few|few|some", "many|most", "all"],
    &["beginner|novice", "basic|elementary", "intermediate", "advanced", "expert"],
    &["xs", "s|small", "m", "l|large", "xl", "xxl"],
    &[
        "no schooling|none",
        "primary school|less than high school",
        "high school|secondary school|high school diploma",
        "some college|vocational training",
        "associate degree|associate's degree",
        "bachelor|bachelor's|bachelor's degree|undergraduate degree|college degree",
        "master|master's|master's degree|graduate degree",
        "doctorate|phd|doctoral degree",
    ],
];

/// The scale that holds every one of the texts, as the place of each text in it.
pub(super) fn places(texts: &[&str]) -> Option<Vec<usize>> {
    SCALES.iter().find_map(|scale| {
        texts.iter().map(|text| place(scale, &text.trim().to_lowercase())).collect()
    })
}

fn place(scale: &[&str], text: &str) -> Option<usize> {
    scale.iter().position(|words| words.split('|').any(|word| word == text))
}

/// Answers that stand outside every scale.
pub(super) fn is_no_answer(text: &str) -> bool {
    const WORDS: [&str; 9] = [
        "prefer not to say",
        "prefer not to answer",
        "rather not say",
        "don't know",
        "do not know",
        "not sure",
        "not applicable",
        "no answer",
        "no opinion",
    ];
    WORDS.contains(&text.trim().to_lowercase().replace('’', "'").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_scale_of_all_words_or_none() {
        assert_eq!(places(&["Agree", "strongly disagree", "Neutral"]), Some(vec![5, 0, 3]));
        assert_eq!(places(&["Weekly", "Daily", "never"]), Some(vec![7, 9, 0]));
        assert_eq!(places(&["Agree", "Maybe"]), None);
        assert!(is_no_answer("Don’t know"));
    }
}
