//! Cells, and the document they make: nbformat 4.5.

use serde_json::{Value, json};

/// Where a cell begins in a template, as editors of Python know it.
const CODE: &str = "# %%";
const MARKDOWN: &str = "# %% [markdown]";

/// The cells of a notebook, in their order.
#[derive(Debug, Default)]
pub(super) struct Cells(Vec<Value>);

impl Cells {
    /// Adds text.
    pub(super) fn markdown(&mut self, id: &str, source: &str) {
        self.0.push(json!({
            "cell_type": "markdown",
            "id": id,
            "metadata": {},
            "source": source.trim_end(),
        }));
    }

    /// Adds Python.
    pub(super) fn code(&mut self, id: &str, source: &str) {
        self.0.push(json!({
            "cell_type": "code",
            "execution_count": null,
            "id": id,
            "metadata": {},
            "outputs": [],
            "source": source.trim(),
        }));
    }

    /// Adds the cells of a template; their ids are its name and a number.
    pub(super) fn template(&mut self, name: &str, template: &str) {
        let mut cell: Option<(bool, String)> = None;
        let mut number = 0;
        let mut finish = |cells: &mut Self, cell: Option<(bool, String)>| {
            let Some((is_text, source)) = cell else { return };
            number += 1;
            let id = format!("{name}-{number}");
            if is_text { cells.markdown(&id, &source) } else { cells.code(&id, &source) }
        };
        for line in template.lines() {
            if line == CODE || line == MARKDOWN {
                finish(self, cell.replace((line == MARKDOWN, String::new())));
            } else if let Some((is_text, source)) = &mut cell {
                // Only the comment's own sign goes: what follows it may be a heading.
                let text = || line.strip_prefix('#').unwrap_or(line).trim_start();
                source.push_str(if *is_text { text() } else { line });
                source.push('\n');
            }
        }
        finish(self, cell);
    }

    /// The whole notebook, as text.
    pub(super) fn into_document(self) -> String {
        let document = json!({
            "cells": self.0,
            "metadata": {
                "kernelspec": {
                    "display_name": "Python 3 (ipykernel)",
                    "language": "python",
                    "name": "python3",
                },
                "language_info": { "name": "python" },
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        });
        let mut text = format!("{document:#}");
        text.push('\n');
        text
    }
}
