//! How many entries of a listing are parsed in a second of CPU time, natively.
//!
//! `cargo run -p archway-ftp --profile plugin --example listing_speed`

#![expect(clippy::print_stdout, reason = "an example that tells a figure")]

use std::time::Instant;

use archway_ftp::listing::{Clock, Form, Parser};
use archway_plugin::Error;

const ENTRIES: usize = 1_000_000;

fn main() -> Result<(), Error> {
    let unix = |n: usize| {
        format!(
            "-rw-r--r--    1 ftp      ftp       {n:>9} Nov {:>2} 23:40 igs{n:07}.sp3.Z\r\n",
            n % 28 + 1
        )
    };
    let mlsd = |n: usize| {
        format!(
            "modify=202611{:02}231432;perm=adfr;size={n};type=file;unique=FE00UACE57A;UNIX.mode=0644; igs{n:07}.sp3.Z\r\n",
            n % 28 + 1
        )
    };
    let listings: [(&str, Form, String); 2] = [
        ("UNIX", Form::List, (0..ENTRIES).map(unix).collect()),
        ("MLSD", Form::Mlsd, (0..ENTRIES).map(mlsd).collect()),
    ];
    for (name, form, listing) in listings {
        let begun = Instant::now();
        let clock = Clock { now_us: 1_795_651_200_000_000, zone_s: 0 };
        let mut parser = Parser::new(form, clock, u64::MAX, "/");
        let mut bytes = 0;
        let mut each = |entry: archway_ftp::Entry<'_>| {
            bytes += entry.size_bytes.unwrap_or_default()
                + entry.modified_us.unwrap_or_default() as u64 % 7;
            Ok(())
        };
        for piece in listing.as_bytes().chunks(64 * 1024) {
            parser.feed(piece, &mut each)?;
        }
        let summary = parser.finish(&mut each)?;
        let per_second = summary.entries as f64 / begun.elapsed().as_secs_f64();
        println!("{name}: {per_second:.0} entries a second ({} of them, {bytes})", summary.entries);
    }
    Ok(())
}
