//! Search: a typed question as queries on the table of assets, page after page.
//!
//! Called by `lib.rs`. Calls `source.rs`, `adql.rs`, `paging.rs`, `mapping.rs`.
//! Not here: what the assets are where they are tables (`mapping/tables.rs`).

use archway_plugin::host::Level;
use archway_plugin::types::{Asset, AssetBatch, Constraint, Order, SearchQuery};
use archway_plugin::{AssetCursor, Error, Host, SearchAnswer};

use crate::adql;
use crate::mapping::tables;
use crate::paging::{Ordering, Pages, Position};
use crate::settings::{RegionSupport, Settings};
use crate::source::{Assets, Source};

/// Rows of the first query where the caller does not say how many it wants.
const PAGE_ROWS: u64 = 500;
/// Room for assets that a batch has from its start.
const FIRST_ROWS: usize = 32;

pub(crate) fn search(host: &dyn Host, query: &SearchQuery) -> Result<SearchAnswer, Error> {
    let settings = Settings::of(host)?;
    if let Some(native) = &query.native {
        return Err(Error::invalid_part(
            "native",
            format!("{} belongs to the operation query, not to search", native.language),
        ));
    }
    match Assets::of(host, &settings)? {
        Assets::Rows(source) => rows(host, query, settings, source),
        Assets::Tables => tables::search(host, &settings, query),
    }
}

/// Under which name it is remembered what geometry the archive refused.
const REGION_KEY: &str = "region";
const KEEP_S: u32 = 24 * 3600;

fn rows(
    host: &dyn Host,
    query: &SearchQuery,
    settings: Settings,
    mut source: Source,
) -> Result<SearchAnswer, Error> {
    let may_choose = settings.region == RegionSupport::Auto && query.region.is_some();
    let remembered = host
        .cached(REGION_KEY)
        .filter(|_| may_choose)
        .and_then(|word| String::from_utf8(word).ok());
    if let Some(word) = remembered {
        source.region = RegionSupport::named(&word);
    }
    loop {
        match ask(host, query, &settings, &source) {
            // What TAP_SCHEMA calls an area some archives cannot compare, and some know no geometry.
            Err(Error::InvalidQuery(fault)) if may_choose && fault.part.is_none() => {
                let Some(simpler) = source.region.simpler() else {
                    return Err(Error::InvalidQuery(fault));
                };
                let fields = [("now", simpler.name().to_owned()), ("said", fault.message)];
                host.log(Level::Info, "the archive refused the question for a place", &fields);
                source.region = simpler;
            }
            answer => {
                if may_choose && answer.is_ok() {
                    // Where it is forgotten it is found out again.
                    let _ = host.cache(REGION_KEY, source.region.name().as_bytes(), Some(KEEP_S));
                }
                return answer;
            }
        }
    }
}

fn ask(
    host: &dyn Host,
    query: &SearchQuery,
    settings: &Settings,
    source: &Source,
) -> Result<SearchAnswer, Error> {
    let conditions = adql::conditions(query, source, settings);
    if conditions.is_empty {
        return Ok(SearchAnswer {
            assets: Box::new(Nothing),
            not_applied: Vec::new(),
            ordered: true,
            total: Some(0),
        });
    }
    let (ordering, ordered) = ordering(query.order, settings, source);
    let position = match &query.after {
        Some(token) => Position::of_token(token, "after")?,
        None => Position::default(),
    };
    // What the gateway filters afterwards needs more rows than it keeps.
    let is_exact =
        conditions.not_applied.iter().all(|constraint| *constraint == Constraint::MaxAssets);
    let wanted = query.max_assets.filter(|_| is_exact);
    let page_rows = query.max_assets.map_or(PAGE_ROWS, |wanted| wanted.max(1));
    let page_rows = if is_exact { page_rows } else { page_rows.max(PAGE_ROWS) };
    let pages = Pages::new(settings.clone(), source.clone(), conditions.all, ordering);
    let mut pages = pages.after(position).bounded(wanted, page_rows);
    pages.open(host)?;
    let assets = Box::new(Found { pages, without_id: 0, failure: None });
    Ok(SearchAnswer { assets, not_applied: conditions.not_applied, ordered, total: None })
}

