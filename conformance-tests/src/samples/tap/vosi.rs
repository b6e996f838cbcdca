//! What the service says of itself: capabilities, availability, tables (VOSI 1.1, TAPRegExt 1.0).

use super::request::{DEFAULT_ROWS, MOST_ROWS};
use super::schema::{KEYS, Schema};
use crate::samples::table::{Column, Table};

/// What the sample evaluates beyond the core, as TAPRegExt lists it.
const GEOMETRY: [&str; 7] =
    ["POINT", "CIRCLE", "BOX", "POLYGON", "CONTAINS", "INTERSECTS", "DISTANCE"];

/// `/capabilities` of the service at `tap_url`.
pub(super) fn capabilities(tap_url: &str, has_obscore: bool) -> String {
    let model = if has_obscore {
        "\n    <dataModel ivo-id=\"ivo://ivoa.net/std/ObsCore#core-1.1\">ObsCore-1.1</dataModel>"
    } else {
        ""
    };
    let geometry: String =
        GEOMETRY.map(|name| format!("<feature><form>{name}</form></feature>")).concat();
    let plain = |id: &str, path: &str, version: &str| {
        format!(
            r#"
  <capability standardID="ivo://ivoa.net/std/VOSI#{id}">
    <interface xsi:type="vs:ParamHTTP" version="{version}"><accessURL use="full">{tap_url}/{path}</accessURL></interface>
  </capability>"#
        )
    };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- A sample of real data: it evaluates a part of ADQL on rows recorded from real archives. -->
<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" xmlns:tr="http://www.ivoa.net/xml/TAPRegExt/v1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <capability standardID="ivo://ivoa.net/std/TAP" xsi:type="tr:TableAccess">
    <description>A sample of real data; evaluates a part of ADQL</description>
    <interface xsi:type="vs:ParamHTTP" role="std" version="1.1">
      <accessURL use="base">{tap_url}</accessURL>
      <queryType>GET</queryType><queryType>POST</queryType>
      <resultType>application/x-votable+xml</resultType>
    </interface>{model}
    <language>
      <name>ADQL</name>
      <version ivo-id="ivo://ivoa.net/std/ADQL#v2.0">2.0</version>
      <version ivo-id="ivo://ivoa.net/std/ADQL#v2.1">2.1</version>
      <description>SELECT from one table, WHERE, ORDER BY, OFFSET; COUNT, MIN, MAX without grouping</description>
      <languageFeatures type="ivo://ivoa.net/std/TAPRegExt#features-adqlgeo">{geometry}</languageFeatures>
      <languageFeatures type="ivo://ivoa.net/std/TAPRegExt#features-adql-string"><feature><form>LOWER</form></feature><feature><form>UPPER</form></feature><feature><form>ILIKE</form></feature></languageFeatures>
      <languageFeatures type="ivo://ivoa.net/std/TAPRegExt#features-adql-offset"><feature><form>OFFSET</form></feature></languageFeatures>
    </language>
    <outputFormat ivo-id="ivo://ivoa.net/std/TAPRegExt#output-votable-td"><mime>application/x-votable+xml;serialization=tabledata</mime><alias>votable</alias><alias>votable/td</alias></outputFormat>
    <outputFormat ivo-id="ivo://ivoa.net/std/TAPRegExt#output-votable-binary2"><mime>application/x-votable+xml;serialization=binary2</mime><alias>votable/b2</alias></outputFormat>
    <outputFormat><mime>text/csv;header=present</mime><alias>csv</alias></outputFormat>
    <outputFormat><mime>text/tab-separated-values</mime><alias>tsv</alias></outputFormat>
    <retentionPeriod><default>86400</default><hard>86400</hard></retentionPeriod>
    <executionDuration><default>60</default><hard>60</hard></executionDuration>
    <outputLimit><default unit="row">{DEFAULT_ROWS}</default><hard unit="row">{MOST_ROWS}</hard></outputLimit>
  </capability>{}{}{}
</vosi:capabilities>
"#,
        plain("capabilities", "capabilities", "1.0"),
        plain("availability", "availability", "1.0"),
        plain("tables-1.1", "tables", "1.1"),
    )
}

/// `/availability`: always up while it answers.
pub(super) fn availability(up_since: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<av:availability xmlns:av="http://www.ivoa.net/xml/VOSIAvailability/v1.0"><av:available>true</av:available><av:upSince>{up_since}</av:upSince><av:note>a sample of real data, served from this machine</av:note></av:availability>
"#
    )
}

const TABLE_NAMESPACES: &str = r#"xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0" xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance""#;

/// `/tables`; without columns if `detail` is `min`.
pub(super) fn tableset(schemas: &[Schema], tables: &[Table], with_columns: bool) -> String {
    let mut xml =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<vosi:tableset {TABLE_NAMESPACES}>\n");
    for schema in schemas {
        xml += &format!(
            "<schema><name>{}</name><description>{}</description>\n",
            escaped(schema.name),
            escaped(schema.description)
        );
        for table in tables.iter().filter(|table| table.schema() == schema.name) {
            xml += "<table type=\"table\">";
            xml += &table_content(table, with_columns);
            xml += "</table>\n";
        }
        xml += "</schema>\n";
    }
    xml + "</vosi:tableset>\n"
}

/// `/tables/{name}`
pub(super) fn one_table(table: &Table) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<vosi:table {TABLE_NAMESPACES} type=\"table\">{}</vosi:table>\n",
        table_content(table, true)
    )
}

fn table_content(table: &Table, with_columns: bool) -> String {
    let mut xml = element("name", Some(&table.name));
    xml += &element("description", Some(&table.description));
    xml += &element("utype", table.utype.as_deref());
    if with_columns {
        xml.extend(table.columns.iter().map(column));
        for (_, from, from_column, target, target_column) in KEYS {
            if table.name == format!("TAP_SCHEMA.{from}") {
                xml += &format!(
                    "<foreignKey><targetTable>TAP_SCHEMA.{target}</targetTable><fkColumn><fromColumn>{from_column}</fromColumn><targetColumn>{target_column}</targetColumn></fkColumn></foreignKey>"
                );
            }
        }
    }
    xml
}

fn column(column: &Column) -> String {
    let mut xml = format!("\n<column std=\"{}\">", column.std);
    xml += &element("name", Some(&column.name));
    xml += &element("description", column.description.as_deref());
    xml += &element("unit", column.unit.as_deref());
    xml += &element("ucd", column.ucd.as_deref());
    xml += &element("utype", column.utype.as_deref());
    xml += "<dataType xsi:type=\"vs:VOTableType\"";
    for (name, value) in [("arraysize", &column.arraysize), ("extendedType", &column.xtype)] {
        if let Some(value) = value {
            xml += &format!(" {name}=\"{}\"", escaped(value));
        }
    }
    xml += &format!(">{}</dataType>", column.datatype.name());
    if column.std {
        xml += "<flag>principal</flag>";
    }
    xml + "</column>"
}

fn element(name: &str, text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| format!("<{name}>{}</{name}>", escaped(text)))
}

/// Escapes a text for XML; characters that XML cannot hold are left out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\t' | '\n' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
