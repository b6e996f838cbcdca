//! Whole numbers that an `Int` of 32 bits cannot hold: bytes, counts of files.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

/// A whole number from 0 on, also above 2³¹.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole(pub(super) u64);

/// A whole number from 0 on, also above 2³¹.
#[Scalar]
impl ScalarType for Whole {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) if number.is_u64() => {
                Ok(Self(number.as_u64().unwrap_or_default()))
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}
