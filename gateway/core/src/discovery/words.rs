//! The words of a text search: whether all occur, and how well.

use crate::asset::Asset;

/// What a word is worth by where it occurs.
const NAMED: u32 = 8;
const TERM: u32 = 4;
const TOLD: u32 = 1;

/// Words in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// `None` when the text has no words.
    pub(super) fn new(text: &str) -> Option<Self> {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// Whether every word occurs somewhere.
    pub(super) fn all_in(&self, asset: &Asset) -> bool {
        self.0.iter().all(|word| best(asset, word, true) > 0)
    }

    /// How well the words occur: title, target and identifiers count more than keywords and
    /// facets, and those more than the description; a whole word counts double.
    pub(super) fn score(&self, asset: &Asset) -> u32 {
        self.0.iter().map(|word| best(asset, word, false)).sum()
    }
}

/// What the best occurrence of a word is worth; 0 where there is none. Any occurrence will do
/// for `any`.
fn best(asset: &Asset, word: &str, any: bool) -> u32 {
    let mut best = 0;
    for (worth, text) in texts(asset) {
        // Texts come by falling worth, and a whole word is worth twice a part of one.
        if best >= worth * 2 || (any && best > 0) {
            break;
        }
        best = best.max(worth * occurrence(text, word));
    }
    best
}

/// All texts that are searched, the most telling first.
fn texts(asset: &Asset) -> impl Iterator<Item = (u32, &str)> {
    let identity = &asset.identity;
    let summary = &asset.summary;
    let ids =
        [&identity.publisher_did, &identity.creator_did, &identity.doi, &identity.observation_id];
    let named = [summary.title.as_str(), asset.id.native.as_str()]
        .into_iter()
        .chain(summary.targets.iter().flat_map(|target| {
            std::iter::once(&target.name).chain(&target.aliases).map(String::as_str)
        }))
        .chain(ids.into_iter().flatten().map(String::as_str))
        .chain(identity.others.iter().map(|other| other.value.as_str()))
        .chain(summary.bibcodes.iter().map(String::as_str))
        .chain(summary.proposal_id.as_deref());
    let keywords =
        summary.keywords.iter().flat_map(|k| [Some(k.term.as_str()), k.label.as_deref()]);
    let facets = asset.facets.iter().flat_map(|f| [Some(f.term.as_str()), f.label.as_deref()]);
    let terms = keywords.chain(facets).flatten().chain([identity.collection.as_str()]);
    let told = summary.description.as_deref();
    named
        .map(|text| (NAMED, text))
        .chain(terms.map(|text| (TERM, text)))
        .chain(told.map(|text| (TOLD, text)))
}

/// 2 for a whole word, 1 for a part of one, 0 for none. `word` is in lower case.
fn occurrence(text: &str, word: &str) -> u32 {
    if text.is_ascii() {
        if !word.is_ascii() {
            return 0;
        }
        return in_ascii(text.as_bytes(), word.as_bytes());
    }
    let text = text.to_lowercase();
    let mut best = 0;
    for (at, _) in text.match_indices(word) {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        let whole = ![before, after].into_iter().flatten().any(char::is_alphanumeric);
        best = best.max(1 + u32::from(whole));
    }
    best
}

fn in_ascii(text: &[u8], word: &[u8]) -> u32 {
    let mut best = 0;
    let Some(first) = word.first() else { return 0 };
    for (at, window) in text.windows(word.len()).enumerate() {
        if window.first().is_some_and(|b| b.to_ascii_lowercase() == *first)
            && window.eq_ignore_ascii_case(word)
        {
            let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            let before = at.checked_sub(1).and_then(|at| text.get(at));
            if !letter(before) && !letter(text.get(at + word.len())) {
                return 2;
            }
            best = 1;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::Words;
    use crate::asset::{Facet, FacetKind, Target};
    use crate::testing::asset;

    #[test]
    fn words_count_by_where_they_occur() {
        let mut crab = asset("a", "obs-17");
        crab.summary.title = "Crab Nebula in X-rays".to_owned();
        crab.summary.description = Some("A pulsar wind nebula, gegenüber".to_owned());
        crab.summary.targets.push(Target {
            name: "M1".to_owned(),
            class: None,
            aliases: vec!["Taurus A".to_owned()],
            naif_id: None,
            moving: None,
        });
        let kind = FacetKind::Mission;
        crab.facets.push(Facet { kind, term: "XMM-Newton".to_owned(), label: None });
        let cases = [
            ("a whole word of the title", "CRAB", 16),
            ("a part of a word of the title", "neb", 8),
            ("a target", "m1", 16),
            ("an alias", "taurus", 16),
            ("the native id", "obs-17", 16),
            ("a facet", "newton", 8),
            ("the description", "pulsar", 2),
            ("beyond ASCII", "GEGENÜBER", 2),
            ("nowhere", "quasar", 0),
            ("two words", "crab pulsar", 18),
        ];
        for (name, text, score) in cases {
            let words = Words::new(text).unwrap();
            assert_eq!(words.score(&crab), score, "case: {name}");
            assert_eq!(words.all_in(&crab), score > 0, "case: {name}");
        }
        assert!(!Words::new("crab quasar").unwrap().all_in(&crab), "all words must occur");
        assert_eq!(Words::new("  "), None);
    }
}
