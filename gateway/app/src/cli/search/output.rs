//! Pages of assets, written in the format asked for; page by page, so that `--all` streams.

use std::io::Write;

use archway_formats::votable::{CooSys, Head, Info, QueryStatus, Serialization, Table, Writer};
use serde_json::Value;

use super::Format;
use super::columns::COLUMNS;
use crate::cli::terminal;

/// Writes pages to `W`.
pub(super) enum Output<W: Write> {
    /// For people.
    Table { out: W, width: Option<usize>, pages: u64 },
    /// One document.
    Json { out: W, assets: u64, last: Value },
    /// One asset a line.
    Ndjson { out: W },
    /// One asset a line, behind a line of heads.
    Csv { out: W },
    /// One document.
    Votable { writer: Box<Writer<W>>, last: Value },
}

impl<W: Write> Output<W> {
    /// Begins; `width` is what a table may have.
    pub(super) fn new(format: Format, mut out: W, width: Option<usize>) -> anyhow::Result<Self> {
        Ok(match format {
            Format::Table => Self::Table { out, width, pages: 0 },
            Format::Json => Self::Json { out, assets: 0, last: Value::Null },
            Format::Ndjson => Self::Ndjson { out },
            Format::Csv => {
                csv_line(&mut out, COLUMNS.iter().map(|column| column.name.to_owned()))?;
                Self::Csv { out }
            }
            Format::Votable => {
                let writer =
                    Box::new(Writer::start(out, &votable_head(), Serialization::TableData)?);
                Self::Votable { writer, last: Value::Null }
            }
        })
    }

    /// Writes a page. What is told once, at the end, is that of the last page.
    pub(super) fn page(&mut self, page: Value) -> anyhow::Result<()> {
        let none = Vec::new();
        let assets = page.get("assets").and_then(Value::as_array).unwrap_or(&none);
        match self {
            Self::Table { out, width, pages } => {
                if *pages > 0 {
                    writeln!(out)?;
                }
                *pages += 1;
                table(assets).write(out, *width, 1)?;
                out.flush()?;
            }
            Self::Json { out, assets: count, last } => {
                for asset in assets {
                    out.write_all(if *count == 0 { b"{\"assets\": [\n" } else { b",\n" })?;
                    serde_json::to_writer(&mut *out, asset)?;
                    *count += 1;
                }
                *last = page;
            }
            Self::Ndjson { out } => {
                for asset in assets {
                    serde_json::to_writer(&mut *out, asset)?;
                    out.write_all(b"\n")?;
                }
                out.flush()?;
            }
            Self::Csv { out } => {
                for asset in assets {
                    csv_line(out, COLUMNS.iter().map(|column| column.text(asset)))?;
                }
                out.flush()?;
            }
            Self::Votable { writer, last } => {
                for asset in assets {
                    writer.cells(&COLUMNS.each_ref().map(|column| column.cell(asset)))?;
                }
                *last = page;
            }
        }
        Ok(())
    }

    /// Ends the document.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Table { mut out, .. } | Self::Ndjson { mut out } | Self::Csv { mut out } => {
                out.flush()?
            }
            Self::Json { mut out, assets, last } => {
                out.write_all(if assets == 0 { b"{\"assets\": [" } else { b"\n]" })?;
                if assets == 0 {
                    out.write_all(b"]")?;
                }
                for key in ["sources", "partial", "count", "next"] {
                    let value = last.get(key).unwrap_or(&Value::Null);
                    write!(out, ",\n\"{key}\": {value}")?;
                }
                out.write_all(b"}\n")?;
                out.flush()?;
            }
            Self::Votable { writer, last } => {
                let more = last.get("next").is_some_and(Value::is_string);
                let partial = last.get("partial").and_then(Value::as_bool).unwrap_or_default();
                let status = if more || partial { QueryStatus::Overflow } else { QueryStatus::Ok };
                writer.finish_with(&status, &sources(&last), &[])?.flush()?;
            }
        }
        Ok(())
    }
}

fn table(assets: &[Value]) -> terminal::Table {
    let mut table =
        terminal::Table::new(&["ID", "TITLE", "INSTRUMENT", "POSITION", "START", "SIZE"]);
    for asset in assets {
        let text =
            |pointer| asset.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |pointer| asset.pointer(pointer).and_then(Value::as_f64);
        let position = match (number("/position/ra_deg"), number("/position/dec_deg")) {
            (Some(ra_deg), Some(dec_deg)) => format!("{ra_deg:.4} {dec_deg:+.4}"),
            _ => String::new(),
        };
        let start: String = text("/time/start").chars().take(10).collect();
        let size =
            asset.get("size_bytes").and_then(Value::as_u64).map(terminal::size).unwrap_or_default();
        table.row(vec![
            text("/id"),
            text("/title"),
            text("/facets/instrument/0"),
            position,
            start,
            size,
        ]);
    }
    table
}

