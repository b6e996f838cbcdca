//! Answers of a plugin, printed for people.

use std::fmt::Debug;
use std::io;

use archway_core::access::{Route, Way};
use archway_core::archive::Description;
use archway_core::asset::{Asset, Location};
use archway_core::coverage::{Instant, Region, Shape};
use archway_core::tables::{Field, Table};
use arrow_array::{Array, RecordBatch, cast::AsArray, types};
use arrow_schema::DataType;

use crate::cli::terminal::{line, shown, size};

/// Identifier, title, and where, when and what.
pub(super) fn asset(asset: &Asset) -> io::Result<()> {
    line(format_args!("{}  {}", shown(&asset.id.native), shown(&asset.summary.title)))?;
    for space in &asset.space {
        line(format_args!("    where  {}", region(&space.region)))?;
    }
    for time in &asset.time {
        let end = |instant: Option<Instant>| instant.map_or("…".to_owned(), Instant::to_rfc3339);
        line(format_args!("    when   {} to {}", end(time.range.start), end(time.range.end)))?;
    }
    if !asset.facets.is_empty() {
        let facets: Vec<_> =
            asset.facets.iter().map(|facet| format!("{}={}", facet.kind, facet.term)).collect();
        line(format_args!("    what   {}", shown(&facets.join(" "))))?;
    }
    for distribution in &asset.distributions {
        let place = match &distribution.location {
            Location::Url(url) => shown(url),
            Location::OnRequest => "on request (`access` says where)".to_owned(),
        };
        let bytes = distribution.size.map(|s| size(s.bytes)).unwrap_or_default();
        line(format_args!(
            "    bytes  {} {} {bytes} {place}",
            distribution.role,
            text(distribution.format.as_ref())
        ))?;
    }
    Ok(())
}

/// Everything that is known of it.
pub(super) fn whole_asset(asset: &Asset) -> io::Result<()> {
    outlined(asset)
}

/// What the archive says of itself.
pub(super) fn description(description: &Description) -> io::Result<()> {
    outlined(description)
}

/// How to get at bytes.
pub(super) fn way(way: &Way) -> io::Result<()> {
    let place = match &way.route {
        Route::Http(http) => format!("{} {}", http.method, http.url),
        Route::Ftp(ftp) => format!("ftp {}:{}{}", ftp.host, ftp.port, ftp.path),
        Route::Service(service) => {
            let names: Vec<_> =
                service.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
            format!("service {} ({})", service.url, names.join(", "))
        }
        Route::ViaPlugin(locator) => format!("through the plugin: {locator}"),
        Route::Inline(bytes) => format!("inline, {} bytes", bytes.len()),
    };
    let bytes = way.size.map(|s| size(s.bytes)).unwrap_or_default();
    line(format_args!("{}  {}  {} {bytes}", way.role, shown(&place), text(way.media_type.as_ref())))
}

/// A table with the columns that are known.
pub(super) fn table(table: &Table) -> io::Result<()> {
    let rows = table.rows.map(|rows| format!("  {rows} rows")).unwrap_or_default();
    line(format_args!(
        "{}{rows}  {}",
        shown(&table.name),
        shown(text(table.description.as_ref()))
    ))?;
    for field in &table.fields {
        let unit = field.unit.as_ref().map(|unit| format!(" [{unit}]")).unwrap_or_default();
        let words = shown(text(field.description.as_ref()));
        line(format_args!("    {} {}{unit}  {words}", shown(&field.name), field.data_type))?;
    }
    Ok(())
}

/// The names of columns, tabs between.
pub(super) fn heads(fields: &[Field]) -> io::Result<()> {
    let names: Vec<_> = fields.iter().map(|field| shown(&field.name)).collect();
    line(names.join("\t"))
}

/// Rows, tabs between cells.
pub(super) fn rows(batch: &RecordBatch) -> io::Result<()> {
    for row in 0..batch.num_rows() {
        let cells: Vec<_> =
            batch.columns().iter().map(|column| shown(&cell(&**column, row))).collect();
        line(cells.join("\t"))?;
    }
    Ok(())
}

fn cell(column: &dyn Array, row: usize) -> String {
    if column.is_null(row) {
        return String::new();
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::UInt8 => column.as_primitive::<types::UInt8Type>().value(row).to_string(),
        DataType::Int16 => column.as_primitive::<types::Int16Type>().value(row).to_string(),
        DataType::Int32 => column.as_primitive::<types::Int32Type>().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<types::Int64Type>().value(row).to_string(),
        DataType::Float32 => column.as_primitive::<types::Float32Type>().value(row).to_string(),
        DataType::Float64 => column.as_primitive::<types::Float64Type>().value(row).to_string(),
        DataType::Timestamp(..) => {
            let us = column.as_primitive::<types::TimestampMicrosecondType>().value(row);
            Instant::from_utc_us(us).to_rfc3339()
        }
        DataType::List(_) => elements(&column.as_list::<i32>().value(row)),
        DataType::FixedSizeList(..) => elements(&column.as_fixed_size_list().value(row)),
        other => format!("<{other}>"),
    }
}

fn elements(array: &dyn Array) -> String {
    let cells: Vec<_> = (0..array.len()).map(|at| cell(array, at)).collect();
    format!("[{}]", cells.join(" "))
}

fn region(region: &Region) -> String {
    match &region.shape {
        Shape::Point(at) => {
            format!("{:?} point {} {}", region.frame, at.longitude_deg, at.latitude_deg)
        }
        Shape::Circle(circle) => {
            let at = &circle.centre;
            format!(
                "{:?} circle {} {} radius {}",
                region.frame, at.longitude_deg, at.latitude_deg, circle.radius_deg
            )
        }
        Shape::Polygon(corners) => {
            format!("{:?} polygon of {} corners", region.frame, corners.len())
        }
        shape => format!("{:?} {shape:?}", region.frame).chars().take(200).collect(),
    }
}

fn text(text: Option<&String>) -> &str {
    text.map(String::as_str).unwrap_or_default()
}

/// As Rust prints it, without the lines that say nothing.
fn outlined(value: &impl Debug) -> io::Result<()> {
    let full = format!("{value:#?}");
    let says_something = |line: &&str| !(line.ends_with(": None,") || line.ends_with(": [],"));
    full.lines().filter(says_something).try_for_each(|one| line(shown(one)))
}
