//! Prints what a federated search costs; asserts nothing about time.

use std::time::Instant as Clock;

use super::Bench;
use super::paging::file;
use crate::discovery::{Request, Sort};
use crate::testing::{FakeArchive, asset_at};

/// `cargo test -p archway-core --release cost -- --ignored --nocapture`
#[test]
#[ignore = "prints a figure, tests nothing"]
fn cost_of_a_search_over_twenty_archives_of_ten_assets() {
    let archives = (0..20_u32).map(|n| {
        let id = format!("a{n}");
        let assets = (0..10_u32).map(|k| {
            let mut asset = asset_at(&id, &format!("asset-{k}"), f64::from(k), 1.0);
            asset.identity.publisher_did = Some(format!("ivo://{id}/x?{k}"));
            asset.summary.description = Some("Words of a description. ".repeat(10));
            asset.distributions.push(file(u64::from(n * 100 + k) + 1, &format!("{n}x{k}")));
            asset
        });
        FakeArchive::new(&id).with_assets(assets)
    });
    let bench = Bench::new(archives);
    let gateway = bench.gateway();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for sort in [Sort::Relevance, Sort::Date, Sort::Size] {
        let rounds = 200;
        let begun = Clock::now();
        for _ in 0..rounds {
            let request = Request { limit: 20, sort, ..Request::default() };
            let search = gateway.search(&crate::permission::Principal::Local, request, super::NOW);
            assert_eq!(runtime.block_on(search).unwrap().assets.len(), 20);
        }
        // One thread and no waiting: what passes is what is computed.
        println!(
            "{}: {:.2} ms a search",
            sort.name(),
            begun.elapsed().as_secs_f64() * 1e3 / f64::from(rounds)
        );
    }
}
