//! A series of whole numbers that is written as its differences in time.

use std::io::Write;

use super::text::shown;

/// The highest order of differences; Hatanaka (2008) takes 3.
const MAX_ORDER: usize = 5;

/// A number and its differences up to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Series {
    /// The order that the series goes up to.
    order: usize,
    /// How far it has come: it rises by one with each number.
    reached: usize,
    /// `[0]` is the number, `[n]` its nth difference.
    values: [i64; MAX_ORDER + 1],
}

impl Series {
    /// The series one number further: `3&123` starts one of third order, `-4` is the
    /// difference of the highest order that goes on with `before`.
    pub(super) fn next(before: Option<Self>, field: &[u8]) -> Result<Self, String> {
        if let [order, b'&', value @ ..] = field {
            let order = usize::from(order.wrapping_sub(b'0'));
            if order > MAX_ORDER {
                return Err(format!(
                    "`{}` starts differences of an order other than 0 to {MAX_ORDER}",
                    shown(field)
                ));
            }
            let mut values = [0; MAX_ORDER + 1];
            values[0] = whole(value)?;
            return Ok(Self { order, reached: 0, values });
        }
        let Some(mut series) = before else {
            return Err(format!(
                "`{}` goes on with a series that did not start, as with 3&",
                shown(field)
            ));
        };
        series.reached = series.order.min(series.reached + 1);
        let mut below = series.values.iter_mut().take(series.reached + 1).rev();
        let mut sum = whole(field)?;
        if let Some(highest) = below.next() {
            *highest = sum;
        }
        for value in below {
            sum = value
                .checked_add(sum)
                .ok_or_else(|| format!("`{}` leads out of 64 bits", shown(field)))?;
            *value = sum;
        }
        Ok(series)
    }

    /// Writes the number with so many decimals into so many columns, without a zero
    /// before the point.
    pub(super) fn write(
        &self,
        out: &mut Vec<u8>,
        decimals: usize,
        columns: usize,
    ) -> Result<(), String> {
        let [value, ..] = self.values;
        let unit = 10u64.pow(decimals as u32);
        let (before, after) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
        let sign = if value < 0 { "-" } else { "" };
        let width = columns - decimals - 1;
        if before >= 10u64.pow((width - sign.len()) as u32) {
            return Err(format!("{sign}{before} does not fit into its {columns} columns"));
        }
        let written = if before == 0 {
            write!(out, "{sign:>width$}.{after:0decimals$}")
        } else {
            let before = if value < 0 { -(before as i64) } else { before as i64 };
            write!(out, "{before:>width$}.{after:0decimals$}")
        };
        written.map_err(|error| error.to_string())
    }
}

fn whole(text: &[u8]) -> Result<i64, String> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let number = match digits.iter().all(u8::is_ascii_digit) {
        true => str::from_utf8(text).ok().and_then(|text| text.parse().ok()),
        false => None,
    };
    number.ok_or_else(|| format!("`{}` where a whole number should be", shown(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(series: &Series) -> String {
        let mut out = Vec::new();
        series.write(&mut out, 3, 14).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn differences_add_up_to_the_numbers() {
        for (order, numbers) in [
            (0, [7_i64, -7, 0, 123_456, 99, 12]),
            (1, [1000, 2000, 3001, 4003, 4003, -5]),
            (3, [130_321_269_801, 130_321_370_000, 130_321_471_111, 5, 6, 7]),
            (5, [1, 4, 9, 16, 25, 36]),
        ] {
            let mut differences = numbers.to_vec();
            let mut series: Option<Series> = None;
            for (index, number) in numbers.iter().enumerate() {
                // The number's difference of the order that the series has reached.
                let reached = order.min(index);
                differences.clone_from(&numbers[..=index].to_vec());
                for _ in 0..reached {
                    differences = differences.windows(2).map(|two| two[1] - two[0]).collect();
                }
                let difference = differences.last().unwrap();
                let field =
                    if index == 0 { format!("{order}&{number}") } else { difference.to_string() };
                let next = Series::next(series.take(), field.as_bytes()).unwrap();
                assert_eq!(next.values[0], *number, "order {order}, number {index}");
                series = Some(next);
            }
        }
    }

    #[test]
    fn no_zero_stands_before_the_point() {
        for (value, text) in [
            ("0", "          .000"),
            ("-5", "         -.005"),
            ("999", "          .999"),
            ("1234", "         1.234"),
            ("-23456", "       -23.456"),
            ("9999999999999", "9999999999.999"),
            ("-999999999999", "-999999999.999"),
        ] {
            let series = Series::next(None, format!("3&{value}").as_bytes()).unwrap();
            assert_eq!(written(&series), text);
        }
    }

    #[test]
    fn a_number_that_no_rinex_file_can_hold_is_an_error() {
        for value in ["10000000000000", "-1000000000000"] {
            let series = Series::next(None, format!("3&{value}").as_bytes()).unwrap();
            assert!(series.write(&mut Vec::new(), 3, 14).is_err(), "{value}");
        }
    }

    #[test]
    fn nonsense_is_an_error() {
        let far = Series::next(None, b"1&9223372036854775807").unwrap();
        assert!(Series::next(Some(far.clone()), b"1").unwrap_err().contains("64 bits"));
        for field in ["6&1", "&1", "3&", "3&+1", "1.5", "--1", "-", "99999999999999999999"] {
            assert!(Series::next(Some(far.clone()), field.as_bytes()).is_err(), "{field}");
        }
        assert!(Series::next(None, b"12").unwrap_err().contains("did not start"));
    }
}
