//! Archives that are trees of HTTP index pages.
