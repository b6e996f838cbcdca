//! Decodes compressed files in the sandbox.
