//! DALI 1.1: what the parameters of all data access services have in common.

mod literals;
mod output;
mod parameters;
mod position;
mod upload;

pub use literals::{
    format_numbers, parse_circle, parse_interval, parse_numbers, parse_point, parse_polygon,
};
pub use output::OutputFormat;
pub use parameters::{ParameterError, Parameters};
pub use position::Position;
pub use upload::{Upload, UploadSource};
