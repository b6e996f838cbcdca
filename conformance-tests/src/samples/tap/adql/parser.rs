//! Tokens to a [`Query`], by recursive descent of bounded depth.

use super::lexer::{Kind, Token};
use super::{
    Aggregate, Arithmetic, Comparison, Condition, Expression, Geometry, Item, Order, Query,
    QueryError,
};
use crate::samples::table::Value;

/// Deepest nesting of brackets, NOTs and calls; the call stack stays small.
const DEEPEST: usize = 50;

/// Most arithmetic in a query; a chain of operators is a tree as deep as it is long.
const MOST_OPERATORS: usize = 200;

/// Words that end a name list, so that they are no alias.
const CLAUSES: [&str; 17] = [
    "WHERE",
    "ORDER",
    "OFFSET",
    "GROUP",
    "HAVING",
    "FROM",
    "JOIN",
    "NATURAL",
    "INNER",
    "LEFT",
    "RIGHT",
    "FULL",
    "UNION",
    "CROSS",
    "EXCEPT",
    "INTERSECT",
    "LIMIT",
];

pub(super) struct Parser {
    tokens: Vec<Token>,
    /// The token to be read next.
    next: usize,
    depth: usize,
    operators: usize,
}

impl Parser {
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        Self { tokens, next: 0, depth: 0, operators: 0 }
    }

    pub(super) fn query(mut self) -> Result<Query, QueryError> {
        if self.word("WITH") {
            return Err(QueryError::NotEvaluated("WITH".into()));
        }
        self.need_word("SELECT", "SELECT")?;
        let distinct = self.word("DISTINCT");
        self.word("ALL");
        let top = if self.word("TOP") { Some(self.count()?) } else { None };
        let items = if self.sign("*") { None } else { Some(self.list(Self::item)?) };
        self.need_word("FROM", "`,` or FROM")?;
        let table = self.table_name()?;
        let alias = self.alias()?;
        self.refuse_clauses()?;
        let condition = if self.word("WHERE") { Some(self.condition()?) } else { None };
        self.refuse_clauses()?;
        let order = if self.word("ORDER") {
            self.need_word("BY", "BY")?;
            self.list(Self::order)?
        } else {
            Vec::new()
        };
        let offset = if self.word("OFFSET") { self.count()? } else { 0 };
        self.sign(";");
        match self.peek() {
            Kind::End => Ok(Query { distinct, top, items, table, alias, condition, order, offset }),
            Kind::Word(word) if word.eq_ignore_ascii_case("LIMIT") => {
                Err(QueryError::NotEvaluated("LIMIT, which is not ADQL (use TOP)".into()))
            }
            _ => Err(self.unexpected("AND, OR, ORDER BY, OFFSET or the end")),
        }
    }

    /// Names the clause that is ADQL but beyond this sample.
    fn refuse_clauses(&mut self) -> Result<(), QueryError> {
        let what = match self.peek() {
            Kind::Sign(",") => "a second table",
            Kind::Word(word) => match word.to_ascii_uppercase().as_str() {
                "JOIN" | "NATURAL" | "INNER" | "LEFT" | "RIGHT" | "FULL" | "CROSS" => "JOIN",
                "GROUP" => "GROUP BY",
                "HAVING" => "HAVING",
                "UNION" | "EXCEPT" | "INTERSECT" => "set operations",
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        Err(QueryError::NotEvaluated(what.into()))
    }

    fn table_name(&mut self) -> Result<String, QueryError> {
        if matches!(self.peek(), Kind::Sign("(")) {
            return Err(QueryError::NotEvaluated("a sub-query".into()));
        }
        let mut name = self.identifier("a table name")?.trim_matches('"').to_owned();
        while self.sign(".") {
            name = format!("{name}.{}", self.identifier("a table name")?.trim_matches('"'));
        }
        Ok(name)
    }

    fn item(&mut self) -> Result<Item, QueryError> {
        let expression = self.expression()?;
        Ok(Item { expression, alias: self.alias()? })
    }

    fn alias(&mut self) -> Result<Option<String>, QueryError> {
        if self.word("AS") {
            return self.identifier("a name").map(|name| Some(name.trim_matches('"').to_owned()));
        }
        match self.peek() {
            Kind::Delimited(_) => {}
            Kind::Word(word) if !CLAUSES.iter().any(|c| word.eq_ignore_ascii_case(c)) => {}
            _ => return Ok(None),
        }
        self.identifier("a name").map(|name| Some(name.trim_matches('"').to_owned()))
    }

    fn order(&mut self) -> Result<Order, QueryError> {
        let by = self.expression()?;
        let descending = self.word("DESC");
        if !descending {
            self.word("ASC");
        }
        Ok(Order { by, descending })
    }

    fn condition(&mut self) -> Result<Condition, QueryError> {
        let mut parts = vec![self.conjunction()?];
        while self.word("OR") {
            parts.push(self.conjunction()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Or(parts) })
    }

    fn conjunction(&mut self) -> Result<Condition, QueryError> {
        let mut parts = vec![self.negation()?];
        while self.word("AND") {
            parts.push(self.negation()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::And(parts) })
    }

    fn negation(&mut self) -> Result<Condition, QueryError> {
        self.deeper()?;
        let condition = if self.word("NOT") {
            Condition::Not(Box::new(self.negation()?))
        } else if self.brackets_a_condition() {
            self.next += 1;
            let inner = self.condition()?;
            self.need_sign(")", "`)`")?;
            inner
        } else if self.word("EXISTS") {
            return Err(QueryError::NotEvaluated("EXISTS".into()));
        } else {
            self.predicate()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn predicate(&mut self) -> Result<Condition, QueryError> {
        let left = self.expression()?;
        if self.word("IS") {
            let not = self.word("NOT");
            self.need_word("NULL", "NULL")?;
            return Ok(negated(Condition::IsNull(left), not));
        }
        let not = self.word("NOT");
        let condition = if self.word("BETWEEN") {
            let low = self.expression()?;
            self.need_word("AND", "AND")?;
            Condition::Between(left, low, self.expression()?)
        } else if self.word("IN") {
            self.need_sign("(", "`(`")?;
            if matches!(self.peek(), Kind::Word(w) if w.eq_ignore_ascii_case("SELECT")) {
                return Err(QueryError::NotEvaluated("a sub-query".into()));
            }
            let list = self.list(Self::expression)?;
            self.need_sign(")", "`,` or `)`")?;
            Condition::In(left, list)
        } else if self.word("LIKE") {
            Condition::Like { text: left, pattern: self.expression()?, any_case: false }
        } else if self.word("ILIKE") {
            Condition::Like { text: left, pattern: self.expression()?, any_case: true }
        } else if not {
            return Err(self.unexpected("BETWEEN, IN or LIKE"));
        } else {
            let comparison = self.comparison()?;
            return Ok(Condition::Compare(left, comparison, self.expression()?));
        };
        Ok(negated(condition, not))
    }

    fn comparison(&mut self) -> Result<Comparison, QueryError> {
        let comparison = match self.peek() {
            Kind::Sign("=") => Comparison::Equal,
            Kind::Sign("<>" | "!=") => Comparison::NotEqual,
            Kind::Sign("<") => Comparison::Less,
            Kind::Sign("<=") => Comparison::LessOrEqual,
            Kind::Sign(">") => Comparison::Greater,
            Kind::Sign(">=") => Comparison::GreaterOrEqual,
            _ => return Err(self.unexpected("a comparison")),
        };
        self.next += 1;
        Ok(comparison)
    }

    /// Whether a condition in brackets comes next, not the brackets of an
    /// expression: then the closing one is followed by an operator.
    fn brackets_a_condition(&self) -> bool {
        if !matches!(self.peek(), Kind::Sign("(")) {
            return false;
        }
        let mut open = 0_usize;
        let mut tokens = self.tokens.iter().skip(self.next);
        for token in tokens.by_ref() {
            match token.kind {
                Kind::Sign("(") => open += 1,
                Kind::Sign(")") => open -= 1,
                _ => {}
            }
            if open == 0 {
                break;
            }
        }
        match tokens.next().map(|token| &token.kind) {
            Some(Kind::Sign(sign)) => matches!(*sign, ")" | ";"),
            Some(Kind::Word(word)) => !["IS", "NOT", "BETWEEN", "IN", "LIKE", "ILIKE"]
                .iter()
                .any(|operator| word.eq_ignore_ascii_case(operator)),
            _ => true,
        }
    }

    fn expression(&mut self) -> Result<Expression, QueryError> {
        self.deeper()?;
        let mut left = self.term()?;
        loop {
            let operator = match self.peek() {
                Kind::Sign("+") => Arithmetic::Plus,
                Kind::Sign("-") => Arithmetic::Minus,
                Kind::Sign("||") => {
                    return Err(QueryError::NotEvaluated("the operator ||".into()));
                }
                _ => break,
            };
            self.operator()?;
            left = Expression::Arithmetic(Box::new(left), operator, Box::new(self.term()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn term(&mut self) -> Result<Expression, QueryError> {
        let mut left = self.operand()?;
        loop {
            let operator = match self.peek() {
                Kind::Sign("*") => Arithmetic::Times,
                Kind::Sign("/") => Arithmetic::DividedBy,
                _ => return Ok(left),
            };
            self.operator()?;
            left = Expression::Arithmetic(Box::new(left), operator, Box::new(self.operand()?));
        }
    }

    /// Takes an arithmetic operator, within bounds.
    fn operator(&mut self) -> Result<(), QueryError> {
        self.next += 1;
        self.operators += 1;
        if self.operators > MOST_OPERATORS {
            let what = format!("more than {MOST_OPERATORS} arithmetic operators");
            return Err(QueryError::NotEvaluated(what));
        }
        Ok(())
    }

    fn operand(&mut self) -> Result<Expression, QueryError> {
        match self.peek().clone() {
            Kind::Text(text) => {
                self.next += 1;
                Ok(Expression::Literal(Value::Text(text.into())))
            }
            Kind::Number(_) => self.number(false),
            Kind::Sign(sign @ ("-" | "+")) => {
                self.next += 1;
                if matches!(self.peek(), Kind::Number(_)) {
                    return self.number(sign == "-");
                }
                self.deeper()?;
                let operand = self.operand()?;
                self.depth -= 1;
                let zero = Expression::Literal(Value::Integer(0));
                let operator = if sign == "-" { Arithmetic::Minus } else { Arithmetic::Plus };
                Ok(Expression::Arithmetic(Box::new(zero), operator, Box::new(operand)))
            }
            Kind::Sign("(") => {
                self.next += 1;
                let inner = self.expression()?;
                self.need_sign(")", "`)`")?;
                Ok(inner)
            }
            Kind::Word(word) => {
                self.next += 1;
                if self.sign("(") { self.call(&word) } else { self.column(word) }
            }
            Kind::Delimited(name) => {
                self.next += 1;
                self.column(name)
            }
            Kind::Sign(_) | Kind::End => Err(self.unexpected("a column, a value or a function")),
        }
    }

    fn column(&mut self, first: String) -> Result<Expression, QueryError> {
        let mut written = first;
        while self.sign(".") {
            if matches!(self.peek(), Kind::Sign("*")) {
                return Err(QueryError::NotEvaluated("table.*".into()));
            }
            written = format!("{written}.{}", self.identifier("a column name")?);
        }
        Ok(Expression::Column { written, index: 0 })
    }

    fn call(&mut self, function: &str) -> Result<Expression, QueryError> {
        let function = function.to_ascii_uppercase();
        let expression = match function.as_str() {
            "LOWER" => Expression::Lower(Box::new(self.expression()?)),
            "UPPER" => Expression::Upper(Box::new(self.expression()?)),
            "COUNT" if self.sign("*") => Expression::CountRows,
            "COUNT" | "MIN" | "MAX" => Expression::Aggregate {
                function: match function.as_str() {
                    "COUNT" => Aggregate::Count,
                    "MIN" => Aggregate::Min,
                    _ => Aggregate::Max,
                },
                distinct: self.word("DISTINCT"),
                of: Box::new(self.expression()?),
            },
            "CONTAINS" | "INTERSECTS" => {
                let (a, b) = self.two_shapes()?;
                if function == "CONTAINS" {
                    Expression::Contains(a, b)
                } else {
                    Expression::Intersects(a, b)
                }
            }
            "DISTANCE" if self.starts_a_shape() => {
                let (a, b) = self.two_shapes()?;
                Expression::Distance(a, b)
            }
            "DISTANCE" => {
                let mut numbers = self.list(Self::expression)?;
                if numbers.len() != 4 {
                    return Err(wrong_count(&function, numbers.len()));
                }
                let second = numbers.split_off(2);
                Expression::Distance(
                    Box::new(Geometry::Point(numbers)),
                    Box::new(Geometry::Point(second)),
                )
            }
            _ => return Err(QueryError::NotEvaluated(format!("the function {function}"))),
        };
        self.need_sign(")", "`)`")?;
        Ok(expression)
    }

    fn two_shapes(&mut self) -> Result<(Box<Geometry>, Box<Geometry>), QueryError> {
        let first = self.shape()?;
        self.need_sign(",", "`,`")?;
        Ok((Box::new(first), Box::new(self.shape()?)))
    }

    fn starts_a_shape(&self) -> bool {
        matches!(self.peek(), Kind::Word(word) if word.eq_ignore_ascii_case("POINT"))
    }

    fn shape(&mut self) -> Result<Geometry, QueryError> {
        let Kind::Word(word) = self.peek().clone() else {
            return Ok(Geometry::Region(Box::new(self.expression()?)));
        };
        let kind = word.to_ascii_uppercase();
        if !["POINT", "CIRCLE", "BOX", "POLYGON", "REGION"].contains(&kind.as_str()) {
            return Ok(Geometry::Region(Box::new(self.expression()?)));
        }
        self.next += 1;
        self.need_sign("(", "`(`")?;
        if kind == "REGION" {
            let text = self.expression()?;
            self.need_sign(")", "`)`")?;
            return Ok(Geometry::Region(Box::new(text)));
        }
        // The coordinate system of old: accepted, and taken as ICRS (ADQL 2.1, 4.2.2).
        if matches!(self.peek(), Kind::Text(_)) {
            self.next += 1;
            self.need_sign(",", "`,`")?;
        }
        let numbers = self.coordinates()?;
        self.need_sign(")", "`,` or `)`")?;
        let count = numbers.len();
        let (right, shape) = match kind.as_str() {
            "POINT" => (count == 2, Geometry::Point(numbers)),
            "CIRCLE" => (count == 3, Geometry::Circle(numbers)),
            "BOX" => (count == 4, Geometry::Box(numbers)),
            _ => (count >= 6 && count.is_multiple_of(2), Geometry::Polygon(numbers)),
        };
        if right { Ok(shape) } else { Err(wrong_count(&kind, count)) }
    }

    /// Numbers, and points whose two numbers count (ADQL 2.1: `CIRCLE(POINT(a, b), r)`).
    fn coordinates(&mut self) -> Result<Vec<Expression>, QueryError> {
        let mut numbers = Vec::new();
        loop {
            if self.starts_a_shape() {
                if let Geometry::Point(point) = self.shape()? {
                    numbers.extend(point);
                }
            } else {
                numbers.push(self.expression()?);
            }
            if !self.sign(",") {
                return Ok(numbers);
            }
        }
    }

    fn number(&mut self, negative: bool) -> Result<Expression, QueryError> {
        let Kind::Number(written) = self.peek().clone() else {
            return Err(self.unexpected("a number"));
        };
        self.next += 1;
        let text = if negative { format!("-{written}") } else { written };
        let value = match text.parse::<i64>() {
            Ok(number) => Value::Integer(number),
            Err(_) => text.parse().map(Value::Real).map_err(|_| QueryError::BadValue {
                what: format!("`{text}`"),
                expected: "a number",
            })?,
        };
        Ok(Expression::Literal(value))
    }

    fn count(&mut self) -> Result<usize, QueryError> {
        match self.peek() {
            Kind::Number(written) if written.bytes().all(|b| b.is_ascii_digit()) => {
                let count = written.parse().unwrap_or(usize::MAX);
                self.next += 1;
                Ok(count)
            }
            _ => Err(self.unexpected("a whole number")),
        }
    }

    fn list<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, QueryError>,
    ) -> Result<Vec<T>, QueryError> {
        let mut list = vec![element(self)?];
        while self.sign(",") {
            list.push(element(self)?);
        }
        Ok(list)
    }

    fn identifier(&mut self, expected: &'static str) -> Result<String, QueryError> {
        match self.peek().clone() {
            Kind::Word(name) | Kind::Delimited(name) => {
                self.next += 1;
                Ok(name)
            }
            Kind::Text(_) | Kind::Number(_) | Kind::Sign(_) | Kind::End => {
                Err(self.unexpected(expected))
            }
        }
    }

    fn deeper(&mut self) -> Result<(), QueryError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(QueryError::NotEvaluated(format!("more than {DEEPEST} nested brackets")));
        }
        Ok(())
    }

    fn peek(&self) -> &Kind {
        self.tokens.get(self.next).map_or(&Kind::End, |token| &token.kind)
    }

    fn word(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Kind::Word(word) if word.eq_ignore_ascii_case(keyword));
        if found {
            self.next += 1;
        }
        found
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Kind::Sign(found) if *found == sign);
        if found {
            self.next += 1;
        }
        found
    }

    fn need_word(&mut self, keyword: &str, expected: &'static str) -> Result<(), QueryError> {
        if self.word(keyword) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn need_sign(&mut self, sign: &str, expected: &'static str) -> Result<(), QueryError> {
        if self.sign(sign) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn unexpected(&self, expected: &'static str) -> QueryError {
        let at = self.tokens.get(self.next).map_or(0, |token| token.at);
        let found = match self.peek() {
            Kind::Word(text) | Kind::Delimited(text) | Kind::Number(text) => format!("`{text}`"),
            Kind::Text(text) => format!("'{}'", text.chars().take(40).collect::<String>()),
            Kind::Sign(sign) => format!("`{sign}`"),
            Kind::End => "the end".into(),
        };
        QueryError::Syntax { at, found, expected }
    }
}

fn negated(condition: Condition, not: bool) -> Condition {
    if not { Condition::Not(Box::new(condition)) } else { condition }
}

fn wrong_count(function: &str, found: usize) -> QueryError {
    QueryError::BadValue {
        what: format!("{function} of {found} numbers"),
        expected: "POINT of 2, CIRCLE of 3, BOX of 4, DISTANCE of 4, POLYGON of 6 or more",
    }
}
