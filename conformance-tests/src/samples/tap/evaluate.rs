//! Runs a parsed query over a table in memory.
//!
//! *Called by* `answer.rs`. *Rules*: three-valued logic (a comparison with null
//! is unknown, and only true rows are kept); nulls sort last; MAXREC acts after
//! TOP (TAP 1.1, 2.7.4); an answer is never larger than the table.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::adql::{
    Aggregate, Arithmetic, Comparison, Condition, Expression, Geometry, Item, Query, QueryError,
};
use crate::samples::geometry::{Shape, Vector};
use crate::samples::table::{Column, Datatype, Table, Value};

/// What a query gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The select list, described.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
    /// Whether MAXREC cut rows off.
    pub overflow: bool,
}

/// Runs `query` on the table it names among `tables`, giving at most `maxrec` rows.
///
/// # Errors
///
/// [`QueryError`] for an unknown table or column, or a value out of range.
pub fn run<'a>(
    mut query: Query,
    tables: impl IntoIterator<Item = &'a Table> + Clone,
    maxrec: usize,
) -> Result<Answer, QueryError> {
    let table = find_table(&query.table, tables)?;
    let items = bind(&mut query, table)?;
    let aggregates = items.iter().filter(|item| item.expression.is_aggregate()).count();
    if aggregates > 0 && aggregates < items.len() {
        return Err(QueryError::NotEvaluated("columns beside an aggregate (GROUP BY)".into()));
    }
    let columns = items.iter().enumerate().map(|(at, item)| shown(item, table, at)).collect();
    let mut kept: Vec<&Vec<Value>> = Vec::new();
    if maxrec > 0 {
        for row in &table.rows {
            if query.condition.as_ref().map_or(Ok(Some(true)), |c| holds(c, row))? == Some(true) {
                kept.push(row);
            }
        }
    }
    let mut rows = if aggregates > 0 && maxrec > 0 {
        vec![
            items
                .iter()
                .map(|item| aggregate(&item.expression, &kept))
                .collect::<Result<_, _>>()?,
        ]
    } else {
        sort(&mut kept, &query, &items)?;
        let mut rows = Vec::with_capacity(kept.len());
        let mut seen = HashSet::new();
        for row in kept {
            let row: Vec<_> =
                items.iter().map(|i| value(&i.expression, row)).collect::<Result<_, _>>()?;
            if !query.distinct || seen.insert(format!("{row:?}")) {
                rows.push(row);
            }
        }
        rows
    };
    rows.drain(..query.offset.min(rows.len()));
    rows.truncate(query.top.unwrap_or(usize::MAX));
    let overflow = rows.len() > maxrec;
    rows.truncate(maxrec);
    Ok(Answer { columns, rows, overflow })
}

fn find_table<'a>(
    name: &str,
    tables: impl IntoIterator<Item = &'a Table> + Clone,
) -> Result<&'a Table, QueryError> {
    tables.clone().into_iter().find(|table| table.name.eq_ignore_ascii_case(name)).ok_or_else(
        || {
            let known = tables.into_iter().map(|table| table.name.as_str()).collect::<Vec<_>>();
            QueryError::UnknownTable { name: name.into(), known: known.join(", ") }
        },
    )
}

/// Sets the place of every column, spells `*` out, and resolves ORDER BY
/// positions and aliases; returns the select list.
fn bind(query: &mut Query, table: &Table) -> Result<Vec<Item>, QueryError> {
    let qualifiers =
        [Some(table.name.as_str()), table.name.split('.').next_back(), query.alias.as_deref()]
            .map(|name| name.map(str::to_ascii_lowercase));
    let mut place = |written: &str| {
        let (qualifier, name) = match written.rsplit_once('.') {
            Some((qualifier, name)) if !name.ends_with('"') || name.starts_with('"') => {
                (Some(qualifier.replace('"', "").to_ascii_lowercase()), name)
            }
            _ => (None, written),
        };
        table
            .column(name)
            .filter(|_| qualifier.is_none() || qualifiers.contains(&qualifier))
            .ok_or_else(|| QueryError::UnknownColumn {
                name: written.into(),
                table: table.name.clone(),
            })
    };
    let mut items = query.items.clone().unwrap_or_else(|| {
        let all = table.columns.iter().enumerate();
        all.map(|(index, column)| Item {
            expression: Expression::Column { written: column.name.clone(), index },
            alias: None,
        })
        .collect()
    });
    for item in &mut items {
        item.expression.bind(&mut place)?;
    }
    if let Some(condition) = &mut query.condition {
        condition.bind(&mut place)?;
    }
    for order in &mut query.order {
        let meant = match &order.by {
            Expression::Literal(Value::Integer(position)) => {
                let item =
                    usize::try_from(*position).ok().and_then(|p| items.get(p.checked_sub(1)?));
                Some(item.ok_or_else(|| QueryError::BadValue {
                    what: format!("ORDER BY {position}"),
                    expected: "the position of a selected column, counted from 1",
                })?)
            }
            Expression::Column { written, .. } => items.iter().find(|item| {
                item.alias
                    .as_deref()
                    .is_some_and(|a| a.eq_ignore_ascii_case(written.trim_matches('"')))
            }),
            _ => None,
        };
        match meant {
            Some(item) => order.by = item.expression.clone(),
            None => order.by.bind(&mut place)?,
        }
    }
    Ok(items)
}

