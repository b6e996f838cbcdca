//! The streaming reader: head, rows, and what follows them.
//!
//! Calls: `head_reader.rs` for the elements of the head, `tabledata.rs` and
//! `binary.rs` for the rows.
//! Rules: the end of the rows is reported only after the whole document was
//! read and found well-formed, so a cut answer is an error and never a short table.

mod resources;
mod table;

use std::io::Read;

use resources::Level;

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::votable::binary::BinaryRows;
use crate::votable::columns::Columns;
use crate::votable::field::Field;
use crate::votable::head::{Head, Info, MetaResource};
use crate::votable::head_reader::info;
use crate::votable::layout::Layout;
use crate::votable::row::{Row, RowBuffer};
use crate::votable::status::QueryStatus;
use crate::votable::tabledata::{self, TableData};
use crate::xml::Xml;

/// Reads one VOTable: the table of the RESOURCE of type `results`, else the first one.
///
/// ```
/// use archway_formats::{Limits, votable};
///
/// let document = br#"<VOTABLE version="1.4"><RESOURCE type="results">
///   <INFO name="QUERY_STATUS" value="OK"/>
///   <TABLE><FIELD name="n" datatype="int"/>
///     <DATA><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA></DATA></TABLE>
///   <INFO name="QUERY_STATUS" value="OVERFLOW"/></RESOURCE></VOTABLE>"#;
/// let mut reader = votable::Reader::new(&document[..], Limits::default())?;
/// assert_eq!(reader.head().fields()[0].name, "n");
/// while let Some(row) = reader.next_row()? {
///     assert_eq!(row.value(0), votable::Value::I32(1));
/// }
/// assert_eq!(reader.finish()?.status, votable::QueryStatus::Overflow);
/// # Ok::<(), archway_formats::Error>(())
/// ```
pub struct Reader<R> {
    xml: Xml<R>,
    limits: Limits,
    head: Head,
    layouts: Vec<Layout>,
    levels: Vec<Level>,
    /// Where a RESOURCE of type `results` was seen ahead; 0 if none was.
    results_at: u64,
    rows: Rows,
    buffer: RowBuffer,
    row_count: u64,
    trailer: Trailer,
}

/// What follows the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trailer {
    /// What the service says of its answer, all in all: INFOs before, in and
    /// after the table.
    pub status: QueryStatus,
    /// INFOs after the rows.
    pub infos: Vec<Info>,
    /// RESOURCEs of type `meta` after the table.
    pub meta: Vec<MetaResource>,
    /// Rows read.
    pub rows: u64,
    /// `Some(n)` if the table promised another number of rows.
    pub promised_rows: Option<u64>,
    /// Other tables of the document, which were passed over.
    pub tables_passed_over: u32,
}

enum Rows {
    /// The document has no rows, or they are all read; what follows is not.
    Ended {
        inside: TableLevel,
    },
    TableData(TableData),
    Binary(BinaryRows),
    /// All is read.
    Finished,
}

/// Where in the table the rows ended.
#[derive(Clone, Copy, PartialEq)]
enum TableLevel {
    /// Inside of BINARY or BINARY2.
    Stream,
    /// Inside of DATA.
    Data,
    /// After the table, or there is none.
    Outside,
}

impl<R: Read> Reader<R> {
    /// Reads the head: everything before the first row.
    ///
    /// A document without a table is read to its end; see [`Head::status`]
    /// for what it says.
    pub fn new(stream: R, limits: Limits) -> Result<Self> {
        let mut xml = Xml::new(stream, &limits)?;
        let root = xml.root()?;
        if root.name != "VOTABLE" {
            return Err(Error::UnexpectedRoot { found: root.name, expected: "VOTABLE" });
        }
        let mut reader = Self {
            xml,
            limits,
            head: Head { version: root.text("version"), ..Head::default() },
            layouts: Vec::new(),
            levels: vec![Level::Votable],
            results_at: 0,
            rows: Rows::Ended { inside: TableLevel::Outside },
            buffer: RowBuffer::default(),
            row_count: 0,
            trailer: Trailer::default(),
        };
        if !reader.walk()? {
            if reader.trailer.tables_passed_over > 0 {
                // What looked like results ahead were none.
                return Err(Error::Unsupported(
                    "a document that talks of a RESOURCE of type `results` and has none".to_owned(),
                ));
            }
            reader.complete();
        }
        Ok(reader)
    }

