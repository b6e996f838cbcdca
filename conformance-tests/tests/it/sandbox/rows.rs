//! Rows, true and forged.

use super::*;
use archway_core::tables::Completeness;

fn query(text: &str, max_rows: u64) -> TableQuery {
    let (language, text) = ("ADQL".to_owned(), text.to_owned());
    TableQuery { language, text, uploads: Vec::new(), max_rows: Some(max_rows) }
}

#[tokio::test]
async fn rows_come_as_batches_of_the_answers_schema() {
    let hostile = Hostile::new("").await;
    let mut answer = hostile.archive.query(&query("fine", 25)).await.unwrap();
    let names: Vec<_> = answer.schema.fields().iter().map(|f| f.name().as_str()).collect();
    assert_eq!(names, ["name", "value"]);
    let mut sizes = Vec::new();
    while let Some(batch) = answer.rows.next(10).await.unwrap() {
        sizes.push(batch.num_rows());
    }
    assert_eq!(sizes, [10, 10, 5]);
    let outcome = answer.rows.outcome().await.unwrap();
    assert_eq!((outcome.completeness, outcome.warnings.len()), (Completeness::Truncated, 1));
    assert!(answer.rows.next(10).await.unwrap().is_none(), "the end stays the end");
}

#[tokio::test]
async fn forged_columns_are_refused_and_the_next_query_is_clean() {
    let hostile = Hostile::new("").await;
    let cases = [
        ("rows", "rows is 4294967295 in one batch, more than the 10 asked for"),
        ("columns", "row-batch.columns is 1 columns, not 2"),
        ("offsets", "column.offsets is from Some(4294967295), not from 0"),
        ("falling", "column.offsets is from Some(10), not from 0"),
        ("no-offsets", "column.offsets is 0 long, not 11"),
        ("utf8", "column.text is"),
        ("bytes", "column.offsets is up to 10, not up to the data's length, 1"),
        ("validity", "column.validity is 1000 bytes long, not the 2 of 10 bits"),
        ("type", "column.data is float64, not of type Utf8"),
    ];
    for (attack, expected) in cases {
        let mut answer = hostile.archive.query(&query(attack, 100)).await.unwrap();
        let error = answer.rows.next(10).await.unwrap_err().to_string();
        let whole =
            format!("plugin of archive `hostile` broke in query.next: in its answer {expected}");
        assert!(error.starts_with(&whole), "attack {attack}: {error}");
        let mut answer = hostile.archive.query(&query("fine", 10)).await.unwrap();
        assert_eq!(answer.rows.next(100).await.unwrap().unwrap().num_rows(), 10);
    }
}

#[tokio::test]
async fn a_million_rows_pass_and_leave_no_memory_behind() {
    let hostile = Hostile::new("").await;
    let mut answer = hostile.archive.query(&query("endless", 0)).await.unwrap();
    let mut rows = 0;
    let mut before = 0;
    for batch in 0..220 {
        rows += answer.rows.next(5_000).await.unwrap().unwrap().num_rows();
        if batch == 20 {
            before = resident_mib();
        }
    }
    assert_eq!(rows, 1_100_000);
    let grown = resident_mib().saturating_sub(before);
    assert!(grown < 64, "a million rows left {grown} MiB behind");
}
