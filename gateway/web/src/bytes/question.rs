//! The query string of a download.

use archway_core::Error;
use archway_core::delivery::Question;

use crate::parameters::Parameters;

/// Begins the name of every parameter for a service.
const SERVICE: &str = "param.";
const KNOWN: [&str; 3] = ["distribution", "decode", "redirect"];
/// Most encodings inside each other; no archive has more than two.
const MOST_ENCODINGS: usize = 8;

/// What was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) question: Question,
    /// Whether a redirect will do.
    pub(super) redirect: bool,
}

/// Reads a query string.
///
/// # Errors
///
/// [`Error::BadRequest`] for a name that there is not, or a value that is none.
pub(super) fn of_query(query: Option<&str>) -> Result<Asked, Error> {
    let all = Parameters::of_query(query);
    let (service, own): (Vec<_>, Vec<_>) = all
        .pairs()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .partition(|(name, _)| name.strip_prefix(SERVICE).is_some_and(|name| !name.is_empty()));
    let own = Parameters::of_pairs(own);
    own.refuse_unknown(&KNOWN)?;
    if let Some((facet, _)) = own.pairs().find(|(name, _)| !KNOWN.contains(name)) {
        return Err(Error::bad_request(facet, "is for searches, and this is a download"));
    }
    let decode: Vec<String> = own
        .one("decode")?
        .into_iter()
        .flat_map(|text| text.split(','))
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect();
    if decode.len() > MOST_ENCODINGS {
        let words = format!("{} encodings; at most {MOST_ENCODINGS} are taken off", decode.len());
        return Err(Error::bad_request("decode", words));
    }
    let redirect = match own.one("redirect")? {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            let words = format!("`{other}` is neither true nor false");
            return Err(Error::bad_request("redirect", words));
        }
    };
    let parameters = service.into_iter().map(|(name, value)| {
        let name = name.strip_prefix(SERVICE).unwrap_or(&name).to_owned();
        (name, value)
    });
    let question = Question {
        distribution: own.one("distribution")?.map(str::to_owned),
        decode,
        parameters: parameters.collect(),
    };
    Ok(Asked { question, redirect })
}

#[cfg(test)]
mod tests {
    use super::of_query;

    #[test]
    fn a_query_is_read_and_what_is_wrong_is_named() {
        let said = |query: &str| match of_query(Some(query)) {
            Ok(asked) => {
                let question = asked.question;
                format!(
                    "{:?} {:?} {:?} {}",
                    question.distribution, question.decode, question.parameters, asked.redirect
                )
            }
            Err(error) => error.to_string(),
        };
        let cases = [
            ("", r#"None [] [] false"#),
            (
                "distribution=a%2Fb&decode=gzip,%20hatanaka&redirect=true",
                r#"Some("a/b") ["gzip", "hatanaka"] [] true"#,
            ),
            (
                "param.POS=CIRCLE+1+2+3&param.ID=x",
                r#"None [] [("POS", "CIRCLE 1 2 3"), ("ID", "x")] false"#,
            ),
            ("redirect=yes", "redirect: `yes` is neither true nor false"),
            ("decod=gzip", "decod: is no parameter of this request; did you mean `decode`?"),
            (
                "distribution=a&distribution=b",
                "distribution: is given twice, `a` and `b`; give it once",
            ),
            ("facet.mission=x", "facet.mission: is for searches, and this is a download"),
        ];
        for (query, expected) in cases {
            assert_eq!(said(query), expected, "case: {query}");
        }
    }
}
