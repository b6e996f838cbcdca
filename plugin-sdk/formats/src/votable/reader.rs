//! The streaming reader: head, rows, and what follows them.
//!
//! Calls: `head_reader.rs` for the elements of the head, `tabledata.rs` and
//! `binary.rs` for the rows.
//! Rules: the end of the rows is reported only after the whole document was
//! read and found well-formed, so a cut answer is an error and never a short table.

use std::io::Read;

use crate::error::{Error, Result};
use crate::limits::{Ceiling, Limits};
use crate::votable::binary::BinaryRows;
use crate::votable::columns::Columns;
use crate::votable::field::Field;
use crate::votable::head::{Head, Info, MetaResource, Resource, Table};
use crate::votable::head_reader::{
    coosys, field, group, info, meta_resource, param, resource, timesys,
};
use crate::votable::layout::Layout;
use crate::votable::row::{Row, RowBuffer};
use crate::votable::status::QueryStatus;
use crate::votable::tabledata::{self, TableData};
use crate::xml::{Element, Event, Xml};

/// How far to look for a RESOURCE of type `results` behind a table that is in none.
const LOOK_AHEAD_BYTES: usize = 256 << 10;

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

/// An open element that holds others of the head.
enum Level {
    Votable,
    /// DEFINITIONS of VOTable 1.1.
    Transparent,
    Resource(OpenResource),
}

struct OpenResource {
    resource: Resource,
    is_results: bool,
    /// Holds the chosen table.
    is_chosen: bool,
    /// Holds a table that was not chosen, so that its INFOs are about another table.
    is_passed_over: bool,
    part: Part,
}

