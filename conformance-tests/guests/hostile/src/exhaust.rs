//! Attacks that use something up.

use archway_plugin::Host;
use archway_plugin::bindings::exports::archway::archive::archive as wit;
use archway_plugin::host::Level;
use archway_plugin::http::Request;
use archway_plugin::types::{AssetBatch, Error};

/// Carries out the attack of that name, if there is one.
#[expect(clippy::panic, reason = "a panic is one of the attacks")]
pub(crate) fn at_once(host: &dyn Host, attack: &str) {
    match attack {
        "spin" => spin(),
        "grow" => grow(),
        "recurse" => {
            std::hint::black_box(recurse(0));
        }
        "frames" => {
            std::hint::black_box(frames(0));
        }
        "panic" => panic!("a plugin's last words"),
        "exit" => std::process::exit(3),
        "sleep" => host.sleep_ms(u32::MAX),
        "std-sleep" => std::thread::sleep(std::time::Duration::from_secs(100_000)),
        "log" => loop {
            host.log(Level::Info, &"x".repeat(100_000), &[]);
        },
        "calls" => loop {
            std::hint::black_box(host.now_us());
        },
        "handles" => handles(),
        "cache" => {
            for n in 0..100 {
                let _ = host.cache(&format!("k{n}"), &[0; 1024 * 1024], None);
            }
        }
        "requests" => requests(host),
        _ => {}
    }
}

fn spin() {
    let mut n = 0u64;
    loop {
        n = std::hint::black_box(n.wrapping_add(1));
    }
}

fn grow() {
    let mut held = Vec::new();
    loop {
        held.push(std::hint::black_box(vec![1u8; 1024 * 1024]));
    }
}

/// Needs the engine's stack alone: nothing in it has an address.
#[expect(unconditional_recursion, reason = "this is the attack")]
fn recurse(depth: u64) -> u64 {
    recurse(depth + 1).wrapping_mul(31) ^ depth
}

/// Needs the stack that the compiler keeps in linear memory.
#[expect(unconditional_recursion, reason = "this is the attack")]
fn frames(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    frames(frame[0] + 1) + frame[1]
}

struct Held;

impl wit::GuestAssetCursor for Held {
    fn next(&self, _max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        Ok(None)
    }
}

/// More than a call may have, and fewer than an engine allows by itself.
fn handles() {
    for _ in 0..2_000 {
        std::mem::forget(wit::AssetCursor::new(Held));
    }
}

#[expect(clippy::panic, reason = "the test reads what is said")]
fn requests(host: &dyn Host) {
    let base = host.text_setting("base_url").unwrap_or_default();
    for n in 0.. {
        if let Err(Error::Exhausted(exhaustion)) = host.send(Request::get(base.clone())) {
            panic!("after {n} requests: {}", exhaustion.message);
        }
    }
}
