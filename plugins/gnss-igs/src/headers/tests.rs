//! Real headers read, and broken ones refused or noted.
