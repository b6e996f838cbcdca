//! Tables and queries: metadata that is true, rows that end.

use archway_core::archive::{Archive as _, Operation};
use archway_core::tables::TableQuery;

use super::subject::{Stage, Subject};
use super::{broke, offers};

fn ask(language: &str, text: String) -> TableQuery {
    TableQuery { language: language.to_owned(), text, uploads: Vec::new(), max_rows: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_has_the_columns_that_its_rows_have() {
    let stage = Stage::set().await;
    for Subject { config, archive } in &stage.subjects {
        if !offers(archive, Operation::Tables) || !offers(archive, Operation::Query) {
            continue;
        }
        let language = archive.describe().await.unwrap().languages.first().cloned();
        let language = language.unwrap_or_else(|| panic!("{}: takes no language", config.id)).name;
        let names = archive.tables(&[], true).await.unwrap();
        assert!(!names.is_empty(), "{}: no tables", config.id);
        let named = names.first().map(|table| table.name.clone()).unwrap();
        let table = archive.tables(std::slice::from_ref(&named), false).await.unwrap().remove(0);
        let text = format!("SELECT TOP 3 * FROM {named}");
        let query = ask(&language, text);
        let mut answer = archive.query(&query).await.unwrap();
        assert_eq!(answer.fields.len(), table.fields.len(), "{}: {named}", config.id);
        let mut rows = 0;
        while let Some(batch) = answer.rows.next(2).await.unwrap() {
            assert!(batch.num_rows() <= 2);
            rows += batch.num_rows();
        }
        assert!((1..=3).contains(&rows), "{}: {rows} rows of {named}", config.id);
        for wrong in ["", "SELEC 1", "SELECT * FROM no.such_table", "\u{0}", &"(".repeat(50_000)] {
            let text = wrong.to_owned();
            let query = ask(&language, text);
            let error = match archive.query(&query).await {
                Ok(mut answer) => answer.rows.next(10).await.err(),
                Err(error) => Some(error),
            };
            let short = wrong.get(..30).unwrap_or(wrong);
            let error = error.unwrap_or_else(|| panic!("{}: answers {short:?}", config.id));
            assert!(!broke(&error), "{}: {short:?}: {error}", config.id);
        }
    }
}
