//! Where labs are: the one question that the proxy asks the rest of the gateway.

use std::sync::Arc;

use archway_core::labs::{Labs, Route};

/// Knows every lab: the core's [`Labs`], and fakes in tests and benchmarks. Asked for each
/// request, from many threads: an answer comes from memory and takes no longer than a look into
/// a map.
pub trait LabRoutes: Send + Sync {
    /// Where that lab is; `None` for one that was deleted or never was.
    fn route(&self, lab: &str) -> Option<Arc<Route>>;
    /// Somebody did something in it; said once a second at the most.
    fn worked_in(&self, lab: &str);
    /// It takes no connection where it should be.
    fn look_again(&self, lab: &str);
}

impl LabRoutes for Labs {
    fn route(&self, lab: &str) -> Option<Arc<Route>> {
        Self::route(self, lab)
    }

    fn worked_in(&self, lab: &str) {
        Self::worked_in(self, lab);
    }

    fn look_again(&self, lab: &str) {
        Self::look_again(self, lab);
    }
}

/// A gateway that runs no labs.
#[derive(Debug)]
pub(super) struct NoLabs;

impl LabRoutes for NoLabs {
    fn route(&self, _: &str) -> Option<Arc<Route>> {
        None
    }

    fn worked_in(&self, _: &str) {}

    fn look_again(&self, _: &str) {}
}
