//! The part of ADQL 2.1 that clients need on sample rows: one table, no joins, no grouping.
//!
//! [`Query::parse`] reads the text; [`super::evaluate`] binds it to a table and
//! runs it. Whatever else ADQL has is refused by name, never half understood.

mod lexer;
mod parser;

use crate::samples::table::Value;

/// Most bytes of a query; a list of some thousand identifiers fits.
pub const LONGEST_QUERY_BYTES: usize = 256 * 1024;

/// Why a query is not answered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// The text is not ADQL.
    #[error("at character {at}: found {found} where {expected} would be right")]
    Syntax {
        /// Counted from 1.
        at: usize,
        /// What stands there.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// ADQL that this sample does not evaluate.
    #[error(
        "this sample of real data does not evaluate {0}; it evaluates SELECT ... FROM one table \
         WHERE ... ORDER BY ... OFFSET"
    )]
    NotEvaluated(String),
    /// No such table.
    #[error("no table `{name}`; this sample has {known}")]
    UnknownTable {
        /// As written.
        name: String,
        /// The names that would be right.
        known: String,
    },
    /// No such column.
    #[error("no column `{name}` in {table}")]
    UnknownColumn {
        /// As written.
        name: String,
        /// The table asked.
        table: String,
    },
    /// A value that cannot be right.
    #[error("{what} is not {expected}")]
    BadValue {
        /// What was found.
        what: String,
        /// What would be right.
        expected: &'static str,
    },
}

/// `SELECT ... FROM ...`
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// SELECT DISTINCT.
    pub distinct: bool,
    /// TOP n.
    pub top: Option<usize>,
    /// `None` for `*`.
    pub items: Option<Vec<Item>>,
    /// Schema and name as written, without quotes.
    pub table: String,
    /// The name that may stand before columns instead of the table's.
    pub alias: Option<String>,
    /// WHERE.
    pub condition: Option<Condition>,
    /// ORDER BY.
    pub order: Vec<Order>,
    /// OFFSET n; 0 if absent.
    pub offset: usize,
}

/// One entry of the select list.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What to show.
    pub expression: Expression,
    /// AS name, as written without quotes.
    pub alias: Option<String>,
}

/// One entry of ORDER BY.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// A column, an alias, or a position counted from 1.
    pub by: Expression,
    /// DESC.
    pub descending: bool,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A constant.
    Literal(Value),
    /// A column; `index` is set when the query is bound to its table.
    Column {
        /// `alias.name` or `name` as written.
        written: String,
        /// Its place in the table.
        index: usize,
    },
    /// `a + b` and its kin.
    Arithmetic(Box<Expression>, Arithmetic, Box<Expression>),
    /// LOWER(text)
    Lower(Box<Expression>),
    /// UPPER(text)
    Upper(Box<Expression>),
    /// DISTANCE(point, point) in degrees.
    Distance(Box<Geometry>, Box<Geometry>),
    /// CONTAINS(inner, outer): 1 or 0.
    Contains(Box<Geometry>, Box<Geometry>),
    /// INTERSECTS(a, b): 1 or 0.
    Intersects(Box<Geometry>, Box<Geometry>),
    /// COUNT(*)
    CountRows,
    /// COUNT, MIN or MAX of a column.
    Aggregate {
        /// Which.
        function: Aggregate,
        /// COUNT(DISTINCT x)
        distinct: bool,
        /// Of what.
        of: Box<Expression>,
    },
}

/// How two numbers are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`; of whole numbers the whole part, as databases do.
    DividedBy,
}

/// A function of all rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// Rows in which it is not null.
    Count,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
}

/// A shape of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Geometry {
    /// POINT(lon, lat)
    Point(Vec<Expression>),
    /// CIRCLE(lon, lat, radius)
    Circle(Vec<Expression>),
    /// BOX(lon, lat, width, height)
    Box(Vec<Expression>),
    /// POLYGON(lon, lat, ...)
    Polygon(Vec<Expression>),
    /// A column of regions such as `s_region`, or REGION('...').
    Region(Box<Expression>),
}

/// A condition: true, false, or unknown where nulls are met.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of them.
    And(Vec<Condition>),
    /// Any of them.
    Or(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
    /// `a < b` and its kin.
    Compare(Expression, Comparison, Expression),
    /// `a BETWEEN low AND high`
    Between(Expression, Expression, Expression),
    /// `a IN (...)`
    In(Expression, Vec<Expression>),
    /// `a LIKE 'p%'`; `any_case` for ILIKE.
    Like {
        /// The text.
        text: Expression,
        /// `%` any characters, `_` one.
        pattern: Expression,
        /// Upper and lower case alike.
        any_case: bool,
    },
    /// `a IS NULL`
    IsNull(Expression),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    ///
    /// [`QueryError::Syntax`] with the place, or [`QueryError::NotEvaluated`]
    /// for ADQL beyond this sample.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.len() > LONGEST_QUERY_BYTES {
            return Err(QueryError::BadValue {
                what: format!("a query of {} bytes", text.len()),
                expected: "at most 256 KiB",
            });
        }
        parser::Parser::new(lexer::tokens(text)?).query()
    }
}

impl Expression {
    /// Whether it is a function of all rows.
    pub fn is_aggregate(&self) -> bool {
        matches!(self, Self::CountRows | Self::Aggregate { .. })
    }

    /// Calls `visit` on every column inside, to bind it.
    pub fn bind(
        &mut self,
        visit: &mut dyn FnMut(&str) -> Result<usize, QueryError>,
    ) -> Result<(), QueryError> {
        match self {
            Self::Literal(_) | Self::CountRows => Ok(()),
            Self::Column { written, index } => {
                *index = visit(written)?;
                Ok(())
            }
            Self::Lower(inner) | Self::Upper(inner) | Self::Aggregate { of: inner, .. } => {
                inner.bind(visit)
            }
            Self::Arithmetic(a, _, b) => {
                a.bind(visit)?;
                b.bind(visit)
            }
            Self::Distance(a, b) | Self::Contains(a, b) | Self::Intersects(a, b) => {
                a.bind(visit)?;
                b.bind(visit)
            }
        }
    }
}

impl Geometry {
    fn bind(
        &mut self,
        visit: &mut dyn FnMut(&str) -> Result<usize, QueryError>,
    ) -> Result<(), QueryError> {
        match self {
            Self::Point(numbers)
            | Self::Circle(numbers)
            | Self::Box(numbers)
            | Self::Polygon(numbers) => numbers.iter_mut().try_for_each(|n| n.bind(visit)),
            Self::Region(text) => text.bind(visit),
        }
    }
}

impl Condition {
    /// Calls `visit` on every column inside, to bind it.
    pub fn bind(
        &mut self,
        visit: &mut dyn FnMut(&str) -> Result<usize, QueryError>,
    ) -> Result<(), QueryError> {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter_mut().try_for_each(|part| part.bind(visit))
            }
            Self::Not(inner) => inner.bind(visit),
            Self::Compare(a, _, b) | Self::Like { text: a, pattern: b, .. } => {
                a.bind(visit)?;
                b.bind(visit)
            }
            Self::Between(a, low, high) => {
                [a, low, high].into_iter().try_for_each(|part| part.bind(visit))
            }
            Self::In(a, list) => {
                a.bind(visit)?;
                list.iter_mut().try_for_each(|part| part.bind(visit))
            }
            Self::IsNull(a) => a.bind(visit),
        }
    }
}
