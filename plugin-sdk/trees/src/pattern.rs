//! Path patterns: what an operator writes to say which files a rule is for.
//!
//! Rules: a pattern is matched name by name, so that a walk knows in every folder which
//! patterns can still match something below it, and what they have captured so far.
//! The README says precisely what each placeholder matches.

use std::borrow::Cow;
use std::ops::RangeInclusive;

/// What the placeholders of one pattern have matched so far, by slot; parts of the names that
/// were matched, unless they are kept.
pub(crate) type Captures<'t> = Vec<Option<Cow<'t, str>>>;

/// The same captures, for as long as those are there.
pub(crate) fn lent<'t>(captures: &'t Captures<'_>) -> Captures<'t> {
    captures.iter().map(|text| text.as_deref().map(Cow::Borrowed)).collect()
}

/// The same captures, to be kept.
pub(crate) fn kept(captures: Captures<'_>) -> Captures<'static> {
    captures.into_iter().map(|text| text.map(|text| Cow::Owned(text.into_owned()))).collect()
}

/// More parts without a length of their own make a name too dear to match.
const MOST_OPEN: usize = 6;
/// Steps after which a name is taken not to match.
const MOST_STEPS: u32 = 20_000;

/// A pattern, ready to be matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// The last one is always of names.
    pub(crate) segments: Vec<Segment>,
    /// Names of the placeholders, by slot.
    pub(crate) slots: Vec<String>,
    ignore_case: bool,
}

/// What stands between two slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// `**`: any number of folders, including none.
    Folders,
    /// One name.
    Name(Vec<Token>),
}

/// A part of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// Itself.
    Text(String),
    /// `*`: any characters, including none.
    Any,
    /// `?`: one character.
    One,
    /// A placeholder.
    Capture { slot: usize, class: Class },
}

/// What a placeholder matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// One character or more.
    Open,
    /// So many characters.
    Exactly(usize),
    /// One digit or more.
    Digits,
    /// One letter of ASCII or more.
    Letters,
    /// One of these.
    OneOf(Vec<String>),
    /// So many digits, with a value in this range.
    Number(usize, RangeInclusive<u32>),
}

/// Three letters of a month, in English.
const MONTHS: &str = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec";

