//! Any text as a time, a region, a position, a list of uploads.
#![no_main]

use archway_formats::dali::{OutputFormat, Position, Upload};
use archway_formats::region::Region;
use archway_formats::time;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(instant) = time::parse_timestamp(text) {
        assert_eq!(time::parse_timestamp(&time::format_timestamp(instant)), Some(instant));
    }
    let _ = time::parse_any(text);
    if let Some(region) = Region::parse(text) {
        assert_eq!(Region::parse(&region.to_stcs()), Some(region));
    }
    if let Ok(position) = text.parse::<Position>() {
        assert_eq!(position.to_string().parse(), Ok(position));
    }
    if let Ok(uploads) = Upload::parse_all([text]) {
        let printed: Vec<String> = uploads.iter().map(Upload::to_string).collect();
        assert_eq!(Upload::parse_all(printed.iter().map(String::as_str)), Ok(uploads));
    }
    let _ = OutputFormat::parse(text);
});
