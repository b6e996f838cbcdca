//! Harvest: every node, or every one changed since, in batches that can be resumed.
//!
//! Called by `lib.rs`. Calls `walk.rs`.
//! Rules: each batch carries the position behind it. A harvest that ended goes through the whole
//! tree again, since a container does not change with what is in it, and gives what was changed
//! since the one before began; nodes without a date always. VOSpace does not tell what is gone,
//! so there are no withdrawals.

use archway_plugin::types::{Change, ChangeBatch};
use archway_plugin::{ChangeCursor, Error, Host};
use serde::{Deserialize, Serialize};

use crate::mapping;
use crate::service::Service;
use crate::walk::{Position, Walk};

/// Clocks of services may be wrong by so much.
const CLOCK_US: i64 = 600_000_000;
/// Nodes looked at for one batch.
const MOST_LOOKED_AT: u32 = 5000;

/// Where a harvest stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    #[serde(rename = "p")]
    position: Position,
    /// When this pass began.
    #[serde(rename = "b")]
    began_us: i64,
    /// What changed before is left out.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    since_us: Option<i64>,
    /// The pass is complete.
    #[serde(rename = "e", default, skip_serializing_if = "std::ops::Not::not")]
    ended: bool,
}

pub(crate) fn harvest(
    host: &dyn Host,
    since: Option<Vec<u8>>,
) -> Result<Box<dyn ChangeCursor>, Error> {
    let wrong =
        |_| Error::invalid_part("since", "the resume token is not one that this plugin gave");
    let fresh = Token { began_us: host.now_us(), ..Token::default() };
    let token = match since {
        None => fresh,
        Some(bytes) => match serde_json::from_slice::<Token>(&bytes).map_err(wrong)? {
            done if done.ended => Token { since_us: Some(done.began_us - CLOCK_US), ..fresh },
            token => token,
        },
    };
    let mut walk = Walk::new(Service::of(host)?, token.position.clone())?;
    let first = walk.start(host)?;
    let first = first
        .map(|node| Change::Upsert(mapping::asset(&walk.service, &node, &walk.service.root, None)));
    Ok(Box::new(Harvest { walk, token, first }))
}

struct Harvest {
    walk: Walk,
    token: Token,
    /// A root that is no container.
    first: Option<Change>,
}

impl ChangeCursor for Harvest {
    fn next(&mut self, host: &dyn Host, max_changes: u32) -> Result<Option<ChangeBatch>, Error> {
        if self.token.ended {
            return Ok(None);
        }
        let mut changes: Vec<_> = self.first.take().into_iter().collect();
        let mut looked_at = 0;
        while changes.len() < max_changes as usize && looked_at < MOST_LOOKED_AT {
            let Some((node, uri)) = self.walk.next(host)? else {
                self.token.ended = true;
                break;
            };
            looked_at += 1;
            let asset = mapping::asset(&self.walk.service, &node, &uri, None);
            let is_old = |since: i64| asset.summary.modified.is_some_and(|when| when < since);
            if !self.token.since_us.is_some_and(is_old) {
                changes.push(Change::Upsert(asset));
            }
        }
        self.token.position =
            if self.token.ended { Position::default() } else { self.walk.position() };
        // The last batch may be empty: it says that the harvest is complete.
        let resume = serde_json::to_vec(&self.token).unwrap_or_default();
        Ok(Some(ChangeBatch { changes, resume }))
    }
}
