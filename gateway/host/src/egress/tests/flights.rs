//! Many who ask the same at the same time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::poll;
use tokio::sync::{Barrier, Semaphore};
use tokio::time::Instant;

use super::server::{Act, Server, with};
use super::{Setup, read_all, soon};
use crate::egress::{Egress, Error, Header, Limit, OutageReason, Request};

type Asking = Pin<Box<dyn Future<Output = Result<String, Error>> + Send>>;

/// To be asked about again each time, so that whoever comes late is told from who waited.
const KEPT: &[&str] = &["ETag: \"1\""];

fn asking(egress: &Egress, request: Request, deadline: Instant) -> Asking {
    let egress = egress.clone();
    Box::pin(async move {
        let mut response = egress.send(&request, deadline).await?;
        Ok(String::from_utf8(read_all(&mut response).await?).unwrap())
    })
}

/// So many who ask the same; each has come as far as it can without the archive.
async fn begun(egress: &Egress, url: &str, count: usize) -> Vec<Asking> {
    let mut all: Vec<_> = (0..count).map(|_| asking(egress, Request::get(url), soon())).collect();
    for one in &mut all {
        assert!(poll!(one).is_pending());
    }
    all
}

/// A server that answers when the gate is open, and what it answers.
async fn gated(script: impl Fn(usize) -> Act + Send + Sync + 'static) -> (Server, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let (own, script) = (Arc::clone(&gate), Arc::new(script));
    let server = Server::waiting(move |n| {
        let (gate, script) = (Arc::clone(&own), Arc::clone(&script));
        async move {
            gate.acquire().await.unwrap().forget();
            script(n)
        }
    })
    .await;
    (server, gate)
}

#[tokio::test]
async fn the_archive_is_asked_once() {
    let (server, gate) = gated(|_| Act::Say(with("200 OK", KEPT, b"shared"))).await;
    let egress = Setup::granting(&[server.address]).egress();
    let all = tokio::spawn(join_all(begun(&egress, &server.url("/"), 20).await));
    server.until_asked(1).await;
    gate.add_permits(100);
    for answer in all.await.unwrap() {
        assert_eq!(answer.unwrap(), "shared");
    }
    assert_eq!(server.asked().len(), 1);
    let counts = egress.metrics().counts();
    assert_eq!((counts.requests, counts.cache_shared, counts.cache_fresh), (1, 19, 0));
}

