//! Archives that speak VOSpace 2.0 or 2.1.
