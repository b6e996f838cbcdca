//! Tables from VOSI documents and from `TAP_SCHEMA`.

use archway_plugin::testing::{RecordedHost, outline};

use super::*;

const BASE: &str = "https://archive.example/tap";
/// Recorded from ESA's Gaia archive; see tests/data/SOURCES.md.
const GAIA: &str = include_str!("../../tests/data/recorded/gaia-tables.xml");

fn host() -> RecordedHost {
    RecordedHost::new().with_text("base_url", BASE)
}

fn votable(fields: &[&str], rows: &[&[&str]]) -> String {
    let fields: String = fields
        .iter()
        .map(|name| format!(r#"<FIELD name="{name}" datatype="char" arraysize="*"/>"#))
        .collect();
    let cells =
        |row: &&[&str]| row.iter().map(|cell| format!("<TD>{cell}</TD>")).collect::<String>();
    let rows: String = rows.iter().map(|row| format!("<TR>{}</TR>", cells(row))).collect();
    format!(
        r#"<VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>{fields}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"#
    )
}

#[test]
fn a_recorded_table_set_is_read_with_and_without_columns() {
    let host = host().answering(&format!("{BASE}/tables"), 200, GAIA);
    let names = tables(&host, &[], true).unwrap();
    assert!(
        names.len() > 1
            && names.iter().all(|table| table.fields.is_empty() && table.name.contains('.'))
    );
    let all = tables(&host, &[], false).unwrap();
    assert_eq!(all.len(), names.len());
    assert!(all.iter().any(|table| table.fields.len() > 20));
}

#[test]
fn without_vosi_tables_the_schema_is_asked() {
    let schema = |status, body: &str| {
        host()
            .answering(&format!("{BASE}/tables"), status, body)
            .answering_to(
                &format!("{BASE}/sync"),
                "TAP_SCHEMA.tables",
                200,
                votable(
                    &["schema_name", "table_name", "table_type", "description", "utype"],
                    &[
                        &["hsa", "hsa.observation", "view", "Observations", ""],
                        &["hsa", "hsa.target", "table", "", ""],
                    ],
                ),
            )
            .answering_to(
                &format!("{BASE}/sync"),
                "TAP_SCHEMA.columns",
                200,
                votable(
                    &[
                        "table_name",
                        "column_name",
                        "datatype",
                        "size",
                        "unit",
                        "indexed",
                        "principal",
                    ],
                    &[
                        &["hsa.observation", "observation_id", "adql:BIGINT", "", "", "1", "1"],
                        &["hsa.observation", "target", "adql:VARCHAR", "80", "", "0", "1"],
                        &["hsa.target", "name", "adql:VARCHAR", "", "", "0", "0"],
                    ],
                ),
            )
            .answering_to(
                &format!("{BASE}/sync"),
                "TAP_SCHEMA.keys",
                200,
                votable(
                    &["key_id", "from_table", "target_table", "from_column", "target_column"],
                    &[&["k1", "hsa.observation", "hsa.target", "target", "name"]],
                ),
            )
    };
    for (name, status, body) in
        [("no such resource", 404, ""), ("a page", 200, "<html><body>Welcome</body></html>")]
    {
        let found = tables(&schema(status, body), &[], false).unwrap();
        assert_eq!(found.len(), 2, "{name}");
        if status == 404 {
            insta::assert_snapshot!(outline(&found[0]));
        }
    }
}

#[test]
fn a_named_table_that_is_not_there_is_said() {
    let empty = votable(&["table_name", "column_name"], &[]);
    let host = host().answering(&format!("{BASE}/tables/"), 404, "").answering(
        &format!("{BASE}/sync"),
        200,
        empty,
    );
    assert!(
        matches!(tables(&host, &["no.such".to_owned()], false), Err(Error::NotFound(name)) if name == "no.such")
    );
    let asked = host.asked().into_iter().find(|request| request.url.contains("/sync")).unwrap();
    assert!(asked.url.contains("table_name+IN+%28%27no.such%27%29"), "{}", asked.url);
}