/// The column that shows a select item, named as TAP 1.1, 2.7.3 asks.
fn shown(item: &Item, table: &Table, at: usize) -> Column {
    let of = |expression: &Expression| match expression {
        Expression::Column { index, .. } => table.columns.get(*index).cloned(),
        _ => None,
    };
    let computed = |name: &str, datatype: Datatype| Column {
        name: format!("{name}_{}", at + 1),
        datatype,
        arraysize: (datatype == Datatype::Char).then(|| "*".into()),
        xtype: None,
        unit: None,
        ucd: None,
        utype: None,
        description: None,
        std: false,
    };
    let mut column = match &item.expression {
        Expression::Column { .. } => {
            of(&item.expression).unwrap_or_else(|| computed("column", Datatype::Char))
        }
        Expression::Aggregate { function: Aggregate::Min | Aggregate::Max, of: inner, .. } => {
            let name = if matches!(
                item.expression,
                Expression::Aggregate { function: Aggregate::Min, .. }
            ) {
                "min"
            } else {
                "max"
            };
            let column = of(inner).unwrap_or_else(|| computed(name, Datatype::Char));
            Column { name: format!("{name}_{}", at + 1), utype: None, std: false, ..column }
        }
        Expression::CountRows | Expression::Aggregate { .. } => computed("count", Datatype::Long),
        Expression::Arithmetic(..) => computed("number", Datatype::Double),
        Expression::Lower(_) => computed("lower", Datatype::Char),
        Expression::Upper(_) => computed("upper", Datatype::Char),
        Expression::Distance(..) => {
            Column { unit: Some("deg".into()), ..computed("distance", Datatype::Double) }
        }
        Expression::Contains(..) => computed("contains", Datatype::Int),
        Expression::Intersects(..) => computed("intersects", Datatype::Int),
        Expression::Literal(Value::Integer(_)) => computed("literal", Datatype::Long),
        Expression::Literal(Value::Real(_)) => computed("literal", Datatype::Double),
        Expression::Literal(Value::Boolean(_)) => computed("literal", Datatype::Boolean),
        Expression::Literal(Value::Null | Value::Text(_)) => computed("literal", Datatype::Char),
    };
    if let Some(alias) = &item.alias {
        column.name.clone_from(alias);
    }
    column
}

fn sort(kept: &mut [&Vec<Value>], query: &Query, items: &[Item]) -> Result<(), QueryError> {
    if query.order.is_empty() || items.iter().any(|item| item.expression.is_aggregate()) {
        return Ok(());
    }
    let mut keyed = Vec::with_capacity(kept.len());
    for row in kept.iter() {
        let key: Vec<_> =
            query.order.iter().map(|o| value(&o.by, row)).collect::<Result<_, _>>()?;
        keyed.push((key, *row));
    }
    keyed.sort_by(|(a, _), (b, _)| {
        query.order.iter().zip(a.iter().zip(b)).fold(Ordering::Equal, |so_far, (order, (a, b))| {
            so_far.then_with(|| match (a == &Value::Null, b == &Value::Null) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => {
                    let so = a.compare(b).unwrap_or(Ordering::Equal);
                    if order.descending { so.reverse() } else { so }
                }
            })
        })
    });
    for (place, (_, row)) in kept.iter_mut().zip(keyed) {
        *place = row;
    }
    Ok(())
}