/// What the placeholders that stand for parts of a date match.
fn date_class(name: &str) -> Option<Class> {
    Some(match name {
        "year" => Class::Number(4, 1000..=2999),
        "yy" => Class::Number(2, 0..=99),
        "month" => Class::Number(2, 1..=12),
        "mon" => Class::OneOf(MONTHS.split('|').map(str::to_owned).collect()),
        "day" => Class::Number(2, 1..=31),
        "doy" => Class::Number(3, 1..=366),
        "week" => Class::Number(4, 0..=9999),
        "dow" => Class::Number(1, 0..=7),
        "hour" => Class::Number(2, 0..=23),
        "minute" => Class::Number(2, 0..=59),
        "second" => Class::Number(2, 0..=60),
        _ => return None,
    })
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for the operator.
    pub(crate) fn parse(written: &str, ignore_case: bool) -> Result<Self, String> {
        let mut pattern = Self { segments: Vec::new(), slots: Vec::new(), ignore_case };
        for segment in written.trim_matches('/').split('/') {
            match segment {
                "" => return Err(format!("`{written}` has an empty name in it")),
                "." | ".." => return Err(format!("`{written}` holds `{segment}`")),
                "**" if pattern.segments.last() == Some(&Segment::Folders) => {}
                "**" => pattern.segments.push(Segment::Folders),
                name => {
                    let tokens = pattern.tokens(name)?;
                    pattern.segments.push(Segment::Name(tokens));
                }
            }
        }
        if pattern.segments.last() == Some(&Segment::Folders) {
            pattern.segments.push(Segment::Name(vec![Token::Any]));
        }
        Ok(pattern)
    }

    fn tokens(&mut self, name: &str) -> Result<Vec<Token>, String> {
        let mut tokens = Vec::new();
        let mut text = String::new();
        let mut rest = name;
        while let Some(next) = rest.chars().next() {
            let token = match next {
                '*' if rest.starts_with("**") => {
                    return Err(format!("`**` in `{name}` must stand alone between slashes"));
                }
                '*' => Token::Any,
                '?' => Token::One,
                '}' => return Err(format!("`{name}` has a `}}` without a `{{`")),
                '{' => {
                    let Some((inside, after)) = rest[1..].split_once('}') else {
                        return Err(format!("`{name}` has a `{{` without a `}}`"));
                    };
                    rest = after;
                    let token = self.capture(inside)?;
                    push_text(&mut tokens, &mut text);
                    tokens.push(token);
                    continue;
                }
                other => {
                    text.push(other);
                    rest = &rest[other.len_utf8()..];
                    continue;
                }
            };
            rest = &rest[1..];
            push_text(&mut tokens, &mut text);
            if token != Token::Any || tokens.last() != Some(&Token::Any) {
                tokens.push(token);
            }
        }
        push_text(&mut tokens, &mut text);
        let open = tokens.iter().filter(|token| token.is_open()).count();
        if open > MOST_OPEN {
            return Err(format!(
                "`{name}` has {open} parts of no fixed length; at most {MOST_OPEN} can be told apart"
            ));
        }
        Ok(tokens)
    }

    fn capture(&mut self, inside: &str) -> Result<Token, String> {
        let (name, class) = match inside.split_once(':') {
            None => (inside, date_class(inside).unwrap_or(Class::Open)),
            Some((name, _)) if date_class(name).is_some() => {
                return Err(format!("`{{{inside}}}`: {name} has its own form, leave out the rest"));
            }
            Some((name, class)) => (name, written_class(class, inside)?),
        };
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(good) {
            return Err(format!(
                "`{{{inside}}}`: a placeholder's name has lower-case letters, digits, `-` and `_` only"
            ));
        }
        let slot = match self.slots.iter().position(|known| known == name) {
            Some(slot) => slot,
            None => {
                self.slots.push(name.to_owned());
                self.slots.len() - 1
            }
        };
        Ok(Token::Capture { slot, class })
    }

    /// Numbers the placeholders anew, those of these names first.
    pub(crate) fn lead_with(&mut self, names: &[String]) {
        let mut slots = names.to_vec();
        slots.extend(self.slots.iter().filter(|slot| !names.contains(slot)).cloned());
        let old = std::mem::replace(&mut self.slots, slots);
        let renumber = |slot: usize| {
            let name = old.get(slot);
            self.slots.iter().position(|new| Some(new) == name).unwrap_or(slot)
        };
        for segment in &mut self.segments {
            let Segment::Name(tokens) = segment else { continue };
            for token in tokens {
                if let Token::Capture { slot, .. } = token {
                    *slot = renumber(*slot);
                }
            }
        }
    }

    /// Nothing captured yet.
    pub(crate) fn nothing(&self) -> Captures<'static> {
        vec![None; self.slots.len()]
    }

    /// Whether the segment at `at` matches the name; what it captures is added.
    pub(crate) fn matches<'t>(
        &self,
        at: usize,
        name: &'t str,
        captures: &mut Captures<'t>,
    ) -> bool {
        let Some(Segment::Name(tokens)) = self.segments.get(at) else { return false };
        let mut matching = Matching { ignore_case: self.ignore_case, captures, steps: 0 };
        matching.go(tokens, name)
    }

    /// Whether the segment at `at` is the one for files.
    pub(crate) fn is_last(&self, at: usize) -> bool {
        at + 1 == self.segments.len()
    }
}

fn push_text(tokens: &mut Vec<Token>, text: &mut String) {
    if !text.is_empty() {
        tokens.push(Token::Text(std::mem::take(text)));
    }
}

fn written_class(class: &str, inside: &str) -> Result<Class, String> {
    match class {
        "digits" => Ok(Class::Digits),
        "letters" => Ok(Class::Letters),
        several if several.contains('|') => {
            let words: Vec<_> = several.split('|').map(str::to_owned).collect();
            if words.iter().any(String::is_empty) {
                return Err(format!("`{{{inside}}}` has an empty word among its choices"));
            }
            Ok(Class::OneOf(words))
        }
        number => match number.parse() {
            Ok(length @ 1..=255) => Ok(Class::Exactly(length)),
            _ => Err(format!(
                "`{{{inside}}}`: behind the colon stands a length of 1 to 255, `digits`, `letters`, or words with `|` between"
            )),
        },
    }
}

