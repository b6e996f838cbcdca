//! A TABLE up to its first row: columns, and how the rows are serialised.

use std::io::Read;

use super::{Reader, Rows, TableLevel};
use crate::error::{Error, Result, shortened};
use crate::limits::Ceiling;
use crate::votable::binary::BinaryRows;
use crate::votable::head::Table;
use crate::votable::head_reader::{field, group, info, param};
use crate::votable::layout::Layout;
use crate::votable::tabledata::TableData;
use crate::xml::Element;

impl<R: Read> Reader<R> {
    pub(super) fn read_table_head(&mut self, start: &Element) -> Result<bool> {
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
                shortened(&href)
            )));
        }
        match stream.attribute("encoding") {
            Some("base64") | None => {}
            Some(other) => {
                return Err(Error::Unsupported(format!(
                    "a STREAM of encoding `{}` (base64 is read)",
                    shortened(other)
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