fn aggregate(expression: &Expression, rows: &[&Vec<Value>]) -> Result<Value, QueryError> {
    let (function, distinct, of) = match expression {
        Expression::Aggregate { function, distinct, of } => (*function, *distinct, of),
        _ => return Ok(Value::Integer(i64::try_from(rows.len()).unwrap_or(i64::MAX))),
    };
    let mut values = Vec::new();
    for row in rows {
        match value(of, row)? {
            Value::Null => {}
            value => values.push(value),
        }
    }
    let best = |wanted: Ordering| {
        values.iter().fold(Value::Null, |best, value| match value.compare(&best) {
            Some(so) if so != wanted => best,
            _ => value.clone(),
        })
    };
    Ok(match function {
        Aggregate::Count if distinct => {
            let different: HashSet<_> = values.iter().map(|v| format!("{v:?}")).collect();
            Value::Integer(i64::try_from(different.len()).unwrap_or(i64::MAX))
        }
        Aggregate::Count => Value::Integer(i64::try_from(values.len()).unwrap_or(i64::MAX)),
        Aggregate::Min => best(Ordering::Less),
        Aggregate::Max => best(Ordering::Greater),
    })
}

fn value(expression: &Expression, row: &[Value]) -> Result<Value, QueryError> {
    let yes_or_no = |answer: Option<bool>| answer.map_or(Value::Null, |a| Value::Integer(a.into()));
    Ok(match expression {
        Expression::Literal(value) => value.clone(),
        Expression::Column { index, .. } => row.get(*index).cloned().unwrap_or(Value::Null),
        Expression::Arithmetic(a, operator, b) => {
            calculated(&value(a, row)?, *operator, &value(b, row)?)?
        }
        Expression::Lower(inner) => match value(inner, row)? {
            Value::Text(text) => Value::Text(text.to_lowercase().into()),
            other => other,
        },
        Expression::Upper(inner) => match value(inner, row)? {
            Value::Text(text) => Value::Text(text.to_uppercase().into()),
            other => other,
        },
        Expression::Distance(a, b) => match (shape(a, row)?, shape(b, row)?) {
            (Some(Shape::Point(a)), Some(Shape::Point(b))) => Value::Real(a.distance_deg(b)),
            (Some(_), Some(_)) => {
                return Err(QueryError::BadValue {
                    what: "DISTANCE of shapes".into(),
                    expected: "DISTANCE of two points",
                });
            }
            _ => Value::Null,
        },
        Expression::Contains(inner, outer) => {
            yes_or_no(shape(inner, row)?.zip(shape(outer, row)?).map(|(a, b)| a.within(&b)))
        }
        Expression::Intersects(a, b) => {
            yes_or_no(shape(a, row)?.zip(shape(b, row)?).map(|(a, b)| a.meets(&b)))
        }
        Expression::CountRows | Expression::Aggregate { .. } => {
            return Err(QueryError::NotEvaluated("an aggregate here".into()));
        }
    })
}

/// Null where either is null, and where there is no such number.
fn calculated(a: &Value, operator: Arithmetic, b: &Value) -> Result<Value, QueryError> {
    if let (Value::Integer(a), Value::Integer(b)) = (a, b) {
        let whole = match operator {
            Arithmetic::Plus => a.checked_add(*b),
            Arithmetic::Minus => a.checked_sub(*b),
            Arithmetic::Times => a.checked_mul(*b),
            Arithmetic::DividedBy => a.checked_div(*b),
        };
        return Ok(whole.map_or(Value::Null, Value::Integer));
    }
    let (x, y) = match (a.number(), b.number()) {
        (Some(x), Some(y)) => (x, y),
        _ if *a == Value::Null || *b == Value::Null => return Ok(Value::Null),
        _ => {
            return Err(QueryError::BadValue {
                what: format!("arithmetic of {a:?} with {b:?}"),
                expected: "arithmetic of numbers",
            });
        }
    };
    let number = match operator {
        Arithmetic::Plus => x + y,
        Arithmetic::Minus => x - y,
        Arithmetic::Times => x * y,
        Arithmetic::DividedBy => x / y,
    };
    Ok(if number.is_finite() { Value::Real(number) } else { Value::Null })
}