/// The order the rows come in, and whether it is the one wanted.
fn ordering(wanted: Order, settings: &Settings, source: &Source) -> (Ordering, bool) {
    let by = |name: &'static str| match source.column(name) {
        Some(_) if settings.order_by => Some(Ordering::Falling(name)),
        _ => None,
    };
    match wanted {
        Order::Stable => (Ordering::Identifier, true),
        // A row without a start would have to stand by its date of creation.
        Order::Date => match by("t_min") {
            Some(ordering) => (ordering, source.column("obs_creation_date").is_none()),
            None => (Ordering::Identifier, false),
        },
        Order::Size => {
            by("access_estsize").map_or((Ordering::Identifier, false), |ordering| (ordering, true))
        }
        Order::Distance => (Ordering::Identifier, false),
    }
}

/// The orders that the archive gives by itself.
pub(crate) fn orders(settings: &Settings, source: &Source) -> Vec<Order> {
    [Order::Stable, Order::Date, Order::Size]
        .into_iter()
        .filter(|order| ordering(*order, settings, source).1)
        .collect()
}

struct Found {
    pages: Pages,
    without_id: u64,
    /// What broke the archive's answer off behind the assets that were given last.
    failure: Option<Error>,
}

impl AssetCursor for Found {
    fn next(&mut self, host: &dyn Host, max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut assets: Vec<Asset> = Vec::with_capacity(FIRST_ROWS.min(max_assets as usize));
        let mut without_id = 0;
        let mut ended = false;
        while assets.len() < max_assets as usize && !ended {
            let read = self.pages.read(host, &mut |mapper, row| match mapper.asset(row) {
                Some(asset) => assets.push(asset),
                None => without_id += 1,
            });
            match read {
                Ok(more) => ended = !more,
                // What came before a break is good; what came in another order than asked for,
                // or again, is not.
                Err(failure @ Error::Unavailable(_)) if !assets.is_empty() => {
                    self.failure = Some(failure);
                    break;
                }
                Err(failure) => return Err(failure),
            }
        }
        self.without_id += without_id;
        if ended && self.without_id > 0 {
            let fields = [("rows", self.without_id.to_string())];
            host.log(Level::Warning, "rows without an identifier were left out", &fields);
            self.without_id = 0;
        }
        if assets.is_empty() && ended {
            return Ok(None);
        }
        Ok(Some(AssetBatch { assets, resume: Some(self.pages.position().to_token()) }))
    }
}

/// An answer without assets.
struct Nothing;

