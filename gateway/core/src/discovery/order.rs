//! What assets are sorted by, as one number: the smaller comes first.

use std::sync::Arc;

use super::Sort;
use super::matching::Matcher;
use crate::asset::Asset;
use crate::coverage::{Instant, separation_deg};
use crate::search::{Order, Question};

/// The place of what has no value to sort by: behind everything else.
pub(super) const MISSING: i64 = i64::MAX;

impl Sort {
    /// What each archive is asked for.
    pub(super) fn order(self) -> Order {
        match self {
            Self::Relevance => Order::Stable,
            Self::Date => Order::Date,
            Self::Distance => Order::Distance,
            Self::Size => Order::Size,
        }
    }
}

/// The key of an asset, or `None` where it is its rank among its archive's own assets.
pub(super) fn key(sort: Sort, matcher: &Matcher, asset: &Asset) -> Option<i64> {
    match sort {
        Sort::Relevance => matcher.words.as_ref().map(|words| -i64::from(words.score(asset))),
        Sort::Date => Some(by_date(asset)),
        Sort::Size => Some(by_size(asset)),
        Sort::Distance => Some(by_distance(matcher, asset)),
    }
}

fn by_date(asset: &Asset) -> i64 {
    // Bitwise not turns the order round without overflow.
    asset.date().map_or(MISSING, |Instant(us)| (!us).min(MISSING - 1))
}

fn by_size(asset: &Asset) -> i64 {
    let size = asset.size_bytes().map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
    size.map_or(MISSING, |bytes| MISSING - 1 - bytes.min(MISSING - 1))
}

fn by_distance(matcher: &Matcher, asset: &Asset) -> i64 {
    let Some(region) = &matcher.region else { return MISSING };
    let Some(centre) = region.centre() else { return MISSING };
    let circles = asset.space.iter().filter_map(|coverage| region.circle_of(coverage));
    let nearest = circles.map(|circle| separation_deg(centre, circle.centre)).reduce(f64::min);
    // The bits of doubles that are not negative are ordered as the doubles are.
    nearest.filter(|deg| *deg >= 0.0).map_or(MISSING, |deg| deg.to_bits().cast_signed())
}

/// Sorts as an archive that gives this order would; assets of equal keys keep their places.
pub fn in_order(assets: &mut [Arc<Asset>], order: Order, question: &Question) {
    let sort = match order {
        Order::Stable => return,
        Order::Date => Sort::Date,
        Order::Size => Sort::Size,
        Order::Distance => Sort::Distance,
    };
    let Ok(matcher) = Matcher::new(question.clone(), Instant(0)) else { return };
    assets.sort_by_cached_key(|asset| key(sort, &matcher, asset));
}
