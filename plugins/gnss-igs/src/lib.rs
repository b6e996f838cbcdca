//! GNSS stations and products as the IGS lays them out.

mod headers;
mod kinds;
mod names;
mod time;
