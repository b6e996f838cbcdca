//! Attacks that use something up: each ends with the limit's name, and the next call is clean.

use super::*;

/// Small limits, so that the attacks end soon.
const SMALL: &str = "cpu_ms = 200\nwall_ms = 1000\nmemory_mib = 32";

#[tokio::test]
async fn every_attack_ends_with_the_limit_it_met_and_the_next_call_is_clean() {
    let hostile = Hostile::new(SMALL).await;
    let cases = [
        ("spin", "200 ms of CPU time (limits.cpu_ms), in search"),
        ("next-spin", "200 ms of CPU time (limits.cpu_ms), in search.next"),
        ("grow", "32 MiB of memory (limits.memory_mib), in search"),
        ("next-grow", "32 MiB of memory (limits.memory_mib), in search.next"),
        ("recurse", "512 KiB of stack, in search"),
        ("frames", "broke in search: it trapped: wasm trap: out of bounds memory access"),
        ("panic", "broke in search: it trapped"),
        ("panic", "a plugin's last words"),
        ("next-panic", "broke in search.next: it trapped"),
        ("exit", "it exited with status"),
        ("sleep", "gave no answer within 1000 ms"),
        ("std-sleep", "gave no answer within 1000 ms"),
        ("next-sleep", "gave no answer within 1000 ms"),
        ("handles", "1000 handles at once (limits.handles), in search"),
        ("more", "in its answer assets is 101 in one batch, more than the 100 asked for"),
    ];
    for (attack, expected) in cases {
        let error = hostile.error(attack).await;
        assert!(error.contains(expected), "attack {attack}: {error}");
        hostile.still_answers(attack).await;
    }
}

#[tokio::test]
async fn host_calls_are_counted() {
    let hostile = Hostile::new("host_calls = 1000\ncpu_ms = 5000").await;
    for attack in ["calls", "log"] {
        let error = hostile.error(attack).await;
        assert!(
            error.contains("1000 host calls (limits.host_calls), in search"),
            "{attack}: {error}"
        );
        hostile.still_answers(attack).await;
    }
}

#[tokio::test]
async fn a_log_without_end_is_cut_to_its_rate() {
    let hostile = Hostile::new("host_calls = 1000\nlog_lines_per_s = 5\ncpu_ms = 5000").await;
    hostile.error("log").await;
    let events = hostile.events.lock().unwrap();
    let lines: Vec<usize> = events
        .iter()
        .filter_map(|event| match event {
            Event::Log { message, .. } => Some(message.len()),
            _ => None,
        })
        .collect();
    assert!(lines.len() < 200, "{} of 1000 lines", lines.len());
    assert!(lines.iter().all(|bytes| *bytes <= 4096), "lines are cut");
}

#[tokio::test]
async fn more_bytes_than_may_cross_at_once_do_not_cross() {
    let hostile = Hostile::new("memory_mib = 256").await;
    let error = hostile.error("flood").await;
    assert!(
        error.contains(
            "64 MiB from the plugin to the host at once (limits.output_mib), in search.next"
        ),
        "{error}"
    );
    hostile.still_answers("flood").await;
}

#[tokio::test]
async fn a_cursor_that_never_gives_anything_ends() {
    let hostile = Hostile::new(SMALL).await;
    let question = Question { text: Some("empty".to_owned()), ..Question::default() };
    let search = Search { question, ..Search::default() };
    let mut answer = hostile.archive.search(&search).await.unwrap();
    let mut pulls = 0;
    let error = loop {
        match answer.assets.next(100).await {
            Ok(batch) => assert!(batch.is_some()),
            Err(error) => break error.to_string(),
        }
        pulls += 1;
    };
    assert_eq!(pulls, 1000);
    assert!(error.contains("1000 batches in a row had nothing in them"), "{error}");
    let again = answer.assets.next(100).await.unwrap_err().to_string();
    assert!(again.contains("its answer broke off before"), "{again}");
}

#[tokio::test]
async fn a_cursor_without_end_costs_no_memory() {
    let hostile = Hostile::new("memory_mib = 64").await;
    let question = Question { text: Some("endless".to_owned()), ..Question::default() };
    let search = Search { question, ..Search::default() };
    let mut answer = hostile.archive.search(&search).await.unwrap();
    for _ in 0..20 {
        answer.assets.next(500).await.unwrap().unwrap();
    }
    let before = resident_mib();
    for _ in 0..200 {
        answer.assets.next(500).await.unwrap().unwrap();
    }
    let grown = resident_mib().saturating_sub(before);
    assert!(grown < 64, "100,000 assets left {grown} MiB behind");
}

#[tokio::test]
async fn memory_comes_back_after_an_attack() {
    let hostile = Hostile::new("memory_mib = 200").await;
    hostile.error("grow").await;
    let before = resident_mib();
    for _ in 0..5 {
        hostile.error("grow").await;
    }
    let grown = resident_mib().saturating_sub(before);
    assert!(grown < 200, "five instances of 200 MiB left {grown} MiB behind");
}

#[tokio::test]
async fn a_spinning_plugin_does_not_hold_up_another() {
    let hostile = Hostile::new("cpu_ms = 1000\nwall_ms = 3000").await;
    let spinning = hostile.search("spin");
    let others = async {
        for _ in 0..10 {
            hostile.still_answers("the start of a spin").await;
        }
    };
    // On one thread: the spinning instance yields at every tick.
    let (spun, ()) = tokio::join!(spinning, others);
    assert!(spun.unwrap_err().to_string().contains("CPU time"));
}

#[tokio::test]
async fn calls_beyond_the_archives_places_wait_and_then_give_up() {
    let hostile = Hostile::new("concurrency = 1\nwall_ms = 300").await;
    let question = Question { text: Some("fine".to_owned()), ..Question::default() };
    let search = Search { question, ..Search::default() };
    let held = hostile.archive.search(&search).await.unwrap();
    let error = hostile.error("fine").await;
    assert!(error.contains("1 calls at once, waiting for search (limits.concurrency)"), "{error}");
    drop(held);
    hostile.still_answers("the place is free").await;
}

#[tokio::test]
async fn the_cache_forgets_rather_than_grows() {
    let hostile = Hostile::new("cache_mib = 8\ncpu_ms = 20000\nmemory_mib = 32").await;
    let before = resident_mib();
    hostile.search("cache").await.unwrap();
    let grown = resident_mib().saturating_sub(before);
    assert!(grown < 60, "100 MiB put into a cache of 8 MiB left {grown} MiB behind");
    hostile.still_answers("cache").await;
}

#[tokio::test]
async fn a_reader_gives_no_more_than_asked() {
    let hostile = Hostile::new(SMALL).await;
    let mut reader = hostile.archive.open("fine", 0).await.unwrap().reader;
    assert_eq!(reader.read(1000).await.unwrap().len(), 1000);
    let mut reader = hostile.archive.open("more", 0).await.unwrap().reader;
    let error = reader.read(1000).await.unwrap_err().to_string();
    assert!(error.contains("broke in open.read: in its answer bytes is 1001"), "{error}");
}

#[tokio::test]
async fn a_cancelled_call_leaves_nothing_behind() {
    let hostile = Hostile::new("concurrency = 1\nwall_ms = 20000\ncpu_ms = 20000").await;
    for attack in ["spin", "sleep", "next-spin", "next-sleep"] {
        let soon = Duration::from_millis(100);
        let cancelled = tokio::time::timeout(soon, hostile.search(attack)).await;
        assert!(cancelled.is_err(), "attack: {attack}");
        // There is one place only: it was given back.
        hostile.still_answers(attack).await;
    }
}
