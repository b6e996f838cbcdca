//! Writing for people and pipes.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Writes a line to standard output.
pub(super) fn line(text: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Writes a line to standard error; there is nobody to tell if that fails.
pub(super) fn complain(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether whoever read our output has gone, as `head` does.
pub(super) fn reader_is_gone(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        // serde_json does not name the failed write as its source.
        let json =
            cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}

/// Columns of the terminal on standard output; nothing limits a pipe.
pub(super) fn width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    Some(usize::from(console::Term::stdout().size().1))
}

/// Cuts `text` to `width` columns, with an ellipsis where something is missing.
pub(super) fn cut(text: &str, width: usize) -> String {
    console::truncate_str(text, width, "…").into_owned()
}

/// Text from elsewhere, safe to show: a control character could rewrite the terminal.
pub(super) fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A size for people.
pub(super) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} PB")
}

/// A table whose cells are padded to the widest of their column.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// With these heads.
    pub(super) fn new(heads: &[&str]) -> Self {
        Self { rows: vec![heads.iter().map(|&head| head.to_owned()).collect()] }
    }

    /// Adds a row with a cell for each head.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.iter().map(|cell| shown(cell)).collect());
    }

    /// Writes it, `wide` being the column that gives way when the terminal is too narrow.
    pub(super) fn write(
        &self,
        out: &mut impl Write,
        width: Option<usize>,
        wide: usize,
    ) -> io::Result<()> {
        let columns = self.rows.first().map_or(0, Vec::len);
        let mut widths: Vec<usize> = (0..columns).map(|column| self.widest(column)).collect();
        let taken: usize = widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1);
        if let (Some(width), Some(widest)) = (width, widths.get_mut(wide)) {
            *widest = widest.saturating_sub(taken.saturating_sub(width)).max(10);
        }
        for row in &self.rows {
            let padded = row.iter().zip(&widths).map(|(cell, &width)| {
                let cell = cut(cell, width);
                let missing = width.saturating_sub(console::measure_text_width(&cell));
                format!("{cell}{}", " ".repeat(missing))
            });
            let line: Vec<String> = padded.collect();
            writeln!(out, "{}", line.join("  ").trim_end())?;
        }
        Ok(())
    }

    fn widest(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| console::measure_text_width(cell)).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn the_wide_column_gives_way() {
        let mut table = Table::new(&["ID", "TITLE", "SIZE"]);
        table.row(vec![
            "a/1".into(),
            "A title that is much too long\u{1b}[2J".into(),
            "1 B".into(),
        ]);
        table.row(vec!["b/22".into(), "短い題".into(), "10 MB".into()]);
        let mut out = Vec::new();
        table.write(&mut out, Some(30), 1).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
        ID    TITLE              SIZE
        a/1   A title that is …  1 B
        b/22  短い題             10 MB
        ");
    }
}