impl AssetCursor for Nothing {
    fn next(&mut self, _host: &dyn Host, _max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use archway_plugin::testing::RecordedHost;

    use super::*;
    use crate::recorded::circle;

    const BASE: &str = "https://archive.example/tap";
    const NO_ROWS: &str = r#"<VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>
        <FIELD name="obs_id" datatype="char" arraysize="*"/><DATA><TABLEDATA/></DATA></TABLE></RESOURCE></VOTABLE>"#;
    const COLUMNS: &str = r#"<VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>
        <FIELD name="table_name" datatype="char" arraysize="*"/><FIELD name="column_name" datatype="char" arraysize="*"/>
        <FIELD name="datatype" datatype="char" arraysize="*"/><DATA><TABLEDATA>
        <TR><TD>ivoa.ObsCore</TD><TD>obs_publisher_did</TD><TD>adql:VARCHAR</TD></TR><TR><TD>ivoa.ObsCore</TD><TD>s_ra</TD><TD>adql:DOUBLE</TD></TR>
        <TR><TD>ivoa.ObsCore</TD><TD>s_dec</TD><TD>adql:DOUBLE</TD></TR><TR><TD>ivoa.ObsCore</TD><TD>s_region</TD><TD>adql:REGION</TD></TR>
        <TR><TD>ivoa.ObsCore</TD><TD>obs_collection</TD><TD>adql:VARCHAR</TD></TR>
        </TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"#;

    fn host() -> RecordedHost {
        RecordedHost::new()
            .with_text("base_url", BASE)
            .answering_to(BASE, "TAP_SCHEMA.columns", 200, COLUMNS)
            .answering_to(
                BASE,
                "INTERSECTS",
                400,
                "function intersects(text, scircle) does not exist",
            )
            .answering(BASE, 200, NO_ROWS)
    }

    #[test]
    fn an_archive_that_cannot_compare_areas_is_asked_about_points_from_then_on() {
        let host = host();
        let query =
            SearchQuery { region: Some(circle(10.0, 20.0, 1.0)), ..SearchQuery::everything() };
        for asked in [3, 1] {
            let before = host.asked().len();
            let answer = search(&host, &query).unwrap();
            assert_eq!(answer.not_applied, [Constraint::Region], "points alone are not exact");
            assert_eq!(host.asked().len() - before, asked);
        }
        assert!(host.asked().last().unwrap().url.contains("FROM+ivoa.ObsCore+WHERE+DISTANCE"));
    }

    #[test]
    fn a_setting_of_the_operator_is_not_argued_with() {
        let host = host().with_text("region", "intersects");
        let query =
            SearchQuery { region: Some(circle(10.0, 20.0, 1.0)), ..SearchQuery::everything() };
        assert!(matches!(search(&host, &query), Err(Error::InvalidQuery(_))));
    }

    #[test]
    fn one_search_is_one_request_once_the_columns_are_known() {
        let host = host();
        search(&host, &SearchQuery::everything()).unwrap();
        search(&host, &SearchQuery::everything()).unwrap();
        let asked: Vec<_> =
            host.asked().into_iter().map(|request| request.url.contains("TAP_SCHEMA")).collect();
        assert_eq!(asked, [true, false, false]);
    }

    #[test]
    fn what_cannot_match_is_not_asked() {
        let host = host().with_text("mode", "mapping").with_text("table", "a.b").with_setting(
            "columns",
            archway_plugin::types::Value::Json(
                r#"{"obs_id": "id", "obs_collection": {"value": "XMM"}}"#.to_owned(),
            ),
        );
        let collections = vec!["HST".to_owned()];
        let mut answer =
            search(&host, &SearchQuery { collections, ..SearchQuery::everything() }).unwrap();
        assert!(answer.assets.next(&host, 10).unwrap().is_none());
        assert_eq!((answer.total, host.asked().len()), (Some(0), 0));
    }

    #[test]
    fn rows_before_a_break_are_given_before_the_failure() {
        let row = |n| format!("<TR><TD>{n}</TD></TR>");
        let broken = NO_ROWS.replace("<TABLEDATA/>", &format!("<TABLEDATA>{}{}", row(1), row(2)));
        let broken = broken.replace("obs_id", "obs_publisher_did");
        let cut = broken.split("</DATA>").next().unwrap();
        let host = RecordedHost::new()
            .with_text("base_url", BASE)
            .answering_to(BASE, "TAP_SCHEMA.columns", 200, COLUMNS)
            .answering(BASE, 200, cut);
        let mut answer = search(&host, &SearchQuery::everything()).unwrap();
        let batch = answer.assets.next(&host, 10).unwrap().unwrap();
        assert_eq!(batch.assets.len(), 2);
        let resume = String::from_utf8(batch.resume.unwrap()).unwrap();
        assert_eq!(resume, r#"{"i":"2"}"#, "it goes on behind what was given");
        let failure = answer.assets.next(&host, 10).unwrap_err();
        assert!(matches!(failure, Error::Unavailable(_)), "{failure:?}");
    }

    #[test]
    fn a_native_question_belongs_to_another_operation() {
        let native = Some(archway_plugin::types::NativeQuery {
            language: "ADQL".to_owned(),
            text: "SELECT 1".to_owned(),
        });
        let refused = search(&host(), &SearchQuery { native, ..SearchQuery::everything() });
        assert!(
            matches!(refused, Err(Error::InvalidQuery(fault)) if fault.part.as_deref() == Some("native"))
        );
    }
}
