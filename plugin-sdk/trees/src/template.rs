//! Texts with placeholders: titles, facets, identifiers.

use crate::pattern::Captures;

/// A text whose placeholders are filled for each asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Slot(usize, Letters),
    Own(Own, Letters),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letters {
    AsTheyAre,
    Upper,
    Lower,
}

/// What every asset has besides what its pattern captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    /// The file's name without encodings.
    File,
    /// The name without its last ending.
    Name,
    /// The name of the folder it is in.
    Folder,
    /// The path below the root, without encodings.
    Path,
    /// The day its time begins.
    Date,
}

const OWN: [(&str, Own); 5] = [
    ("file", Own::File),
    ("name", Own::Name),
    ("folder", Own::Folder),
    ("path", Own::Path),
    ("date", Own::Date),
];

/// What the placeholders of a template are filled with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filling<'a> {
    /// By the pattern.
    pub(crate) captures: &'a Captures<'a>,
    /// Below the root, without encodings.
    pub(crate) path: &'a str,
    /// Where the asset's time begins, as a day; empty where it has none.
    pub(crate) date: &'a str,
}

impl Template {
    /// Reads a text whose placeholders are among `slots` or those of every asset.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for the operator.
    pub(crate) fn parse(written: &str, slots: &[String]) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = written;
        while let Some((text, after)) = rest.split_once('{') {
            if !text.is_empty() {
                parts.push(Part::Text(text.to_owned()));
            }
            let Some((inside, after)) = after.split_once('}') else {
                return Err(format!("`{written}` has a `{{` without a `}}`"));
            };
            let (name, letters) = match inside.split_once(':') {
                None => (inside, Letters::AsTheyAre),
                Some((name, "upper")) => (name, Letters::Upper),
                Some((name, "lower")) => (name, Letters::Lower),
                Some((_, other)) => {
                    return Err(format!(
                        "`{{{inside}}}`: `{other}` is neither `upper` nor `lower`"
                    ));
                }
            };
            let slot = slots.iter().position(|slot| slot == name);
            let own = OWN.iter().find(|(own, _)| *own == name);
            parts.push(match (slot, own) {
                (Some(slot), _) => Part::Slot(slot, letters),
                (None, Some((_, own))) => Part::Own(*own, letters),
                (None, None) => {
                    let own = OWN.iter().map(|(own, _)| *own);
                    let known: Vec<_> = slots.iter().map(String::as_str).chain(own).collect();
                    return Err(format!("`{{{name}}}` is none of {}", known.join(", ")));
                }
            });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The text, where it has no placeholders.
    pub(crate) fn fixed(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether it tells the day.
    pub(crate) fn has_date(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Own(Own::Date, _)))
    }

    /// The text; `None` where a placeholder has nothing.
    pub(crate) fn fill(&self, with: Filling<'_>) -> Option<String> {
        // Longer than most; what is too long for it grows.
        let mut out = String::with_capacity(32);
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Slot(slot, letters) => {
                    push(&mut out, with.captures.get(*slot)?.as_deref()?, *letters);
                }
                Part::Own(own, letters) => push(&mut out, own.text(with)?, *letters),
            }
        }
        Some(out)
    }

    /// The text, where all that it needs has been captured in the folders so far.
    pub(crate) fn fill_in_folder(&self, captures: &Captures<'_>) -> Option<String> {
        if self.parts.iter().any(|part| matches!(part, Part::Own(..))) {
            return None;
        }
        self.fill(Filling { captures, path: "", date: "" })
    }
}

impl Own {
    fn text(self, with: Filling<'_>) -> Option<&str> {
        let (folder, file) = with.path.rsplit_once('/').unwrap_or(("", with.path));
        let text = match self {
            Self::File => file,
            Self::Name => match file.rsplit_once('.') {
                Some((name, _)) if !name.is_empty() => name,
                _ => file,
            },
            Self::Folder => folder.rsplit_once('/').map_or(folder, |(_, last)| last),
            Self::Path => with.path,
            Self::Date => with.date,
        };
        (!text.is_empty()).then_some(text)
    }
}

fn push(out: &mut String, text: &str, letters: Letters) {
    match letters {
        Letters::AsTheyAre => out.push_str(text),
        Letters::Upper => out.push_str(&text.to_uppercase()),
        Letters::Lower => out.push_str(&text.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled() {
        let slots = ["station".to_owned(), "year".to_owned()];
        let captures = vec![Some("wtzr".into()), None];
        let with =
            Filling { captures: &captures, path: "2010/182/wtzr1820.10o", date: "2010-07-01" };
        let cases = [
            ("no placeholder", Some("no placeholder")),
            ("{station:upper} of {date}", Some("WTZR of 2010-07-01")),
            ("{file} in {folder}", Some("wtzr1820.10o in 182")),
            ("{name}", Some("wtzr1820")),
            ("{path}", Some("2010/182/wtzr1820.10o")),
            ("{year}", None),
        ];
        for (written, wanted) in cases {
            let template = Template::parse(written, &slots).unwrap();
            assert_eq!(template.fill(with).as_deref(), wanted, "{written}");
        }
    }

    #[test]
    fn a_wrong_placeholder_is_told_with_those_there_are() {
        let slots = ["station".to_owned()];
        let cases = [
            ("{stat}", "`{stat}` is none of station, file, name, folder, path, date"),
            ("{station", "`{station` has a `{` without a `}`"),
            ("{station:up}", "`{station:up}`: `up` is neither `upper` nor `lower`"),
        ];
        for (written, wanted) in cases {
            assert_eq!(Template::parse(written, &slots), Err(wanted.to_owned()));
        }
    }
}
