//! What the backend itself costs; by hand: `cargo nextest run -p archway-labs --run-ignored only
//! --no-capture figures`.

use std::time::{Duration, Instant, SystemTime};

use archway_core::labs::LabBackend;
use archway_labs::ProcessBackend;

use crate::process_bench::{Lab, application, config, labs_run_here};

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "figures, not a test"]
async fn figures_of_a_start() {
    assert!(labs_run_here().await);
    let backend = ProcessBackend::new(config());
    backend.report().await;
    let mut labs = Vec::new();
    for _ in 0..21 {
        labs.push(
            Lab::of(&backend, application(&["/bin/sh", "-c", "date +%s%N; exec sleep 1000"])).await,
        );
    }
    let (mut returned, mut executed, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for lab in &labs {
        let (since, asked) = (Instant::now(), SystemTime::now());
        lab.start(&backend).await;
        returned.push(since.elapsed());
        let at = loop {
            if let Ok(at) = lab.log(&backend).await.trim().parse::<u64>() {
                break SystemTime::UNIX_EPOCH + Duration::from_nanos(at);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        executed.push(at.duration_since(asked).unwrap());
        let since = Instant::now();
        backend.stop(&lab.spec.id, None).await.unwrap();
        ended.push(since.elapsed());
    }
    println!("start returns: {:?}", middle(returned));
    println!("request to exec of the application: {:?}", middle(executed));
    println!("stop: {:?}", middle(ended));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "figures, not a test"]
async fn figures_of_a_hundred_at_once() {
    assert!(labs_run_here().await);
    let backend = ProcessBackend::new(config());
    backend.report().await;
    let mut labs = Vec::new();
    for _ in 0..100 {
        labs.push(Lab::trivial(&backend).await);
    }
    let since = Instant::now();
    let started = futures_util::future::join_all(labs.iter().map(|lab| lab.start(&backend))).await;
    println!("100 starts returned after {:?}", since.elapsed());
    for (lab, started) in labs.iter().zip(&started) {
        lab.answers(&backend, &started.endpoint).await;
    }
    println!("100 labs answered after {:?}", since.elapsed());
    let since = Instant::now();
    futures_util::future::join_all(labs.iter().map(|lab| backend.stop(&lab.spec.id, None))).await;
    println!("100 labs ended after {:?}", since.elapsed());
}
