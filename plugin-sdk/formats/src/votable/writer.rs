//! The streaming writer: VOTable 1.4 as TABLEDATA, BINARY or BINARY2.
//!
//! Rules: nothing is kept but a few KiB; the status that is known only at the
//! end goes behind the table (DALI 1.1, 4.4.1), so an answer can start before
//! it is complete.

mod cell_binary;
mod cell_text;
mod elements;

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, Result};
use crate::votable::columns::{CellShape, RowBatch};
use crate::votable::datatype::Datatype;
use crate::votable::field::{Field, Values};
use crate::votable::head::{Head, Info, MetaResource};
use crate::votable::layout::Layout;
use crate::votable::status::QueryStatus;
use crate::votable::value::{Cell, Value};
use crate::xml::{write_attribute, write_escaped};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serialization {
    /// Text in XML elements.
    TableData,
    /// Base64 without a mask of nulls. Integer columns without a value for null
    /// get one (the least, of bytes 255), which then cannot be written as a value.
    Binary,
    /// Base64 with a mask of nulls.
    Binary2,
}

/// Bytes of a stream encoded at once: a multiple of three, a line of 4096 characters.
const LINE_BYTES: usize = 3072;

/// Writes one VOTable with one table.
///
/// ```
/// use archway_formats::votable::{Datatype, Field, Head, QueryStatus, Serialization, Table, Value, Writer};
///
/// let table = Table { fields: vec![Field::new("n", Datatype::Int)], ..Table::default() };
/// let head = Head { table: Some(table), ..Head::default() };
/// let mut writer = Writer::start(Vec::new(), &head, Serialization::TableData)?;
/// writer.row([Value::I32(1)])?;
/// let document = writer.finish(&QueryStatus::Overflow, &[])?;
/// assert!(String::from_utf8_lossy(&document).contains("<TR><TD>1</TD></TR>"));
/// # Ok::<(), archway_formats::Error>(())
/// ```
pub struct Writer<W> {
    out: W,
    serialization: Serialization,
    fields: Vec<Field>,
    layouts: Vec<Layout>,
    /// One row being made; of streams, bytes that are not encoded yet.
    pending: Vec<u8>,
    encoded: String,
    rows: u64,
}

impl<W: Write> Writer<W> {
    /// Writes everything before the rows.
    ///
    /// The version is 1.4, or 1.5 if `head` says so.
    /// `head.table` gives the columns; none is a table without columns. An
    /// INFO `QUERY_STATUS` of `OK` is added if `head` has none.
    pub fn start(mut out: W, head: &Head, serialization: Serialization) -> Result<Self> {
        let mut table = head.table.clone().unwrap_or_default();
        if serialization == Serialization::Binary {
            table.fields.iter_mut().for_each(give_null_value);
        }
        let layouts = table.fields.iter().map(Layout::new).collect::<Result<_>>()?;
        elements::start(&mut out, head)?;
        elements::table_start(&mut out, &table)?;
        out.write_all(match serialization {
            Serialization::TableData => b"<DATA><TABLEDATA>\n",
            Serialization::Binary => b"<DATA><BINARY><STREAM encoding=\"base64\">\n",
            Serialization::Binary2 => b"<DATA><BINARY2><STREAM encoding=\"base64\">\n",
        })?;
        Ok(Self {
            out,
            serialization,
            fields: table.fields,
            layouts,
            pending: Vec::new(),
            encoded: String::new(),
            rows: 0,
        })
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes a row of owned cells.
    pub fn cells(&mut self, cells: &[Cell]) -> Result<()> {
        self.row(cells.iter().map(Cell::as_value))
    }

    /// Writes the rows of a batch.
    pub fn batch(&mut self, batch: &RowBatch) -> Result<()> {
        if batch.columns.len() != self.fields.len() {
            return Err(wrong_width(batch.columns.len(), self.fields.len()));
        }
        for row in 0..batch.rows {
            let missing = batch.columns.iter().position(|column| column.value(row).is_none());
            if let Some(column) = missing {
                let name = self.fields.get(column).map_or("?", |field| field.name.as_str());
                return Err(Error::Unwritable {
                    what: format!("column `{name}`"),
                    reason: format!("its buffers do not hold row {row}"),
                });
            }
            self.row(batch.columns.iter().filter_map(|column| column.value(row)))?;
        }
        Ok(())
    }

    /// Writes one row. Integers and floats may be narrower than their column.
    pub fn row<'a>(&mut self, values: impl IntoIterator<Item = Value<'a>>) -> Result<()> {
        let at = self.pending.len();
        let mask_bytes = match self.serialization {
            Serialization::Binary2 => self.fields.len().div_ceil(8),
            Serialization::TableData | Serialization::Binary => 0,
        };
        self.pending.resize(at + mask_bytes, 0);
        if self.serialization == Serialization::TableData {
            self.pending.extend_from_slice(b"<TR>");
        }
        let mut found = 0;
        for value in values {
            let (Some(layout), Some(field)) = (self.layouts.get(found), self.fields.get(found))
            else {
                self.pending.truncate(at);
                return Err(wrong_width(found + 1, self.fields.len()));
            };
            let written = match self.serialization {
                Serialization::TableData => cell_text::write(value, layout, &mut self.pending),
                Serialization::Binary | Serialization::Binary2 => {
                    if value.is_null() && mask_bytes > 0 {
                        self.pending[at + found / 8] |= 0x80 >> (found % 8);
                    }
                    cell_binary::write(value, layout, mask_bytes > 0, &mut self.pending)
                }
            };
            if let Err(reason) = written {
                self.pending.truncate(at);
                let what = format!("column `{}` ({})", field.name, field.datatype);
                return Err(Error::Unwritable { what, reason });
            }
            found += 1;
        }
        if found != self.fields.len() {
            self.pending.truncate(at);
            return Err(wrong_width(found, self.fields.len()));
        }
        self.rows += 1;
        if self.serialization == Serialization::TableData {
            self.pending.extend_from_slice(b"</TR>\n");
            self.out.write_all(&self.pending)?;
            self.pending.clear();
        } else {
            self.encode(LINE_BYTES)?;
        }
        Ok(())
    }

