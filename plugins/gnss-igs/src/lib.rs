//! GNSS stations and products as the IGS lays them out.
