//! A small FTP client over the gateway's TCP.
