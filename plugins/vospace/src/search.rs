//! Search: a walk through the tree, of which what does not answer is left out.
//!
//! Called by `lib.rs`. Calls `walk.rs`, `mapping.rs`, `matching.rs`.
//! Rules: nodes are asked for as assets are wanted; a batch may be empty where none of its nodes
//! answered, so that the caller can stop.

use archway_plugin::types::{Asset, AssetBatch, Order, SearchQuery};
use archway_plugin::{AssetCursor, Error, Host, SearchAnswer};

use crate::mapping;
use crate::matching::Matcher;
use crate::service::Service;
use crate::walk::{Position, Walk};

/// Nodes looked at for one batch, before an empty one is given.
const MOST_LOOKED_AT: u32 = 5000;

pub(crate) fn search(host: &dyn Host, query: SearchQuery) -> Result<SearchAnswer, Error> {
    if let Some(native) = &query.native {
        let why = format!("VOSpace has no query language, nor {}", native.language);
        return Err(Error::invalid_part("native", why));
    }
    let from = match &query.after {
        Some(token) => Position::of_token(token, "after")?,
        None => Position::default(),
    };
    let settings = crate::settings::Settings::of(host)?;
    let matcher = Matcher::new(&query, &settings);
    let not_applied = matcher.not_applied.clone();
    let ordered = query.order == Order::Stable;
    if matcher.is_empty {
        return Ok(SearchAnswer {
            assets: Box::new(Nothing),
            not_applied,
            ordered: true,
            total: Some(0),
        });
    }
    let mut walk = Walk::new(Service::of(host)?, from)?;
    let first = walk.start(host)?;
    let first = first.map(|node| mapping::asset(&walk.service, &node, &walk.service.root, None));
    // What the gateway leaves out afterwards needs more than it keeps.
    let left = query.max_assets.filter(|_| not_applied.is_empty() && ordered);
    let assets = Box::new(Found { walk, matcher, first, left });
    Ok(SearchAnswer { assets, not_applied, ordered, total: None })
}

struct Found {
    walk: Walk,
    matcher: Matcher,
    /// A root that is no container.
    first: Option<Asset>,
    /// How many are still wanted.
    left: Option<u64>,
}

impl AssetCursor for Found {
    fn next(&mut self, host: &dyn Host, max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        let mut assets: Vec<Asset> = Vec::new();
        let mut looked_at = 0;
        let mut ended = false;
        while assets.len() < max_assets as usize
            && looked_at < MOST_LOOKED_AT
            && self.left != Some(0)
        {
            let asset = match self.first.take() {
                Some(asset) => asset,
                None => {
                    let Some((node, uri)) = self.walk.next(host)? else {
                        ended = true;
                        break;
                    };
                    mapping::asset(&self.walk.service, &node, &uri, None)
                }
            };
            looked_at += 1;
            if self.matcher.accepts(&asset) {
                assets.push(asset);
                self.left = self.left.map(|left| left.saturating_sub(1));
            }
        }
        if assets.is_empty() && (ended || self.left == Some(0)) {
            return Ok(None);
        }
        Ok(Some(AssetBatch { assets, resume: Some(self.walk.position().to_token()) }))
    }
}

/// An answer without assets.
struct Nothing;

impl AssetCursor for Nothing {
    fn next(&mut self, _host: &dyn Host, _max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        Ok(None)
    }
}
