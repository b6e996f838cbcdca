//! Figures of the gateway, each beside its reference in one run.

mod cold_start;
mod cpu;
mod crossing;
mod downloads;
mod fakes;
mod federation;
mod labs;
mod listing;
mod proxy;
mod staging;
mod votable;

use clap::{Parser, ValueEnum};

/// The gateway's own (`gateway/app/src/main.rs`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Archway.
#[derive(Debug, Parser)]
struct Bench {
    /// What to measure; everything when nothing is named
    names: Vec<Name>,
    /// Only serve the archives that `federation` searches (it starts this itself)
    #[arg(long, hide = true)]
    serve_fakes: bool,
    /// Only send back what comes over WebSockets (`proxy` starts this itself)
    #[arg(long, hide = true)]
    serve_echo: bool,
    #[command(flatten)]
    serving: proxy::Serving,
    #[command(flatten)]
    taking: downloads::Taking,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    Calls,
    Assets,
    Rows,
    Votable,
    Federation,
    ColdStart,
    Listing,
    GnssNames,
    Downloads,
    Proxy,
    Staging,
    Labs,
}

fn main() -> anyhow::Result<()> {
    let bench = Bench::parse();
    let _ = rustls::crypto::ring::default_provider().install_default();
    if bench.serve_fakes {
        return fakes::serve();
    }
    if bench.serve_echo {
        return proxy::echo();
    }
    if bench.serving.is_asked_for() {
        return bench.serving.serve();
    }
    if bench.taking.count > 0 {
        return downloads::take(&bench.taking);
    }
    let all = [
        Name::Calls,
        Name::Assets,
        Name::Rows,
        Name::Votable,
        Name::Federation,
        Name::ColdStart,
        Name::Listing,
        Name::GnssNames,
        Name::Downloads,
        Name::Proxy,
        Name::Staging,
        Name::Labs,
    ];
    for name in if bench.names.is_empty() { &all[..] } else { &bench.names } {
        match name {
            Name::Calls => crossing::calls()?,
            Name::Assets => crossing::assets()?,
            Name::Rows => crossing::rows()?,
            Name::Votable => votable::run()?,
            Name::Federation => federation::run()?,
            Name::ColdStart => cold_start::run()?,
            Name::Listing => listing::run()?,
            Name::GnssNames => listing::names()?,
            Name::Downloads => downloads::run()?,
            Name::Proxy => proxy::run()?,
            Name::Staging => staging::run()?,
            Name::Labs => labs::run()?,
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
