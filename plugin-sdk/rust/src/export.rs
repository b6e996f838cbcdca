//! Turns an [`ArchivePlugin`] into the component's exports.

use std::cell::RefCell;
use std::io::{self, Read};
use std::marker::PhantomData;

use crate::archive::{self, ArchivePlugin};
use crate::bindings::exports::archway::archive::archive as wit;
use crate::host::Gateway;
use crate::tabular::{QueryOutcome, RowBatch, TableDescription, TableQuery};
use crate::types::{Asset, AssetBatch, AssetId, ChangeBatch, Description, Error, SearchQuery};

/// Exports a plugin: a type that implements [`ArchivePlugin`] and [`Default`].
///
/// Puts the crate's `plugin.toml` into the component as the custom section
/// `archway:plugin`, so that the one file says what it is.
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        // The names of a component's exports are none that a native linker takes.
        #[cfg(target_arch = "wasm32")]
        #[doc(hidden)]
        type ArchwayComponent = $crate::export::Exported<$plugin>;
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::export_component!(ArchwayComponent with_types_in $crate::bindings);

        #[cfg(target_arch = "wasm32")]
        #[global_allocator]
        static ARCHWAY_ALLOCATOR: $crate::export::Allocator = $crate::export::allocator();

        #[cfg(target_arch = "wasm32")]
        #[unsafe(link_section = "archway:plugin")]
        static ARCHWAY_MANIFEST: [u8; include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.toml")).len()] =
            *include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.toml"));
    };
}

/// Allocates in a component, which makes and drops many small texts: faster than what Rust brings
/// along for WebAssembly.
#[cfg(target_arch = "wasm32")]
pub type Allocator = talc::wasm::WasmDynamicTalc;

/// The allocator of a component. Used by [`export!`](crate::export!).
#[cfg(target_arch = "wasm32")]
pub const fn allocator() -> Allocator {
    talc::wasm::new_wasm_dynamic_allocator()
}

/// The exports of a plugin. Written by [`export!`](crate::export!).
#[derive(Debug)]
pub struct Exported<P>(PhantomData<P>);

impl<P: ArchivePlugin + Default + 'static> wit::Guest for Exported<P> {
    type AssetCursor = Cursor<dyn archive::AssetCursor>;
    type ChangeCursor = Cursor<dyn archive::ChangeCursor>;
    type ByteReader = Cursor<dyn archive::ByteReader>;
    type RowCursor = Cursor<dyn archive::RowCursor>;

    fn describe() -> Result<Description, Error> {
        P::default().describe(&Gateway)
    }

    fn search(query: SearchQuery) -> Result<wit::SearchAnswer, Error> {
        let answer = P::default().search(&Gateway, query)?;
        Ok(wit::SearchAnswer {
            assets: wit::AssetCursor::new(Cursor(RefCell::new(answer.assets))),
            not_applied: answer.not_applied,
            ordered: answer.ordered,
            total: answer.total,
        })
    }

    fn harvest(since: Option<Vec<u8>>) -> Result<wit::ChangeCursor, Error> {
        let cursor = P::default().harvest(&Gateway, since)?;
        Ok(wit::ChangeCursor::new(Cursor(RefCell::new(cursor))))
    }

    fn look_up(id: AssetId) -> Result<Asset, Error> {
        P::default().look_up(&Gateway, id)
    }

    fn access(request: wit::AccessRequest) -> Result<Vec<wit::Way>, Error> {
        P::default().access(&Gateway, request)
    }

    fn open(locator: String, offset: u64) -> Result<wit::Content, Error> {
        let content = P::default().open(&Gateway, &locator, offset)?;
        Ok(wit::Content {
            reader: wit::ByteReader::new(Cursor(RefCell::new(content.reader))),
            total_bytes: content.total_bytes,
            modified: content.modified,
            tag: content.tag,
        })
    }

    fn decode(encoding: String, source: wit::ByteSource) -> Result<wit::ByteReader, Error> {
        let source = Box::new(Source { source, unread: Vec::new(), read: 0 });
        let reader = P::default().decode(&Gateway, &encoding, source)?;
        Ok(wit::ByteReader::new(Cursor(RefCell::new(reader))))
    }

    fn tables(named: Vec<String>, names_only: bool) -> Result<Vec<TableDescription>, Error> {
        P::default().tables(&Gateway, &named, names_only)
    }

    fn query(query: TableQuery) -> Result<wit::QueryAnswer, Error> {
        let answer = P::default().query(&Gateway, query)?;
        Ok(wit::QueryAnswer {
            fields: answer.fields,
            rows: wit::RowCursor::new(Cursor(RefCell::new(answer.rows))),
        })
    }
}

/// A cursor as the host holds it: a component is single-threaded and never re-entered,
/// so the inner borrow cannot fail.
pub struct Cursor<T: ?Sized>(RefCell<Box<T>>);

impl wit::GuestAssetCursor for Cursor<dyn archive::AssetCursor> {
    fn next(&self, max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        self.0.borrow_mut().next(&Gateway, max_assets)
    }
}

impl wit::GuestChangeCursor for Cursor<dyn archive::ChangeCursor> {
    fn next(&self, max_changes: u32) -> Result<Option<ChangeBatch>, Error> {
        self.0.borrow_mut().next(&Gateway, max_changes)
    }
}

impl wit::GuestByteReader for Cursor<dyn archive::ByteReader> {
    fn read(&self, max_bytes: u32) -> Result<Vec<u8>, Error> {
        self.0.borrow_mut().read(&Gateway, max_bytes)
    }
}

impl wit::GuestRowCursor for Cursor<dyn archive::RowCursor> {
    fn next(&self, max_rows: u32) -> Result<Option<RowBatch>, Error> {
        self.0.borrow_mut().next(&Gateway, max_rows)
    }

    fn outcome(&self) -> QueryOutcome {
        self.0.borrow().outcome()
    }
}

/// What the host gives to be decoded, read in large pieces.
struct Source {
    source: wit::ByteSource,
    unread: Vec<u8>,
    /// How much of `unread` is read.
    read: usize,
}

const PIECE_BYTES: u32 = 256 * 1024;

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.unread.len() {
            self.unread = self.source.read(PIECE_BYTES).map_err(io::Error::other)?;
            self.read = 0;
        }
        let mut rest = self.unread.get(self.read..).unwrap_or_default();
        let count = rest.read(into)?;
        self.read += count;
        Ok(count)
    }
}
