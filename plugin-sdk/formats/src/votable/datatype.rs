//! The primitive datatypes and array sizes of a FIELD (VOTable 1.5, 2.1 and 2.2).

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result, shortened};

/// The primitive datatype of a FIELD or PARAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Datatype {
    /// `boolean`: true, false or null.
    Boolean,
    /// `bit`: one binary digit.
    Bit,
    /// `unsignedByte`: 0 to 255.
    UnsignedByte,
    /// `short`: 16 bits, signed.
    Short,
    /// `int`: 32 bits, signed.
    Int,
    /// `long`: 64 bits, signed.
    Long,
    /// `char`: one byte of ASCII (in practice UTF-8).
    Char,
    /// `unicodeChar`: one unit of UCS-2, in practice UTF-16.
    UnicodeChar,
    /// `float`: 32 bits.
    Float,
    /// `double`: 64 bits.
    Double,
    /// `floatComplex`: two `float`s.
    FloatComplex,
    /// `doubleComplex`: two `double`s.
    DoubleComplex,
}

impl Datatype {
    /// The word of the standard.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Bit => "bit",
            Self::UnsignedByte => "unsignedByte",
            Self::Short => "short",
            Self::Int => "int",
            Self::Long => "long",
            Self::Char => "char",
            Self::UnicodeChar => "unicodeChar",
            Self::Float => "float",
            Self::Double => "double",
            Self::FloatComplex => "floatComplex",
            Self::DoubleComplex => "doubleComplex",
        }
    }

    /// Whether a cell of this type is text.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Char | Self::UnicodeChar)
    }
}

impl FromStr for Datatype {
    type Err = Error;

    /// Reads the word of the standard; the words of other trades that archives
    /// are known to use (`string`, `integer`, `real`) are understood too.
    fn from_str(word: &str) -> Result<Self> {
        Ok(match word.trim() {
            "boolean" | "logical" => Self::Boolean,
            "bit" => Self::Bit,
            "unsignedByte" | "byte" => Self::UnsignedByte,
            "short" => Self::Short,
            "int" | "integer" => Self::Int,
            "long" => Self::Long,
            "char" | "string" => Self::Char,
            "unicodeChar" => Self::UnicodeChar,
            "float" | "real" => Self::Float,
            "double" => Self::Double,
            "floatComplex" => Self::FloatComplex,
            "doubleComplex" => Self::DoubleComplex,
            other => {
                return Err(Error::BadValue {
                    what: "datatype",
                    value: shortened(other),
                    expected: "a datatype of VOTable",
                });
            }
        })
    }
}

impl fmt::Display for Datatype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The `arraysize` of a FIELD: fixed dimensions, fastest first, and whether one
/// more, the slowest, is variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Arraysize {
    /// The fixed dimensions, fastest first.
    pub dimensions: Vec<u32>,
    /// `*` or `n*` as the last dimension.
    pub variable: bool,
    /// The n of `n*`, a promise that is not checked.
    pub most: Option<u32>,
}

impl Arraysize {
    /// `*`
    pub fn variable() -> Self {
        Self { variable: true, ..Self::default() }
    }

    /// `n`
    pub fn fixed(n: u32) -> Self {
        Self { dimensions: vec![n], ..Self::default() }
    }

    /// The product of the fixed dimensions; `None` if it is over 2^31.
    pub(crate) fn product(dimensions: &[u32]) -> Option<u32> {
        dimensions
            .iter()
            .try_fold(1_u32, |product, &n| product.checked_mul(n))
            .filter(|&product| product <= i32::MAX as u32)
    }
}

impl FromStr for Arraysize {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || Error::BadValue {
            what: "arraysize",
            value: shortened(text),
            expected: "numbers joined by `x`, the last one perhaps `*` or `n*`",
        };
        let mut size = Self::default();
        for part in text.trim().split('x') {
            let part = part.trim();
            if size.variable || size.dimensions.len() >= 16 {
                return Err(bad());
            }
            if let Some(most) = part.strip_suffix('*') {
                size.variable = true;
                size.most = match most.trim() {
                    "" => None,
                    most => Some(most.parse().map_err(|_| bad())?),
                };
            } else {
                size.dimensions.push(part.parse().map_err(|_| bad())?);
            }
        }
        Self::product(&size.dimensions).ok_or_else(bad)?;
        Ok(size)
    }
}

impl fmt::Display for Arraysize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for dimension in &self.dimensions {
            write!(f, "{separator}{dimension}")?;
            separator = "x";
        }
        if self.variable {
            f.write_str(separator)?;
            if let Some(most) = self.most {
                write!(f, "{most}")?;
            }
            f.write_str("*")?;
        }
        Ok(())
    }
}
