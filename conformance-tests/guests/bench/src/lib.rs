//! A plugin that answers with as much as it is asked for, to measure the way to the host.

use archway_plugin::tabular::TableQuery;
use archway_plugin::types::{Asset, AssetBatch, AssetId, Description, Error, SearchQuery};
use archway_plugin::{
    ArchivePlugin, AssetCursor, ByteReader, Content, Host, QueryAnswer, SearchAnswer,
};

mod assets;
pub mod listing;
mod rows;
pub mod votable;

/// See the crate.
#[derive(Debug, Default)]
pub struct Bench;

impl ArchivePlugin for Bench {
    fn describe(&self, _host: &dyn Host) -> Result<Description, Error> {
        Ok(Description::new("Bench", Vec::new()))
    }

    /// As many assets as are wanted.
    fn search(&self, _host: &dyn Host, query: SearchQuery) -> Result<SearchAnswer, Error> {
        let left = query.max_assets.unwrap_or(0);
        Ok(SearchAnswer {
            assets: Box::new(Assets { left }),
            not_applied: Vec::new(),
            ordered: true,
            total: Some(left),
        })
    }

    /// An asset; `votable:N` and `listing:N` first do the work of that module N times, and the
    /// title says how many assets that gave.
    fn look_up(&self, host: &dyn Host, id: AssetId) -> Result<Asset, Error> {
        let mut asset = assets::asset(0);
        let AssetId::NativeId(id) = id else { return Ok(asset) };
        let Some((work, times)) = id.split_once(':') else { return Ok(asset) };
        let times: u64 = times.parse().map_err(|_| Error::invalid("no number"))?;
        let made = match work {
            "votable" => {
                let document = votable::document();
                let read = (0..times).map(|_| votable::read(&document)).sum::<Result<u64, _>>();
                read.map_err(Error::Internal)?
            }
            "listing" => listing::read(host, times)?,
            _ => return Ok(asset),
        };
        asset.summary.title = made.to_string();
        Ok(asset)
    }

    /// One byte at a time, for ever.
    fn open(&self, _host: &dyn Host, _locator: &str, _offset: u64) -> Result<Content, Error> {
        Ok(Content { reader: Box::new(Bytes), total_bytes: None, modified: None, tag: None })
    }

    /// As many rows as are wanted.
    fn query(&self, _host: &dyn Host, query: TableQuery) -> Result<QueryAnswer, Error> {
        Ok(rows::answer(query.max_rows.unwrap_or(0)))
    }
}

struct Assets {
    left: u64,
}

impl AssetCursor for Assets {
    fn next(&mut self, _host: &dyn Host, max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        let count = self.left.min(max_assets.into());
        if count == 0 {
            return Ok(None);
        }
        self.left -= count;
        let assets = (0..count).map(|n| assets::asset(self.left + n)).collect();
        Ok(Some(AssetBatch { assets, resume: None }))
    }
}

struct Bytes;

impl ByteReader for Bytes {
    fn read(&mut self, _host: &dyn Host, _max_bytes: u32) -> Result<Vec<u8>, Error> {
        Ok(vec![7])
    }
}

archway_plugin::export!(Bench);
