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
use crate::settings::Settings;
use crate::source::{Assets, Source};

/// Rows of the first query where the caller does not say how many it wants.
const PAGE_ROWS: u64 = 500;

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

fn rows(
    host: &dyn Host,
    query: &SearchQuery,
    settings: Settings,
    source: Source,
) -> Result<SearchAnswer, Error> {
    let conditions = adql::conditions(query, &source, &settings);
    if conditions.is_empty {
        return Ok(SearchAnswer {
            assets: Box::new(Nothing),
            not_applied: Vec::new(),
            ordered: true,
            total: Some(0),
        });
    }
    let (ordering, ordered) = ordering(query.order, &settings, &source);
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
    let mut pages = Pages::new(settings, source, conditions.all, ordering)
        .after(position)
        .bounded(wanted, page_rows);
    pages.open(host)?;
    let assets = Box::new(Found { pages, without_id: 0 });
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
}

impl AssetCursor for Found {
    fn next(&mut self, host: &dyn Host, max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        let mut assets: Vec<Asset> = Vec::new();
        let mut without_id = 0;
        let mut ended = false;
        while assets.len() < max_assets as usize && !ended {
            ended = !self.pages.read(host, &mut |mapper, row| match mapper.asset(row) {
                Some(asset) => assets.push(asset),
                None => without_id += 1,
            })?;
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
