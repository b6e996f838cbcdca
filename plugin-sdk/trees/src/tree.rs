//! What a protocol gives so that its folders become assets.

use archway_plugin::access::Route;
use archway_plugin::{Error, Host};

use crate::entry::Entry;

/// A tree of folders and files behind one protocol.
///
/// Paths are absolute, separated by `/`, in unescaped text, without `.`, `..` or empty
/// names: `/pub/gnss/igs15904.sp3.Z`; the server's own root is `/`. What lies above
/// [`Tree::root`] is never listed unless a link leads there.
pub trait Tree {
    /// The folder that the archive is.
    fn root(&self) -> &str;

    /// Lists one folder: gives its entries to `each`, in the server's order, while the
    /// listing is read, and ends with the first error of `each`. `.` and `..` may be left
    /// out or given: they are passed over.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a folder that is not there, [`Error::Unauthorised`] or
    /// [`Error::Denied`] for one that may not be read: inside of a walk such a folder is
    /// passed over and logged. Any other failure ends the walk.
    fn list(
        &self,
        host: &dyn Host,
        folder: &str,
        each: &mut dyn FnMut(Entry) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// The URL of a file, for people and for other programs; without secrets.
    fn location(&self, path: &str) -> String;

    /// The way to the bytes of a file.
    fn route(&self, path: &str) -> Route;

    /// A small file (a list of checksums), at most `max_bytes` of it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where there is none, [`Error::Exhausted`] where it is larger.
    fn read(&self, host: &dyn Host, path: &str, max_bytes: u64) -> Result<Vec<u8>, Error>;

    /// Asks the server for size, time and tag of one file, where a listing tells them
    /// only roughly; `None` where that would bring nothing new.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where the file is gone.
    fn detail(&self, host: &dyn Host, entry: &Entry, path: &str) -> Result<Option<Entry>, Error> {
        let _ = (host, entry, path);
        Ok(None)
    }
}
