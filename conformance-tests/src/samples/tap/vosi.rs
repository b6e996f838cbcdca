//! What the service says of itself: capabilities, availability, tables (VOSI 1.1, `TAPRegExt` 1.0).

use archway_formats::Error;
use archway_formats::vosi::{
    Amount, Availability, Capabilities, Capability, Column as WireColumn, ColumnDataType,
    DataModel, ForeignKey, Interface, Language, LanguageFeature, LimitPair,
    OutputFormatDeclaration, SchemaDescription, TableAccess, TableDescription, TypeSystem,
    write_table, write_tables,
};

use super::request::{DEFAULT_ROWS, FORMATS, MOST_ROWS};
use super::schema::{KEYS, Schema};
use crate::samples::table::{Column, Table};

/// Sorts of features beyond the core, and those the sample evaluates (`TAPRegExt` 1.0, 2.3).
const FEATURES: [(&str, &[&str]); 3] = [
    (
        "features-adqlgeo",
        &["POINT", "CIRCLE", "BOX", "POLYGON", "REGION", "CONTAINS", "INTERSECTS", "DISTANCE"],
    ),
    ("features-adql-string", &["LOWER", "UPPER", "ILIKE"]),
    ("features-adql-offset", &["OFFSET"]),
];

/// `/capabilities` of the service at `tap_url`.
pub(super) fn capabilities(tap_url: &str, has_obscore: bool) -> Result<Vec<u8>, Error> {
    let plain = |id: &str, path: &str, version: &str| Capability {
        standard_id: Some(format!("ivo://ivoa.net/std/VOSI#{id}")),
        interfaces: vec![Interface {
            version: Some(version.into()),
            access_urls: vec![(format!("{tap_url}/{path}"), Some("full".into()))],
            ..Interface::default()
        }],
        ..Capability::default()
    };
    let tap = Capability {
        standard_id: Some("ivo://ivoa.net/std/TAP".into()),
        description: Some("A sample of real data; evaluates a part of ADQL".into()),
        interfaces: vec![Interface {
            role: Some("std".into()),
            version: Some("1.1".into()),
            access_urls: vec![(tap_url.into(), Some("base".into()))],
            query_types: vec!["GET".into(), "POST".into()],
            result_type: Some("application/x-votable+xml".into()),
            ..Interface::default()
        }],
        table_access: Some(table_access(has_obscore)),
        ..Capability::default()
    };
    let capabilities = vec![
        tap,
        plain("capabilities", "capabilities", "1.0"),
        plain("availability", "availability", "1.0"),
        plain("tables-1.1", "tables", "1.1"),
    ];
    let mut document = Vec::new();
    Capabilities { capabilities }.write(&mut document)?;
    Ok(document)
}

fn table_access(has_obscore: bool) -> TableAccess {
    let obscore = DataModel {
        ivo_id: Some("ivo://ivoa.net/std/ObsCore#core-1.1".into()),
        name: "ObsCore-1.1".into(),
    };
    let version =
        |number: &str| (number.to_owned(), Some(format!("ivo://ivoa.net/std/ADQL#v{number}")));
    let features = FEATURES.iter().flat_map(|(sort, forms)| {
        forms.iter().map(move |form| LanguageFeature {
            kind: format!("ivo://ivoa.net/std/TAPRegExt#{sort}"),
            form: (*form).into(),
            description: None,
        })
    });
    let language = Language {
        name: "ADQL".into(),
        versions: vec![version("2.0"), version("2.1")],
        description: Some(
            "SELECT from one table, WHERE, ORDER BY, OFFSET; COUNT, MIN, MAX without grouping"
                .into(),
        ),
        features: features.collect(),
    };
    let output_formats = FORMATS.map(|(format, id)| OutputFormatDeclaration {
        ivo_id: id.map(|id| format!("ivo://ivoa.net/std/TAPRegExt#{id}")),
        mime: format.media_type().into(),
        aliases: vec![format.short_name().into()],
    });
    let seconds = |default, hard| LimitPair {
        default: Some(Amount::Seconds(default)),
        hard: Some(Amount::Seconds(hard)),
    };
    TableAccess {
        data_models: if has_obscore { vec![obscore] } else { Vec::new() },
        languages: vec![language],
        output_formats: output_formats.into(),
        retention_s: seconds(super::jobs::RETENTION.as_secs(), super::jobs::RETENTION.as_secs()),
        execution_s: seconds(super::jobs::LONGEST_RUN_S, super::jobs::LONGEST_RUN_S),
        output_limit: LimitPair {
            default: Some(Amount::Rows(DEFAULT_ROWS)),
            hard: Some(Amount::Rows(MOST_ROWS)),
        },
        ..TableAccess::default()
    }
}

/// `/availability`: always up while it answers. `up_since` in microseconds since 1970, UTC.
pub(super) fn availability(up_since: i64) -> Result<Vec<u8>, Error> {
    let mut document = Vec::new();
    let availability = Availability {
        available: true,
        up_since: Some(up_since),
        notes: vec!["a sample of real data, served from this machine".into()],
        ..Availability::default()
    };
    availability.write(&mut document)?;
    Ok(document)
}

/// `/tables`
pub(super) fn tableset(
    schemas: &[Schema],
    tables: &[Table],
    with_columns: bool,
) -> Result<Vec<u8>, Error> {
    let described: Vec<(SchemaDescription, Vec<TableDescription>)> = schemas
        .iter()
        .map(|schema| {
            let own = tables.iter().filter(|table| table.schema() == schema.name);
            let description = SchemaDescription {
                name: schema.name.into(),
                description: Some(schema.description.into()),
                ..SchemaDescription::default()
            };
            (description, own.map(|table| described(table, with_columns)).collect())
        })
        .collect();
    let mut document = Vec::new();
    write_tables(&mut document, described.iter().map(|(s, tables)| (s, tables.as_slice())))?;
    Ok(document)
}

/// `/tables/{name}`
pub(super) fn one_table(table: &Table) -> Result<Vec<u8>, Error> {
    let mut document = Vec::new();
    write_table(&mut document, &described(table, true))?;
    Ok(document)
}

fn described(table: &Table, with_columns: bool) -> TableDescription {
    let keys = KEYS.iter().filter(|key| table.name == format!("TAP_SCHEMA.{}", key.1)).map(
        |(_, _, from, target, column)| ForeignKey {
            target_table: format!("TAP_SCHEMA.{target}"),
            columns: vec![((*from).into(), (*column).into())],
            ..ForeignKey::default()
        },
    );
    let mut described = TableDescription {
        schema: Some(table.schema().into()),
        name: table.name.clone(),
        title: table.title.clone(),
        description: Some(table.description.clone()),
        utype: table.utype.clone(),
        ..TableDescription::default()
    };
    if with_columns {
        described.columns = table.columns.iter().map(column).collect();
        described.foreign_keys = keys.collect();
    }
    described
}

fn column(column: &Column) -> WireColumn {
    WireColumn {
        name: column.name.clone(),
        description: column.description.clone(),
        unit: column.unit.clone(),
        ucd: column.ucd.clone(),
        utype: column.utype.clone(),
        data_type: Some(ColumnDataType {
            system: TypeSystem::Votable,
            name: column.datatype.name().into(),
            arraysize: column.arraysize.clone(),
            xtype: column.xtype.clone(),
            size: None,
        }),
        std: column.std,
        flags: if column.std { vec!["principal".into()] } else { Vec::new() },
        ..WireColumn::default()
    }
}
