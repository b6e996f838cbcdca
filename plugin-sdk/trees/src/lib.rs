//! Directory trees as assets, by rules.
