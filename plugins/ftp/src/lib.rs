//! Archives that are FTP and FTPS trees.
