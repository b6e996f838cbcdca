//! A tree of one server among several: what it lists and its lists of checksums are kept in the
//! host's cache under that server's name.

use archway_plugin::access::Route;
use archway_plugin::{Error, Host};
use archway_trees::{Entry, Tree};

/// Larger files are asked for again.
const MOST_KEPT_BYTES: usize = 256 * 1024;

/// See the file. Its paths have the server's number in front, so that a listing that is kept by
/// path is kept for this server.
pub(super) struct Kept<'a> {
    pub(super) tree: &'a dyn Tree,
    pub(super) server: usize,
    pub(super) keep_s: u32,
}

impl Kept<'_> {
    /// A path of the server, as this tree names it.
    pub(super) fn named(&self, path: &str) -> String {
        format!("/{}{path}", self.server)
    }

    fn of_server<'p>(&self, path: &'p str) -> &'p str {
        let rest = path.strip_prefix('/').unwrap_or(path);
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
    }
}

impl Tree for Kept<'_> {
    fn root(&self) -> &str {
        self.tree.root()
    }

    fn list(
        &self,
        host: &dyn Host,
        folder: &str,
        each: &mut dyn FnMut(Entry) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.tree.list(host, self.of_server(folder), each)
    }

    fn location(&self, path: &str) -> String {
        self.tree.location(self.of_server(path))
    }

    fn route(&self, path: &str) -> Route {
        self.tree.route(self.of_server(path))
    }

    fn read(&self, host: &dyn Host, path: &str, max_bytes: u64) -> Result<Vec<u8>, Error> {
        let key = format!("file {path}");
        if let Some(kept) = host.cached(&key).filter(|_| self.keep_s > 0) {
            return Ok(kept);
        }
        let bytes = self.tree.read(host, self.of_server(path), max_bytes)?;
        if self.keep_s > 0 && bytes.len() <= MOST_KEPT_BYTES {
            // A full cache costs the next search another look.
            let _ = host.cache(&key, &bytes, Some(self.keep_s));
        }
        Ok(bytes)
    }
}
