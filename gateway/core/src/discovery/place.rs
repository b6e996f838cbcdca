//! Where the reading of one archive stands, as the cursor carries it.

/// How far an archive has been read by the pages so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// What its next search goes on behind.
    pub(super) token: Option<Vec<u8>>,
    /// Assets behind that which are done with.
    pub(super) skip: u64,
    /// A window that was sorted here and is partly shown.
    pub(super) window: Option<Window>,
    /// How many of its assets came before, for the order by rank.
    pub(super) rank: u64,
    /// Pages in a row on which it gave nothing and did not end.
    pub(super) stalled: u8,
}

/// The assets from a place on that were read together and sorted here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// How many the archive gave.
    pub(super) length: u64,
    /// How many of those that answer the question are done with, in sorted order.
    pub(super) used: u64,
}

/// Where an archive stands between two pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There may be more from here on.
    At(Place),
    /// It was read to its end.
    Done,
    /// It was left out after failing too often, or for good.
    GivenUp,
}
