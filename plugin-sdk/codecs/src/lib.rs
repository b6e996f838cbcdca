//! Decoders that run in the sandbox: compress, bzip2, gzip, compact RINEX.
