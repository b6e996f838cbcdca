//! Text to tokens: words, delimited identifiers, strings, numbers and signs.

use super::QueryError;

/// A piece of a query and where it starts, counted in characters from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A regular identifier or a keyword, as written.
    Word(String),
    /// A delimited identifier, with its quotes.
    Delimited(String),
    /// A string, without its quotes.
    Text(String),
    /// A number, as written.
    Number(String),
    /// An operator or a bracket.
    Sign(&'static str),
    /// The end of the query.
    End,
}

/// Longest first, so that `<=` is not `<` and `=`.
const SIGNS: [&str; 17] =
    ["<>", "!=", "<=", ">=", "||", "<", ">", "=", "(", ")", ",", ".", "*", "+", "-", "/", ";"];

/// Splits a query. The last token is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&first) = chars.get(at) {
        let rest = chars.get(at..).unwrap_or_default();
        let (kind, length) = if first.is_whitespace() {
            at += 1;
            continue;
        } else if rest.starts_with(&['-', '-']) {
            at += rest.iter().take_while(|&&c| c != '\n').count();
            continue;
        } else if first.is_ascii_alphabetic() {
            let word: String =
                rest.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
            let length = word.len();
            (Kind::Word(word), length)
        } else if first == '\'' || first == '"' {
            quoted(rest, first).ok_or(QueryError::Syntax {
                at: at + 1,
                found: "a quote that is never closed".into(),
                expected: "its other end",
            })?
        } else if first.is_ascii_digit()
            || (first == '.' && rest.get(1).is_some_and(char::is_ascii_digit))
        {
            let number = number(rest);
            let length = number.len();
            (Kind::Number(number), length)
        } else if let Some(sign) =
            SIGNS.iter().find(|sign| sign.chars().eq(rest.iter().copied().take(sign.len())))
        {
            (Kind::Sign(sign), sign.len())
        } else {
            return Err(QueryError::Syntax {
                at: at + 1,
                found: format!("`{first}`"),
                expected: "a character of ADQL",
            });
        };
        tokens.push(Token { at: at + 1, kind });
        at += length;
    }
    tokens.push(Token { at: at + 1, kind: Kind::End });
    Ok(tokens)
}

/// A quoted piece and its length; a doubled quote stands for one.
fn quoted(rest: &[char], quote: char) -> Option<(Kind, usize)> {
    let mut text = String::new();
    let mut at = 1;
    loop {
        let c = *rest.get(at)?;
        if c != quote {
            text.push(c);
            at += 1;
        } else if rest.get(at + 1) == Some(&quote) {
            text.push(quote);
            at += 2;
        } else {
            let kind = match quote {
                '"' => Kind::Delimited(format!("\"{text}\"")),
                _ => Kind::Text(text),
            };
            return Some((kind, at + 1));
        }
    }
}

fn number(rest: &[char]) -> String {
    let mut text = String::new();
    for (at, &c) in rest.iter().enumerate() {
        let exponent = text.ends_with(['e', 'E']);
        let begins_exponent = matches!(c, 'e' | 'E')
            && !text.contains(['e', 'E'])
            && rest
                .get(at + 1)
                .is_some_and(|next| next.is_ascii_digit() || matches!(next, '+' | '-'));
        let point = c == '.' && !text.contains(['.', 'e', 'E']);
        if c.is_ascii_digit() || point || begins_exponent || (exponent && matches!(c, '+' | '-')) {
            text.push(c);
        } else {
            break;
        }
    }
    text
}