    /// Everything before the rows.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The columns; empty if there is no table.
    pub fn fields(&self) -> &[Field] {
        self.head.fields()
    }

    /// Reads the next row and lends it. `None` comes after the last row, when
    /// the rest of the document has been read too.
    ///
    /// After an error the reader is of no more use.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        if !self.read_row()? {
            return Ok(None);
        }
        Ok(Some(Row::new(self.head.fields(), &self.buffer, self.row_count - 1)))
    }

    /// Pours rows into `columns` until those are full or there are no more;
    /// returns how many. 0 means the end, unless `columns` were full before.
    pub fn fill(&mut self, columns: &mut Columns) -> Result<u32> {
        let mut rows = 0;
        while !columns.is_full() && self.read_row()? {
            columns.push(&Row::new(self.head.fields(), &self.buffer, self.row_count - 1))?;
            rows += 1;
        }
        Ok(rows)
    }

    /// Reads what is left, rows included, and returns what the service said last.
    pub fn finish(mut self) -> Result<Trailer> {
        while self.read_row()? {}
        Ok(self.trailer)
    }

    /// What the service said last, once all rows are read.
    pub fn trailer(&self) -> Option<&Trailer> {
        matches!(self.rows, Rows::Finished).then_some(&self.trailer)
    }

    fn read_row(&mut self) -> Result<bool> {
        let fields = self.head.table.as_ref().map_or(&[][..], |table| &table.fields);
        let columns = tabledata::Columns { fields, layouts: &self.layouts };
        let (found, inside) = match &mut self.rows {
            Rows::TableData(rows) => {
                let found = rows.read(&mut self.xml, columns, &mut self.buffer, self.row_count)?;
                (found, TableLevel::Data)
            }
            Rows::Binary(rows) => {
                let found =
                    rows.read(self.xml.input(), &self.layouts, &mut self.buffer, self.row_count)?;
                (found, TableLevel::Stream)
            }
            Rows::Ended { inside } => (false, *inside),
            Rows::Finished => return Ok(false),
        };
        if found {
            self.row_count += 1;
            return Ok(true);
        }
        self.rows = Rows::Ended { inside };
        self.read_rest(inside)?;
        self.complete();
        Ok(false)
    }

    fn complete(&mut self) {
        let promised = self.head.table.as_ref().and_then(|table| table.rows);
        let had_data = !self.layouts.is_empty();
        self.trailer.rows = self.row_count;
        self.trailer.promised_rows = promised.filter(|&n| had_data && n != self.row_count);
        self.trailer.status = self.head.status().or_graver(QueryStatus::among(&self.trailer.infos));
        self.rows = Rows::Finished;
    }

    /// Reads what follows the rows, up to the end of the document.
    fn read_rest(&mut self, inside: TableLevel) -> Result<()> {
        if inside == TableLevel::Stream {
            // The ends of STREAM and of BINARY; only blanks are left between them.
            let depth = self.xml.depth();
            while let Some(_unexpected) = self.xml.child(depth)? {
                self.xml.skip()?;
            }
            let depth = self.xml.depth();
            while let Some(_unexpected) = self.xml.child(depth)? {
                self.xml.skip()?;
            }
        }
        if inside != TableLevel::Outside {
            for _ in ["DATA", "TABLE"] {
                let depth = self.xml.depth();
                while let Some(child) = self.xml.child(depth)? {
                    if child.name == "INFO" {
                        let info = info(&mut self.xml, &child)?;
                        self.trailer.infos.push(info);
                    } else {
                        self.xml.skip()?;
                    }
                }
            }
        }
        self.walk()?;
        Ok(())
    }
}
