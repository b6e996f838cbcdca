//! The notebook that a lab opens with: it reads the files of the lab's volumes, plots them, and
//! says how to cite them.
//!
//! Called by [`crate::labs`] at a launch. Its cells are the Python files beside this one, taken as
//! they are; `notebook/sections.rs` says which file is for which data.
//!
//! Rules that hold here and nowhere else:
//!
//! - Everything a notebook does is in its cells, as a scientist would write it: no package of ours
//!   is in the lab.
//! - The number of cells does not grow with the number of files.
//! - The same files give the same bytes.
//! - A file that cannot be read is a sentence in the notebook, and the cells below go on.

mod cells;
mod sections;
mod words;

#[cfg(test)]
mod tests;

use cells::Cells;

/// Most files that a notebook lists; of more it says how many there are.
pub const MOST_FILES: usize = 500;

/// A file as the lab sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotebookFile {
    /// `<name of the volume>/<path in it>`, or the same below `/data/`.
    pub path: String,
    /// For people.
    pub title: String,
    /// Id of the archive it came from; empty where it came from a URL.
    pub archive: String,
    /// As the archive calls it; may be empty.
    pub collection: String,
    /// Who publishes it.
    pub publisher: Option<String>,
    /// SPDX expression or words; `None` where nobody states one.
    pub licence: Option<String>,
    /// The sentence that the publisher wants to read in a paper.
    pub acknowledgement: Option<String>,
    /// How the gateway, or the archive, names it; may be empty.
    pub identifier: String,
    /// Without `doi:` or URL.
    pub doi: Option<String>,
    /// The gateway's word ("fits", "rinex-obs"); where absent, the name of the file decides.
    pub format: Option<String>,
    /// Outermost first ("gzip", "crinex").
    pub encodings: Vec<String>,
    /// A term of the IVOA vocabulary `product-type`.
    pub product_type: Option<String>,
    /// How many bytes, if known.
    pub size_bytes: Option<u64>,
    /// Of the bytes, lower-case hexadecimal.
    pub sha256: Option<String>,
}

/// A notebook in nbformat 4.5 that reads these files. `made_from` says what they are, as in
/// "the selection M31"; both it and `title` are plain text.
pub fn notebook(title: &str, made_from: &str, files: &[NotebookFile]) -> String {
    let mut cells = Cells::default();
    cells.markdown("what", &words::introduction(title, made_from, files));
    cells.template("begin", include_str!("notebook/begin.py"));
    cells.code("list", &words::listing(files));
    cells.template("files", include_str!("notebook/files.py"));
    for section in sections::sections(files) {
        cells.template(section.name, section.template);
    }
    cells.template("end", include_str!("notebook/end.py"));
    cells.markdown("cite", &words::citations(files));
    cells.into_document()
}