/// RFC 4180: quoted where it has to be, lines end in CR LF.
fn csv_line(out: &mut impl Write, cells: impl Iterator<Item = String>) -> std::io::Result<()> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        if cell.contains([',', '"', '\r', '\n']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

fn votable_head() -> Head {
    let fields = COLUMNS.iter().map(super::columns::Column::field).collect();
    let icrs =
        CooSys { id: "icrs".to_owned(), system: Some("ICRS".to_owned()), ..CooSys::default() };
    Head {
        coosys: vec![icrs],
        table: Some(Table { name: Some("assets".to_owned()), fields, ..Table::default() }),
        ..Head::default()
    }
}

/// One INFO for each archive, so that what is missing is said in the document too.
fn sources(page: &Value) -> Vec<Info> {
    let sources =
        page.get("sources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let info = |source: &Value| {
        let text = |key| source.get(key).and_then(Value::as_str).unwrap_or_default();
        let rows = source.get("rows").and_then(Value::as_u64).unwrap_or_default();
        let words = match text("reason") {
            "" => format!("{rows} rows"),
            reason => format!("{rows} rows: {reason}"),
        };
        Info::new(format!("source:{}", text("id")), text("status")).with_text(words)
    };
    sources.iter().map(info).collect()
}

#[cfg(test)]
mod tests {
    use super::{Format, Output};
    use serde_json::{Value, json};

    fn page(id: &str, next: Option<&str>) -> Value {
        json!({
            "assets": [{
                "id": format!("hst/{id}"), "title": "M31, \"the\" galaxy", "archive": "hst", "collection": "hst/stis",
                "kind": "dataset", "publisher": null, "licence": {"spdx": null, "url": "https://example.org/l", "text": "own"},
                "created": "2021-03-02T00:00:00Z", "size_bytes": 1234,
                "position": {"ra_deg": 10.68, "dec_deg": 41.27},
                "time": {"start": "2021-03-01T00:00:00Z", "end": null},
                "facets": {"mission": ["Hubble"], "instrument": ["STIS"]}, "visibility": "public",
                "distributions": [
                    {"role": "#preview", "url": "https://example.org/p"},
                    {"role": "#this", "url": "https://example.org/d"},
                ],
            }],
            "sources": [
                {"id": "hst", "status": "ok", "rows": 1, "elapsed_ms": 5, "reason": null},
                {"id": "eso", "status": "timeout", "rows": 0, "elapsed_ms": 8000, "reason": "no answer in 8 s"},
            ],
            "partial": true, "count": {"value": 1, "exact": false}, "next": next,
        })
    }

    fn written(format: Format, pages: &[Value]) -> String {
        let mut bytes = Vec::new();
        let mut output = Output::new(format, &mut bytes, Some(72)).unwrap();
        for page in pages {
            output.page(page.clone()).unwrap();
        }
        output.finish().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_table_fits_the_terminal() {
        insta::assert_snapshot!(written(Format::Table, &[page("a", None)]));
    }

    #[test]
    fn pages_make_one_document() {
        let both = [page("a", Some("x")), page("b", None)];
        let parsed: Value = serde_json::from_str(&written(Format::Json, &both)).unwrap();
        let ids: Vec<_> =
            parsed["assets"].as_array().unwrap().iter().map(|asset| &asset["id"]).collect();
        assert_eq!(ids, ["hst/a", "hst/b"]);
        assert_eq!(parsed["next"], Value::Null);
        assert_eq!(written(Format::Ndjson, &both).lines().count(), 2);
        insta::assert_snapshot!(written(Format::Csv, &both));
        insta::assert_snapshot!(written(Format::Votable, &both));
    }

    #[test]
    fn one_page_is_the_answer_of_the_api() {
        let page = page("a", Some("x"));
        let parsed: Value =
            serde_json::from_str(&written(Format::Json, std::slice::from_ref(&page))).unwrap();
        assert_eq!(parsed, page);
    }

    #[test]
    fn nothing_found_is_a_document_too() {
        let empty = json!({"assets": [], "sources": [], "partial": false, "count": {"value": 0, "exact": true}, "next": null});
        let parsed: Value =
            serde_json::from_str(&written(Format::Json, std::slice::from_ref(&empty))).unwrap();
        assert_eq!(parsed, empty);
    }
}