/// Head elements that are kept if their RESOURCE turns out to be the right one.
#[derive(Default)]
struct Part {
    infos: Vec<Info>,
    params: Vec<crate::votable::Param>,
    groups: Vec<crate::votable::Group>,
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
            rows: Rows::Ended { inside: TableLevel::Outside },
            buffer: RowBuffer::default(),
            row_count: 0,
            trailer: Trailer::default(),
        };
        if !reader.walk()? {
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

    /// Goes on at the level of VOTABLE and RESOURCE: up to the rows of the
    /// chosen table (`true`) or to the end of the document (`false`).
    fn walk(&mut self) -> Result<bool> {
        loop {
            match self.xml.next_in_head()? {
                Event::Start(element) => {
                    if self.element(&element)? {
                        return Ok(true);
                    }
                }
                Event::End => self.close_level(),
                Event::Text(_) => {}
                Event::Eof => return Ok(false),
            }
        }
    }

    fn close_level(&mut self) {
        match self.levels.pop() {
            Some(Level::Resource(open)) if !open.is_chosen => {
                // Of a document without a table, such as an error, all is worth keeping.
                if self.head.table.is_none() && !open.is_passed_over {
                    self.keep(open.part);
                    self.head.resource.get_or_insert(open.resource);
                }
            }
            Some(Level::Resource(_) | Level::Transparent | Level::Votable) | None => {}
        }
    }

    fn keep(&mut self, part: Part) {
        self.head.infos.extend(part.infos);
        self.head.params.extend(part.params);
        self.head.groups.extend(part.groups);
    }

    /// Reads one element; `true` if rows follow.
    fn element(&mut self, start: &Element) -> Result<bool> {
        match start.name.as_str() {
            "RESOURCE" if start.attribute("type") == Some("meta") => {
                let meta = meta_resource(&mut self.xml, start)?;
                if self.head.table.is_some() {
                    self.trailer.meta.push(meta);
                } else {
                    self.head.meta.push(meta);
                }
            }
            "RESOURCE" => {
                let is_results = start.attribute("type") == Some("results")
                    || self.open_resources().any(|open| open.is_results);
                self.levels.push(Level::Resource(OpenResource {
                    resource: resource(start),
                    is_results,
                    is_chosen: false,
                    is_passed_over: false,
                    part: Part::default(),
                }));
            }
            "DEFINITIONS" => self.levels.push(Level::Transparent),
            "INFO" => {
                let info = info(&mut self.xml, start)?;
                self.add_info(info);
            }
            "PARAM" => {
                let param = param(&mut self.xml, start)?;
                if param.field.name.eq_ignore_ascii_case("Error") {
                    // SCS 1.03, 2.3 lets a service say its error in a PARAM too.
                    self.add_info(Info::new("Error", param.value.clone()));
                }
                self.part(|part| part.params.push(param));
            }
            "GROUP" => {
                let group = group(&mut self.xml, start)?;
                self.part(|part| part.groups.push(group));
            }
            "COOSYS" => self.head.coosys.push(coosys(&mut self.xml, start)?),
            "TIMESYS" => self.head.timesys.push(timesys(&mut self.xml, start)?),
            "DESCRIPTION" => {
                let text = self.xml.optional_text()?;
                match self.levels.last_mut() {
                    Some(Level::Resource(open)) => open.resource.description = text,
                    Some(Level::Votable | Level::Transparent) | None => {
                        self.head.description = text
                    }
                }
            }
            "TABLE" => return self.table(start),
            _ => self.xml.skip()?,
        }
        Ok(false)
    }

    fn open_resources(&self) -> impl Iterator<Item = &OpenResource> {
        self.levels.iter().filter_map(|level| match level {
            Level::Resource(open) => Some(open),
            Level::Votable | Level::Transparent => None,
        })
    }

    fn innermost_resource(&mut self) -> Option<&mut OpenResource> {
        self.levels.iter_mut().rev().find_map(|level| match level {
            Level::Resource(open) => Some(open),
            Level::Votable | Level::Transparent => None,
        })
    }

    fn part(&mut self, add: impl FnOnce(&mut Part)) {
        if self.head.table.is_some() {
            return;
        }
        match self.innermost_resource() {
            Some(open) => add(&mut open.part),
            None => {
                let mut part = Part::default();
                add(&mut part);
                self.keep(part);
            }
        }
    }

    fn add_info(&mut self, info: Info) {
        if self.head.table.is_none() {
            self.part(|part| part.infos.push(info));
        } else if self.innermost_resource().is_none_or(|open| open.is_chosen) {
            self.trailer.infos.push(info);
        }
    }

    /// Reads a TABLE up to its rows, or passes it over.
    fn table(&mut self, start: &Element) -> Result<bool> {
        let in_results = self.innermost_resource().is_some_and(|open| open.is_results);
        if self.head.table.is_some() {
            let chosen_results = self.open_resources().any(|open| open.is_chosen);
            if in_results && !chosen_results && !self.is_results_chosen() {
                return Err(Error::Unsupported(
                    "a RESOURCE of type `results` far behind a table of another one".to_owned(),
                ));
            }
            self.trailer.tables_passed_over += 1;
            self.xml.skip()?;
            return Ok(false);
        }
        if !in_results && self.results_ahead()? {
            if let Some(open) = self.innermost_resource() {
                open.is_passed_over = true;
            }
            self.trailer.tables_passed_over += 1;
            self.xml.skip()?;
            return Ok(false);
        }
        self.choose();
        self.read_table_head(start)
    }

    fn is_results_chosen(&self) -> bool {
        let resource = self.head.resource.as_ref();
        resource.and_then(|resource| resource.kind.as_deref()) == Some("results")
    }

    /// Makes the open RESOURCEs the head's.
    fn choose(&mut self) {
        let mut parts = Vec::new();
        for level in &mut self.levels {
            if let Level::Resource(open) = level {
                open.is_chosen = true;
                parts.push(std::mem::take(&mut open.part));
                let mut resource = open.resource.clone();
                if open.is_results && resource.kind.is_none() {
                    resource.kind = Some("results".to_owned());
                }
                self.head.resource = Some(resource);
            }
        }
        for part in parts {
            self.keep(part);
        }
    }

    /// Whether a RESOURCE of type `results` starts not far ahead.
    fn results_ahead(&mut self) -> Result<bool> {
        if !self.xml.can_scan() {
            return Ok(false);
        }
        let offset = self.xml.offset();
        let window = self.xml.input().look_ahead(LOOK_AHEAD_BYTES);
        let window = window.map_err(|e| Error::from_io(e, offset))?;
        let starts = window.windows(8).enumerate().filter(|(_, word)| word == b"RESOURCE");
        Ok(starts.map(|(at, _)| at).any(|at| {
            let tag = &window[at..];
            let tag = tag.iter().position(|&b| b == b'>').map_or(tag, |end| &tag[..end]);
            // Neither blanks nor quotes matter.
            let plain: Vec<u8> = tag
                .iter()
                .copied()
                .filter(|b| !b.is_ascii_whitespace() && !b"'\"".contains(b))
                .collect();
            plain.windows(12).any(|word| word == b"type=results")
        }))
    }

    fn read_table_head(&mut self, start: &Element) -> Result<bool> {
        let mut table = Table {
            id: start.text("ID"),
            name: start.text("name"),
            ucd: start.text("ucd"),
            utype: start.text("utype"),
            rows: start.text("nrows").and_then(|rows| rows.parse().ok()),
            ..Table::default()
        };
        let depth = self.xml.depth();
        let xml = &mut self.xml;
        while let Some(child) = xml.child(depth)? {
            match child.name.as_str() {
                "DESCRIPTION" => table.description = xml.optional_text()?,
                "FIELD" => {
                    if table.fields.len() >= self.limits.fields {
                        return Err(xml.crossed(Ceiling::Fields, self.limits.fields as u64));
                    }
                    table.fields.push(field(xml, &child)?);
                }
                "PARAM" => table.params.push(param(xml, &child)?),
                "GROUP" => table.groups.push(group(xml, &child)?),
                "INFO" => table.infos.push(info(xml, &child)?),
                "DATA" => {
                    self.layouts = table.fields.iter().map(Layout::new).collect::<Result<_>>()?;
                    self.head.table = Some(table);
                    self.data()?;
                    return Ok(true);
                }
                _ => xml.skip()?,
            }
        }
        self.head.table = Some(table);
        // The level of the table is closed; rows there are none.
        Ok(true)
    }

    /// Reads DATA up to the first row.
    fn data(&mut self) -> Result<()> {
        let depth = self.xml.depth();
        let Some(child) = self.xml.child(depth)? else {
            // An empty DATA. Its end is consumed: what is left is the end of TABLE.
            let depth = self.xml.depth();
            while let Some(child) = self.xml.child(depth)? {
                if child.name == "INFO" {
                    let info = info(&mut self.xml, &child)?;
                    self.trailer.infos.push(info);
                } else {
                    self.xml.skip()?;
                }
            }
            return Ok(());
        };
        match child.name.as_str() {
            "TABLEDATA" => {
                self.rows = Rows::TableData(TableData::new(self.xml.innermost(), &self.limits));
            }
            "BINARY" => self.stream(false)?,
            "BINARY2" => self.stream(true)?,
            other => {
                return Err(Error::Unsupported(format!(
                    "the serialisation {other} (TABLEDATA, BINARY and BINARY2 are read)"
                )));
            }
        }
        Ok(())
    }

    fn stream(&mut self, binary2: bool) -> Result<()> {
        let depth = self.xml.depth();
        let Some(stream) = self.xml.child(depth)? else {
            self.rows = Rows::Ended { inside: TableLevel::Data };
            return Ok(());
        };
        if stream.name != "STREAM" {
            return Err(Error::UnexpectedRoot { found: stream.name, expected: "STREAM" });
        }
        if let Some(href) = stream.text("href") {
            return Err(Error::Unsupported(format!(
                "a STREAM that lies elsewhere (`{}`)",
                crate::error::shortened(&href)
            )));
        }
        match stream.attribute("encoding") {
            Some("base64") | None => {}
            Some(other) => {
                return Err(Error::Unsupported(format!(
                    "a STREAM of encoding `{}` (base64 is read)",
                    crate::error::shortened(other)
                )));
            }
        }
        if !self.xml.can_scan() {
            // `<STREAM/>`: no rows.
            self.rows = Rows::Ended { inside: TableLevel::Stream };
            return Ok(());
        }
        self.rows = Rows::Binary(BinaryRows::new(binary2, self.layouts.len(), &self.limits));
        Ok(())
    }
}
