//! Figures of the gateway, each beside its reference in one run.

mod cold_start;
mod cpu;
mod crossing;
mod fakes;
mod federation;
mod listing;
mod votable;

use clap::{Parser, ValueEnum};

/// Measures Archway.
#[derive(Debug, Parser)]
struct Bench {
    /// What to measure; everything when nothing is named
    names: Vec<Name>,
    /// Only serve the archives that `federation` searches (it starts this itself)
    #[arg(long, hide = true)]
    serve_fakes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    Crossing,
    Votable,
    Federation,
    ColdStart,
    Listing,
}

fn main() -> anyhow::Result<()> {
    let bench = Bench::parse();
    let _ = rustls::crypto::ring::default_provider().install_default();
    if bench.serve_fakes {
        return fakes::serve();
    }
    let all = [Name::Crossing, Name::Votable, Name::Federation, Name::ColdStart, Name::Listing];
    for name in if bench.names.is_empty() { &all[..] } else { &bench.names } {
        match name {
            Name::Crossing => crossing::run()?,
            Name::Votable => votable::run()?,
            Name::Federation => federation::run()?,
            Name::ColdStart => cold_start::run()?,
            Name::Listing => listing::run()?,
        }
    }
    Ok(())
}

/// Prints one figure: what, how much, its reference, and what it should reach.
fn figure(what: &str, measured: &str, reference: &str, reach: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    // A reader that left does not want the rest.
    let _ = writeln!(out, "{what:<58} {measured:>22}   beside {reference:<34} reach {reach}");
}
