//! The type of a column in a tableset: words of VOTable or of TAP
//! (`VODataService` 1.2, 3.5).

use std::str::FromStr;

use crate::votable::{Arraysize, Datatype, Xtype};

/// Whose words a type is said in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TypeSystem {
    /// `vs:VOTableType`
    #[default]
    Votable,
    /// `vs:TAPType`: the words of SQL.
    Tap,
}

/// A column's type as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnDataType {
    /// Whose words.
    pub system: TypeSystem,
    /// The word: `char`, `VARCHAR`.
    pub name: String,
    /// As written.
    pub arraysize: Option<String>,
    /// `extendedType`, or the `xtype` of a column.
    pub xtype: Option<String>,
    /// Length of `VARCHAR(n)` and such.
    pub size: Option<u32>,
}

impl ColumnDataType {
    /// A VOTable type.
    pub fn votable(
        datatype: Datatype,
        arraysize: Option<&Arraysize>,
        xtype: Option<&Xtype>,
    ) -> Self {
        Self {
            system: TypeSystem::Votable,
            name: datatype.name().to_owned(),
            arraysize: arraysize.map(ToString::to_string),
            xtype: xtype.map(|xtype| xtype.name().to_owned()),
            size: None,
        }
    }

    /// The type in VOTable's terms (TAP 1.0, 2.5, table of types); what is not
    /// understood is text of any length.
    pub fn resolve(&self) -> (Datatype, Option<Arraysize>, Option<Xtype>) {
        let xtype = self.xtype.as_deref().and_then(|word| Xtype::from_str(word).ok());
        let arraysize = self.arraysize.as_deref().and_then(|size| Arraysize::from_str(size).ok());
        let word = self.name.trim();
        if let Ok(datatype) = Datatype::from_str(word)
            && (self.system == TypeSystem::Votable || word.bytes().any(|b| b.is_ascii_lowercase()))
        {
            let is_bare_string = word == "string" && arraysize.is_none();
            let arraysize = if is_bare_string { Some(Arraysize::variable()) } else { arraysize };
            return (datatype, arraysize, xtype);
        }
        let upper = word.to_ascii_uppercase();
        // `adql:VARCHAR`, `VARCHAR(30)`
        let upper = upper.strip_prefix("ADQL:").unwrap_or(&upper);
        let (upper, in_parentheses) = match upper.split_once('(') {
            Some((word, rest)) => (word.trim(), rest.trim_end_matches(')').trim().parse().ok()),
            None => (upper, None),
        };
        let size = self.size.or(in_parentheses);
        let variable = || Some(Arraysize::variable());
        let (datatype, implied_size, implied_xtype) = match upper {
            "BOOLEAN" | "BOOL" => (Datatype::Boolean, None, None),
            "SMALLINT" | "INT2" => (Datatype::Short, None, None),
            "INTEGER" | "INT" | "INT4" => (Datatype::Int, None, None),
            "BIGINT" | "INT8" => (Datatype::Long, None, None),
            "REAL" | "FLOAT4" => (Datatype::Float, None, None),
            "DOUBLE" | "DOUBLE PRECISION" | "FLOAT8" | "FLOAT" | "NUMERIC" | "DECIMAL" => {
                (Datatype::Double, None, None)
            }
            "CHAR" => (Datatype::Char, Some(Arraysize::fixed(size.unwrap_or(1))), None),
            "TIMESTAMP" | "DATE" => (Datatype::Char, variable(), Some(Xtype::Timestamp)),
            "POINT" => (Datatype::Char, variable(), Some(Xtype::AdqlPoint)),
            "REGION" | "CIRCLE" | "POLYGON" => {
                (Datatype::Char, variable(), Some(Xtype::AdqlRegion))
            }
            "CLOB" => (Datatype::Char, variable(), Some(Xtype::AdqlClob)),
            "BINARY" | "VARBINARY" => (Datatype::UnsignedByte, variable(), None),
            "BLOB" => (Datatype::UnsignedByte, variable(), Some(Xtype::AdqlBlob)),
            _ => (Datatype::Char, variable(), None),
        };
        // The numbers of SQL are scalars, whatever else is said.
        let arraysize = implied_size.map(|implied| arraysize.unwrap_or(implied));
        (datatype, arraysize, xtype.or(implied_xtype))
    }
}