/// The shape of a row; `None` where a number is null or a region cannot be read.
fn shape(geometry: &Geometry, row: &[Value]) -> Result<Option<Shape>, QueryError> {
    let numbers = |expressions: &[Expression]| -> Result<Option<Vec<f64>>, QueryError> {
        expressions.iter().map(|e| value(e, row).map(|v| v.number())).collect()
    };
    let (given, made) = match geometry {
        Geometry::Region(text) => {
            return Ok(match value(text, row)? {
                Value::Text(text) => Shape::parse(&text),
                _ => None,
            });
        }
        Geometry::Point(parts) => {
            let given = numbers(parts)?;
            let made = given.as_deref().map(|n| match *n {
                [lon, lat] => Vector::new(lon, lat).map(Shape::Point),
                _ => None,
            });
            (given, made)
        }
        Geometry::Circle(parts) => {
            let given = numbers(parts)?;
            let made = given.as_deref().map(|n| match *n {
                [lon, lat, r] if r >= 0.0 => Vector::new(lon, lat).map(|c| Shape::Circle(c, r)),
                _ => None,
            });
            (given, made)
        }
        Geometry::Box(parts) => {
            let given = numbers(parts)?;
            let made = given.as_deref().map(|n| match *n {
                [lon, lat, w, h] if w >= 0.0 && h >= 0.0 => Shape::rectangle(lon, lat, w, h),
                _ => None,
            });
            (given, made)
        }
        Geometry::Polygon(parts) => {
            let given = numbers(parts)?;
            let made = given.as_deref().map(Shape::polygon);
            (given, made)
        }
    };
    match made {
        Some(None) => Err(QueryError::BadValue {
            what: format!("a shape of {:?}", given.unwrap_or_default()),
            expected: "degrees, latitudes within -90 to 90, a radius or side not negative",
        }),
        Some(shape) => Ok(shape),
        None => Ok(None),
    }
}

fn holds(condition: &Condition, row: &[Value]) -> Result<Option<bool>, QueryError> {
    Ok(match condition {
        Condition::And(parts) => {
            let mut all = Some(true);
            for part in parts {
                match holds(part, row)? {
                    Some(false) => return Ok(Some(false)),
                    None => all = None,
                    Some(true) => {}
                }
            }
            all
        }
        Condition::Or(parts) => {
            let mut any = Some(false);
            for part in parts {
                match holds(part, row)? {
                    Some(true) => return Ok(Some(true)),
                    None => any = None,
                    Some(false) => {}
                }
            }
            any
        }
        Condition::Not(inner) => holds(inner, row)?.map(|answer| !answer),
        Condition::Compare(a, comparison, b) => {
            let (a, b) = (value(a, row)?, value(b, row)?);
            compare(&a, *comparison, &b)?
        }
        Condition::Between(a, low, high) => {
            let a = value(a, row)?;
            let above = compare(&a, Comparison::GreaterOrEqual, &value(low, row)?)?;
            let below = compare(&a, Comparison::LessOrEqual, &value(high, row)?)?;
            match (above, below) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            }
        }
        Condition::In(a, list) => {
            let a = value(a, row)?;
            let mut any = Some(false);
            for element in list {
                match compare(&a, Comparison::Equal, &value(element, row)?)? {
                    Some(true) => return Ok(Some(true)),
                    None => any = None,
                    Some(false) => {}
                }
            }
            any
        }
        Condition::Like { text, pattern, any_case } => {
            match (value(text, row)?, value(pattern, row)?) {
                (Value::Null, _) | (_, Value::Null) => None,
                (Value::Text(text), Value::Text(pattern)) if *any_case => {
                    Some(like(&text.to_lowercase(), &pattern.to_lowercase()))
                }
                (Value::Text(text), Value::Text(pattern)) => Some(like(&text, &pattern)),
                (value, _) => {
                    return Err(QueryError::BadValue {
                        what: format!("LIKE of {value:?}"),
                        expected: "LIKE of texts",
                    });
                }
            }
        }
        Condition::IsNull(a) => Some(value(a, row)? == Value::Null),
    })
}

fn compare(a: &Value, comparison: Comparison, b: &Value) -> Result<Option<bool>, QueryError> {
    if matches!(a, Value::Null) || matches!(b, Value::Null) {
        return Ok(None);
    }
    let so = a.compare(b).ok_or_else(|| QueryError::BadValue {
        what: format!("a comparison of {a:?} with {b:?}"),
        expected: "a comparison of two texts or two numbers",
    })?;
    Ok(Some(match comparison {
        Comparison::Equal => so.is_eq(),
        Comparison::NotEqual => so.is_ne(),
        Comparison::Less => so.is_lt(),
        Comparison::LessOrEqual => so.is_le(),
        Comparison::Greater => so.is_gt(),
        Comparison::GreaterOrEqual => so.is_ge(),
    }))
}

/// SQL's LIKE, in time proportional to the product of the two lengths at most.
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut want) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(&c) = text.get(at) {
        match pattern.get(want) {
            Some('%') => {
                retry = Some((want, at));
                want += 1;
            }
            Some(&p) if p == '_' || p == c => {
                at += 1;
                want += 1;
            }
            _ => match &mut retry {
                Some((percent, from)) => {
                    *from += 1;
                    at = *from;
                    want = *percent + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(want..).is_some_and(|rest| rest.iter().all(|&p| p == '%'))
}
