//! How large a GraphQL request may be, found out before anything is validated or run.
//!
//! Fragments are counted as often as they are used, and each is walked once, so that a document
//! that doubles with every fragment costs no time here and is refused.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    ExecutableDocument, FragmentDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned};

/// Most bytes of the text of a query.
pub(super) const MOST_QUERY_BYTES: usize = 32 * 1024;
/// How deep braces, brackets and parentheses may nest; the parser goes down with them.
const MOST_NESTING: usize = 64;
/// How deep fields may nest.
const MOST_DEPTH: u64 = 12;
/// The same below `__schema` and `__type`, where the usual question of tools goes to 15.
const MOST_SCHEMA_DEPTH: u64 = 20;
/// Most fields that have another name than their own.
const MOST_ALIASES: u64 = 30;
/// Most fields in all.
const MOST_FIELDS: u64 = 2_000;
/// Most changes of one request.
const MOST_CHANGES: u64 = 10;
/// Most directives of one request.
const MOST_ALL_DIRECTIVES: u64 = 50;
/// Most directives of one field.
pub(super) const MOST_DIRECTIVES: usize = 5;
/// Most operations of one document.
const MOST_OPERATIONS: usize = 10;

/// What a part of a document adds up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shape {
    depth: u64,
    schema_depth: u64,
    fields: u64,
    aliases: u64,
    directives: u64,
}

impl Shape {
    /// Beside another part.
    fn and(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            schema_depth: self.schema_depth.max(other.schema_depth),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
        }
    }
}

/// Checks the text of a query before it is parsed.
///
/// # Errors
///
/// Words for whoever wrote it.
pub(super) fn check_text(query: &str) -> Result<(), String> {
    if query.len() > MOST_QUERY_BYTES {
        let bytes = query.len();
        return Err(format!("the query has {bytes} bytes; at most {MOST_QUERY_BYTES} are taken"));
    }
    if nests_too_deep(query) {
        return Err(format!("the query nests deeper than {MOST_NESTING} braces and brackets"));
    }
    Ok(())
}

/// Checks a query that was parsed.
///
/// # Errors
///
/// Words for whoever wrote it.
pub(super) fn check(document: &ExecutableDocument) -> Result<(), String> {
    if document.operations.iter().count() > MOST_OPERATIONS {
        return Err(format!("the document has more than {MOST_OPERATIONS} operations"));
    }
    let mut walk =
        Walk { fragments: &document.fragments, known: HashMap::new(), open: HashSet::new() };
    for (_, operation) in document.operations.iter() {
        let set = &operation.node.selection_set.node;
        let own = Shape { directives: operation.node.directives.len() as u64, ..Shape::default() };
        let shape = walk.set(set)?.and(own);
        let limits = [
            ("levels of fields", shape.depth, MOST_DEPTH),
            ("levels of fields of the schema", shape.schema_depth, MOST_SCHEMA_DEPTH),
            ("fields", shape.fields, MOST_FIELDS),
            ("aliases", shape.aliases, MOST_ALIASES),
            ("directives", shape.directives, MOST_ALL_DIRECTIVES),
        ];
        for (what, found, most) in limits {
            if found > most {
                return Err(format!("the query has {found} {what}; at most {most} are taken"));
            }
        }
        let changes = match operation.node.ty {
            OperationType::Mutation => set.items.len() as u64,
            OperationType::Query | OperationType::Subscription => 0,
        };
        // Fragments at the root of a mutation count with what is in them.
        if operation.node.ty == OperationType::Mutation
            && (changes > MOST_CHANGES || walk.at_root(set) > MOST_CHANGES)
        {
            return Err(format!("one request makes at most {MOST_CHANGES} changes"));
        }
    }
    Ok(())
}

struct Walk<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    known: HashMap<&'a str, Shape>,
    /// Fragments that are being walked: one that comes again holds itself.
    open: HashSet<&'a str>,
}

impl<'a> Walk<'a> {
    fn set(&mut self, set: &'a SelectionSet) -> Result<Shape, String> {
        let mut all = Shape::default();
        for selection in &set.items {
            let inner = match &selection.node {
                Selection::Field(field) => {
                    let inner = self.set(&field.node.selection_set.node)?;
                    let depth = inner.depth + 1;
                    // What is below is counted by the limit of the schema.
                    let of_schema = matches!(field.node.name.node.as_str(), "__schema" | "__type");
                    Shape {
                        depth: if of_schema { 1 } else { depth },
                        schema_depth: if of_schema { depth } else { inner.schema_depth },
                        fields: inner.fields.saturating_add(1),
                        aliases: inner
                            .aliases
                            .saturating_add(u64::from(field.node.alias.is_some())),
                        ..inner
                    }
                }
                Selection::InlineFragment(fragment) => {
                    self.set(&fragment.node.selection_set.node)?
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node)?
                }
            };
            let own =
                Shape { directives: selection.node.directives().len() as u64, ..Shape::default() };
            all = all.and(inner).and(own);
        }
        Ok(all)
    }

    fn fragment(&mut self, name: &str) -> Result<Shape, String> {
        // One that is not there is refused by validation, in its words.
        let Some((name, fragment)) = self.fragments.get_key_value(name) else {
            return Ok(Shape::default());
        };
        if let Some(shape) = self.known.get(name.as_str()) {
            return Ok(*shape);
        }
        if !self.open.insert(name) {
            return Err(format!("the fragment `{name}` holds itself"));
        }
        let shape = self.set(&fragment.node.selection_set.node)?;
        self.open.remove(name.as_str());
        self.known.insert(name, shape);
        Ok(shape)
    }

    /// Fields at the top of a set, those of fragments with them; no more than is needed to know.
    fn at_root(&self, set: &SelectionSet) -> u64 {
        let mut fields = 0_u64;
        for selection in &set.items {
            fields = fields.saturating_add(match &selection.node {
                Selection::Field(_) => 1,
                Selection::InlineFragment(inner) => self.at_root(&inner.node.selection_set.node),
                Selection::FragmentSpread(spread) => self
                    .fragments
                    .get(&spread.node.fragment_name.node)
                    .map_or(0, |inner| self.at_root(&inner.node.selection_set.node)),
            });
            if fields > MOST_CHANGES {
                return fields;
            }
        }
        fields
    }
}