#[tokio::test]
async fn whether_an_answer_still_holds_is_asked_once() {
    let (server, gate) = gated(|n| match n {
        0 => Act::Say(with("200 OK", KEPT, b"kept")),
        _ => Act::Say(b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n".to_vec()),
    })
    .await;
    let egress = Setup::granting(&[server.address]).egress();
    gate.add_permits(1);
    asking(&egress, Request::get(server.url("/")), soon()).await.unwrap();
    let all = tokio::spawn(join_all(begun(&egress, &server.url("/"), 5).await));
    server.until_asked(2).await;
    gate.add_permits(100);
    for answer in all.await.unwrap() {
        assert_eq!(answer.unwrap(), "kept");
    }
    assert!(server.asked()[1].contains("if-none-match: \"1\"\r\n"));
    let counts = egress.metrics().counts();
    assert_eq!((counts.requests, counts.cache_revalidated, counts.cache_shared), (2, 1, 4));
}

#[tokio::test]
async fn a_failure_is_for_those_who_wait_and_for_nobody_later() {
    let broken = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 10\r\n\r\nshort";
    for (name, first) in [("no answer", ""), ("half an answer", broken)] {
        let (server, gate) = gated(move |n| match n {
            0 => Act::SayAndClose(first.into()),
            _ => Act::Say(with("200 OK", KEPT, b"fine")),
        })
        .await;
        let setup = Setup::granting(&[server.address]);
        let egress = setup.limits(|limits| limits.attempts = 1).egress();
        let all = tokio::spawn(join_all(begun(&egress, &server.url("/"), 3).await));
        server.until_asked(1).await;
        gate.add_permits(100);
        for answer in all.await.unwrap() {
            let error = answer.unwrap_err();
            let lost = OutageReason::ConnectionLost;
            assert!(
                matches!(&error, Error::Unavailable { reason, .. } if *reason == lost),
                "case: {name}: {error}"
            );
        }
        assert_eq!(server.asked().len(), 1, "case: {name}");
        let later = asking(&egress, Request::get(server.url("/")), soon()).await;
        assert_eq!(later.unwrap(), "fine", "case: {name}");
    }
}

#[tokio::test]
async fn one_who_leaves_while_waiting_changes_nothing() {
    let (server, gate) = gated(|_| Act::Say(with("200 OK", KEPT, b"shared"))).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut all = begun(&egress, &server.url("/"), 3).await;
    drop(all.remove(1));
    let all = tokio::spawn(join_all(all));
    server.until_asked(1).await;
    gate.add_permits(100);
    for answer in all.await.unwrap() {
        assert_eq!(answer.unwrap(), "shared");
    }
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_leader_who_leaves_hands_over() {
    let (server, gate) = gated(|n| Act::Say(with("200 OK", KEPT, n.to_string().as_bytes()))).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut all = begun(&egress, &server.url("/"), 3).await;
    let mut leader = all.remove(0);
    tokio::select! {
        answer = &mut leader => panic!("the gate is shut: {answer:?}"),
        () = server.until_asked(1) => {}
    }
    drop(leader);
    server.until_left().await;
    gate.add_permits(100);
    for answer in join_all(all).await {
        assert_eq!(answer.unwrap(), "1");
    }
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_leader_without_time_is_alone_in_its_failure() {
    let server = Server::waiting(|n| async move {
        if n == 0 {
            std::future::pending::<()>().await;
        }
        Act::Say(with("200 OK", KEPT, b"in time"))
    })
    .await;
    let egress = Setup::granting(&[server.address]).egress();
    let brief = Instant::now() + Duration::from_millis(50);
    let mut leader = asking(&egress, Request::get(server.url("/")), brief);
    assert!(poll!(&mut leader).is_pending());
    let waiter = begun(&egress, &server.url("/"), 1).await.remove(0);
    let (leader, waiter) = tokio::join!(leader, waiter);
    let error = leader.unwrap_err();
    let late = OutageReason::TimedOut;
    assert!(matches!(&error, Error::Unavailable { reason, .. } if *reason == late), "{error}");
    assert_eq!(waiter.unwrap(), "in time");
}

#[tokio::test]
async fn what_may_not_be_kept_is_asked_for_by_each_and_at_once() {
    let both = Arc::new(Barrier::new(2));
    let gate = Arc::new(Semaphore::new(0));
    let own = Arc::clone(&gate);
    let server = Server::waiting(move |n| {
        let (both, gate) = (Arc::clone(&both), Arc::clone(&own));
        async move {
            match n {
                0 => gate.acquire().await.unwrap().forget(),
                _ => {
                    both.wait().await;
                }
            }
            Act::Say(with("200 OK", &[], n.to_string().as_bytes()))
        }
    })
    .await;
    let egress = Setup::granting(&[server.address]).egress();
    let all = tokio::spawn(join_all(begun(&egress, &server.url("/"), 3).await));
    server.until_asked(1).await;
    gate.add_permits(1);
    let mut answers: Vec<_> = all.await.unwrap().into_iter().map(Result::unwrap).collect();
    answers.sort();
    assert_eq!(answers, ["0", "1", "2"]);
    // From now on nobody waits for the first.
    let later = join_all(begun(&egress, &server.url("/"), 2).await).await;
    assert!(later.iter().all(Result::is_ok), "{later:?}");
}

#[tokio::test]
async fn others_and_who_wants_news_are_asked_for_by_themselves() {
    let (server, gate) = gated(|_| Act::Say(with("200 OK", KEPT, b"own"))).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut staff = Request::get(server.url("/"));
    staff.caller = "staff".to_owned();
    let mut news = Request::get(server.url("/"));
    news.headers = vec![Header { name: "cache-control".to_owned(), value: "no-cache".to_owned() }];
    let requests = [Request::get(server.url("/")), staff, news.clone(), news];
    let all = requests.map(|request| asking(&egress, request, soon()));
    let all = tokio::spawn(join_all(all));
    server.until_asked(4).await;
    gate.add_permits(100);
    assert!(all.await.unwrap().into_iter().all(|answer| answer.unwrap() == "own"));
}

#[tokio::test]
async fn a_limit_of_the_leader_is_no_limit_for_others() {
    let (server, gate) = gated(|_| Act::Say(with("200 OK", KEPT, b"shared"))).await;
    let egress = Setup::granting(&[server.address]).egress();
    let mut short = Request::get(server.url("/"));
    short.max_bytes = Some(2);
    let mut leader = asking(&egress, short, soon());
    assert!(poll!(&mut leader).is_pending());
    let waiter = begun(&egress, &server.url("/"), 1).await.remove(0);
    gate.add_permits(100);
    let (leader, waiter) = tokio::join!(leader, waiter);
    let error = leader.unwrap_err();
    let received = Limit::BytesReceived;
    assert!(matches!(&error, Error::Exhausted { limit, .. } if *limit == received), "{error}");
    assert_eq!(waiter.unwrap(), "shared");
    assert_eq!(server.asked().len(), 1);
}
