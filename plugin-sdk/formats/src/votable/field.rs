//! FIELD and PARAM: what a column is (VOTable 1.5, 4.1 and 4.2).

use crate::votable::columns::{CellShape, ColumnType, ElementKind};
use crate::votable::datatype::{Arraysize, Datatype};
use crate::votable::xtype::Xtype;

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The column's name; empty only in documents that break the standard.
    pub name: String,
    /// Its identifier in the document.
    pub id: Option<String>,
    /// The type of one element.
    pub datatype: Datatype,
    /// Absent for a scalar.
    pub arraysize: Option<Arraysize>,
    /// As written: not always a unit of `VOUnits`.
    pub unit: Option<String>,
    /// Unified content descriptor.
    pub ucd: Option<String>,
    /// Place in a data model.
    pub utype: Option<String>,
    /// What the values mean beyond the datatype.
    pub xtype: Option<Xtype>,
    /// Digits worth printing, as written (`3`, `F3`, `E4`).
    pub precision: Option<String>,
    /// Characters worth printing.
    pub width: Option<u32>,
    /// The identifier of a COOSYS, TIMESYS or GROUP.
    pub reference: Option<String>,
    /// `hidden` or `no_query`, of old services.
    pub kind: Option<FieldFlag>,
    /// For people.
    pub description: Option<String>,
    /// The domain, and the value that stands for null.
    pub values: Option<Values>,
    /// Where values lead to.
    pub links: Vec<Link>,
}

/// The `type` of a FIELD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldFlag {
    /// Not meant for people.
    Hidden,
    /// Another word.
    Other(String),
}

/// VALUES of a FIELD.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// The value that stands for null, as written.
    pub null: Option<String>,
    /// MIN, as written.
    pub min: Option<String>,
    /// MAX, as written.
    pub max: Option<String>,
    /// OPTIONs: value and name.
    pub options: Vec<(String, Option<String>)>,
}

/// LINK of a FIELD.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Where to; may hold `${column}`.
    pub href: Option<String>,
    /// Media type of what is there.
    pub content_type: Option<String>,
    /// What it is for: `query`, `doc`, `location`.
    pub content_role: Option<String>,
    /// For people.
    pub title: Option<String>,
    /// Old word for a machine-readable purpose.
    pub action: Option<String>,
    /// Old way to give the place of a value.
    pub value: Option<String>,
}

/// A value that holds for the whole table or resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Name, type and meaning.
    pub field: Field,
    /// As written.
    pub value: String,
}

impl Field {
    /// A scalar column with nothing but a name.
    pub fn new(name: impl Into<String>, datatype: Datatype) -> Self {
        Self {
            name: name.into(),
            id: None,
            datatype,
            arraysize: None,
            unit: None,
            ucd: None,
            utype: None,
            xtype: None,
            precision: None,
            width: None,
            reference: None,
            kind: None,
            description: None,
            values: None,
            links: Vec::new(),
        }
    }

    /// A column of texts of any length.
    pub fn text(name: impl Into<String>) -> Self {
        Self::new(name, Datatype::Char).with_arraysize(Arraysize::variable())
    }

    /// The same with an array size.
    pub fn with_arraysize(mut self, arraysize: Arraysize) -> Self {
        self.arraysize = Some(arraysize);
        self
    }

    /// Whether the column holds times as text: by xtype, else by a UCD or unit
    /// that old archives use (`time.*` of a text column, unit `iso-8601`).
    pub fn is_timestamp(&self) -> bool {
        if !self.datatype.is_text() {
            return false;
        }
        match &self.xtype {
            Some(xtype) => xtype.is_timestamp(),
            None => self.unit.as_deref().is_some_and(|u| u.eq_ignore_ascii_case("iso-8601")),
        }
    }

    /// The shape of the column's cells once read.
    ///
    /// A text is one element, so the first dimension of `char` arrays is gone;
    /// a complex number is two elements of a fixed array.
    pub fn column_type(&self) -> ColumnType {
        let element = match self.datatype {
            Datatype::Boolean | Datatype::Bit => ElementKind::Boolean,
            Datatype::UnsignedByte => ElementKind::Unsigned8,
            Datatype::Short => ElementKind::Signed16,
            Datatype::Int => ElementKind::Signed32,
            Datatype::Long => ElementKind::Signed64,
            Datatype::Float | Datatype::FloatComplex => ElementKind::Float32,
            Datatype::Double | Datatype::DoubleComplex => ElementKind::Float64,
            Datatype::Char | Datatype::UnicodeChar => ElementKind::Text,
        };
        let (mut dimensions, variable) = match &self.arraysize {
            Some(size) => (size.dimensions.clone(), size.variable),
            None => (Vec::new(), false),
        };
        match self.datatype {
            Datatype::Char | Datatype::UnicodeChar => {
                if dimensions.is_empty() {
                    // A text of variable length, or one character.
                    return ColumnType { element, shape: CellShape::Scalar, dimensions };
                }
                dimensions.remove(0);
            }
            Datatype::FloatComplex | Datatype::DoubleComplex => dimensions.insert(0, 2),
            Datatype::Boolean
            | Datatype::Bit
            | Datatype::UnsignedByte
            | Datatype::Short
            | Datatype::Int
            | Datatype::Long
            | Datatype::Float
            | Datatype::Double => {
                // `arraysize="1"` is a scalar in all but name (VOTable 1.4, 2.2).
                if !variable && dimensions == [1] {
                    dimensions.clear();
                }
            }
        }
        let shape = if variable {
            CellShape::Variable
        } else if dimensions.is_empty() {
            CellShape::Scalar
        } else {
            CellShape::Fixed(Arraysize::product(&dimensions).unwrap_or(0))
        };
        if variable {
            dimensions.push(0);
        }
        if dimensions.len() < 2 {
            dimensions.clear();
        }
        ColumnType { element, shape, dimensions }
    }
}