/// Whether braces, brackets and parentheses nest too deep, strings and comments left out.
fn nests_too_deep(query: &str) -> bool {
    let mut depth = 0_usize;
    let mut rest = query;
    while let Some(letter) = rest.chars().next() {
        rest = match letter {
            '"' => after_string(rest),
            '#' => rest.split_once(['\n', '\r']).map_or("", |(_, behind)| behind),
            _ => {
                match letter {
                    '{' | '[' | '(' => depth += 1,
                    '}' | ']' | ')' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if depth > MOST_NESTING {
                    return true;
                }
                &rest[letter.len_utf8()..]
            }
        };
    }
    false
}

/// What comes behind the string that `text` begins with; nothing, of one that does not end.
fn after_string(text: &str) -> &str {
    let block = text.starts_with("\"\"\"");
    let (mark, escape) = if block { ("\"\"\"", "\\\"\"\"") } else { ("\"", "\\") };
    let mut rest = &text[mark.len()..];
    loop {
        let end = rest.find(mark);
        let escaped = rest.find(escape);
        match (end, escaped) {
            (Some(end), Some(escaped)) if escaped < end => {
                // A block string escapes three marks at once, another one any character.
                let length = match block {
                    true => escape.len(),
                    false => 1 + rest[escaped + 1..].chars().next().map_or(0, char::len_utf8),
                };
                rest = &rest[escaped + length..];
            }
            (Some(end), _) => return &rest[end + mark.len()..],
            (None, _) => return "",
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::{check, check_text, nests_too_deep};

    fn said(query: &str) -> String {
        let found = check_text(query).and_then(|()| check(&parse_query(query).unwrap()));
        found.err().unwrap_or_default()
    }

    #[test]
    fn what_costs_too_much_is_refused_before_it_is_validated() {
        let deep = |levels| format!("{{{}a{}", "a{".repeat(levels), "}".repeat(levels + 1));
        let aliases = |count| {
            (0..count).fold(String::new(), |all, i| format!("{all} a{i}: datalabs {{ id }}"))
        };
        let changes = |count| {
            (0..count).fold(String::new(), |all, i| format!("{all} a{i}: destroyDatalab {{ cid }}"))
        };
        let doubling = (0..40).fold("{ ...f0 }".to_owned(), |all, i| {
            format!("{all} fragment f{i} on Query {{ ...f{j} ...f{j} a }}", j = i + 1)
        }) + " fragment f40 on Query { a }";
        let cases = [
            ("twelve deep", deep(11), ""),
            ("thirteen deep", deep(12), "the query has 13 levels of fields; at most 12 are taken"),
            (
                "nested without end",
                deep(5_000),
                "the query nests deeper than 64 braces and brackets",
            ),
            ("thirty aliases", format!("{{ {} }}", aliases(30)), ""),
            (
                "thirty-one aliases",
                format!("{{ {} }}", aliases(31)),
                "the query has 31 aliases; at most 30 are taken",
            ),
            ("ten changes", format!("mutation {{ {} }}", changes(10)), ""),
            (
                "eleven changes",
                format!("mutation {{ {} }}", changes(11)),
                "one request makes at most 10 changes",
            ),
            (
                "changes in fragments",
                format!("mutation {{ ...a ...a }} fragment a on Mutation {{ {} }}", changes(6)),
                "one request makes at most 10 changes",
            ),
            (
                "directives",
                format!("{{ a {} }}", "@include(if: true) ".repeat(51)),
                "the query has 51 directives; at most 50 are taken",
            ),
            (
                "a fragment that holds itself",
                "{ ...a } fragment a on Query { b { ...a } }".to_owned(),
                "the fragment `a` holds itself",
            ),
            (
                "the usual question of tools",
                format!(
                    "{{ __schema {{ types {{ fields {{ type {} a {} }} }} }} }}",
                    "{ ofType ".repeat(9) + "{",
                    "}".repeat(10)
                ),
                "",
            ),
        ];
        for (name, query, expected) in cases {
            assert_eq!(said(&query), expected, "case: {name}");
        }
        let words = said(&doubling);
        assert!(words.contains("fields; at most 2000 are taken"), "{words}");
    }

    #[test]
    fn braces_in_strings_and_comments_do_not_nest() {
        let many = "{".repeat(100);
        let cases = [
            ("in a string", format!("{{ a(b: \"{many}\") }}"), false),
            ("behind an escaped quote", format!("{{ a(b: \"\\\"{many}\") }}"), false),
            ("behind an escaped backslash", format!("{{ a(b: \"\\\\\") {many}"), true),
            ("in a block", format!("{{ a(b: \"\"\"\"{many}\"\"\") }}"), false),
            (
                "behind an escaped end of a block",
                format!("{{ a(b: \"\"\"\\\"\"\"{many}\"\"\") }}"),
                false,
            ),
            ("in a comment", format!("{{ a # {many}\n }}"), false),
            ("behind a comment", format!("{{ a # x\n {many}"), true),
            ("in a string without an end", format!("{{ a(b: \"{many}"), false),
        ];
        for (name, query, expected) in cases {
            assert_eq!(nests_too_deep(&query), expected, "case: {name}");
        }
    }
}