    /// Ends the rows, says `status` unless it is only what was said at the
    /// start, writes `meta` (service descriptors), and gives the stream back.
    pub fn finish(self, status: &QueryStatus, meta: &[MetaResource]) -> Result<W> {
        self.finish_with(status, &[], meta)
    }

    /// As [`finish`](Self::finish), with more INFOs behind the table.
    pub fn finish_with(
        mut self,
        status: &QueryStatus,
        infos: &[Info],
        meta: &[MetaResource],
    ) -> Result<W> {
        self.encode(1)?;
        self.out.write_all(match self.serialization {
            Serialization::TableData => b"</TABLEDATA></DATA>\n</TABLE>\n",
            Serialization::Binary => b"</STREAM></BINARY></DATA>\n</TABLE>\n",
            Serialization::Binary2 => b"</STREAM></BINARY2></DATA>\n</TABLE>\n",
        })?;
        match status {
            QueryStatus::Unstated | QueryStatus::Ok => {}
            QueryStatus::Overflow | QueryStatus::Error(_) | QueryStatus::Other(_) => {
                elements::status(&mut self.out, status)?;
            }
        }
        for info in infos {
            elements::info(&mut self.out, info)?;
        }
        self.out.write_all(b"</RESOURCE>\n")?;
        for resource in meta {
            elements::meta_resource(&mut self.out, resource)?;
        }
        self.out.write_all(b"</VOTABLE>\n")?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Encodes pending bytes, in lines, once there are at least this many.
    fn encode(&mut self, at_least: usize) -> Result<()> {
        if self.pending.len() < at_least {
            return Ok(());
        }
        let whole = match at_least {
            1 => self.pending.len(),
            _ => self.pending.len() / LINE_BYTES * LINE_BYTES,
        };
        for line in self.pending[..whole].chunks(LINE_BYTES) {
            self.encoded.clear();
            STANDARD.encode_string(line, &mut self.encoded);
            self.encoded.push('\n');
            self.out.write_all(self.encoded.as_bytes())?;
        }
        self.pending.drain(..whole);
        Ok(())
    }
}

/// Writes an answer that is only an error (DALI 1.1, 4.2).
pub fn write_error(out: &mut impl Write, message: &str) -> Result<()> {
    elements::start(
        out,
        &Head {
            infos: vec![Info::new("QUERY_STATUS", "ERROR").with_text(message)],
            ..Head::default()
        },
    )?;
    out.write_all(b"</RESOURCE>\n</VOTABLE>\n")?;
    Ok(())
}

fn wrong_width(found: usize, expected: usize) -> Error {
    Error::Unwritable {
        what: "a row".to_owned(),
        reason: format!("it has {found} cells where {expected} would be right"),
    }
}

/// BINARY has no other way to say that an integer is null.
fn give_null_value(field: &mut Field) {
    let value = match field.datatype {
        Datatype::UnsignedByte => i64::from(u8::MAX),
        Datatype::Short => i64::from(i16::MIN),
        Datatype::Int => i64::from(i32::MIN),
        Datatype::Long => i64::MIN,
        Datatype::Boolean
        | Datatype::Bit
        | Datatype::Char
        | Datatype::UnicodeChar
        | Datatype::Float
        | Datatype::Double
        | Datatype::FloatComplex
        | Datatype::DoubleComplex => return,
    };
    if field.column_type().shape == CellShape::Scalar {
        let values = field.values.get_or_insert_with(Values::default);
        values.null.get_or_insert_with(|| value.to_string());
    }
}