impl Token {
    fn is_open(&self) -> bool {
        match self {
            Self::Any => true,
            Self::Capture { class, .. } => {
                matches!(class, Class::Open | Class::Digits | Class::Letters)
            }
            Self::Text(_) | Self::One => false,
        }
    }
}

struct Matching<'m, 't> {
    ignore_case: bool,
    captures: &'m mut Captures<'t>,
    steps: u32,
}

impl<'t> Matching<'_, 't> {
    fn go(&mut self, tokens: &[Token], text: &'t str) -> bool {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return false;
        }
        let Some((token, rest)) = tokens.split_first() else { return text.is_empty() };
        match token {
            Token::Text(wanted) => match self.after(text, wanted) {
                Some(after) => self.go(rest, after),
                None => false,
            },
            Token::One => {
                let mut chars = text.chars();
                chars.next().is_some() && self.go(rest, chars.as_str())
            }
            Token::Any if rest.is_empty() => true,
            Token::Any => boundaries(text).any(|at| self.go(rest, text.get(at..).unwrap_or(""))),
            Token::Capture { slot, class } => self.capture(*slot, class, rest, text),
        }
    }

    fn capture(&mut self, slot: usize, class: &Class, rest: &[Token], text: &'t str) -> bool {
        // What was captured before, in this name or a folder above, must come again.
        if let Some(Some(before)) = self.captures.get(slot) {
            return match self.after(text, before) {
                Some(after) => self.go(rest, after),
                None => false,
            };
        }
        match class {
            Class::Open => self.any_length(slot, rest, text, |_| true),
            Class::Digits => self.any_length(slot, rest, text, |c| c.is_ascii_digit()),
            Class::Letters => self.any_length(slot, rest, text, |c| c.is_ascii_alphabetic()),
            Class::Exactly(length) => match boundaries(text).nth(*length) {
                Some(at) => self.take(slot, at, rest, text),
                None => false,
            },
            Class::OneOf(words) => words.iter().any(|word| match self.after(text, word) {
                Some(after) => self.take(slot, text.len() - after.len(), rest, text),
                None => false,
            }),
            Class::Number(digits, range) => {
                let number = text.get(..*digits).filter(|t| t.bytes().all(|b| b.is_ascii_digit()));
                match number.and_then(|t| t.parse().ok()) {
                    Some(number) if range.contains(&number) => self.take(slot, *digits, rest, text),
                    _ => false,
                }
            }
        }
    }

    /// The shortest first.
    fn any_length(
        &mut self,
        slot: usize,
        rest: &[Token],
        text: &'t str,
        good: impl Fn(char) -> bool,
    ) -> bool {
        if rest.is_empty() {
            return !text.is_empty()
                && text.chars().all(good)
                && self.take(slot, text.len(), rest, text);
        }
        for (at, c) in text.char_indices() {
            if !good(c) {
                return false;
            }
            if self.take(slot, at + c.len_utf8(), rest, text) {
                return true;
            }
        }
        false
    }

    fn take(&mut self, slot: usize, length: usize, rest: &[Token], text: &'t str) -> bool {
        let (Some(taken), Some(after)) = (text.get(..length), text.get(length..)) else {
            return false;
        };
        // What follows may need the capture only where the placeholder comes again.
        let again = rest.iter().any(|t| matches!(t, Token::Capture { slot: s, .. } if *s == slot));
        if again && let Some(place) = self.captures.get_mut(slot) {
            *place = Some(Cow::Borrowed(taken));
        }
        let matched = self.go(rest, after);
        if let Some(place) = self.captures.get_mut(slot) {
            *place = matched.then_some(Cow::Borrowed(taken));
        }
        matched
    }

    fn after(&self, text: &'t str, wanted: &str) -> Option<&'t str> {
        if !self.ignore_case {
            return text.strip_prefix(wanted);
        }
        let start = text.get(..wanted.len())?;
        if start.eq_ignore_ascii_case(wanted) { text.get(wanted.len()..) } else { None }
    }
}

/// Where a text can be cut, its two ends included.
fn boundaries(text: &str) -> impl Iterator<Item = usize> + '_ {
    text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len()))
}

#[cfg(test)]
mod tests;
