//! Tests of assets.
