//! Archives that mean harm, or are broken: the search ends in time, the archive beside them
//! gives all it has, and their row says to a person what was wrong.
//!
//! Not here: plugins that mean harm (`sandbox.rs`).

mod documents;
mod endless;
mod memory;
mod redirects;

use std::time::Duration;

use archway_conformance::fake_tap::FakeTap;
use archway_conformance::hostile_server::{HostileServer, Hostility};

use crate::gateway::{Answer, ArchiveFile, Gateway, ROWS, well};

const DEADLINE: Duration = Duration::from_millis(1500);
/// On top of it, for a machine that is busy.
const SLACK: Duration = Duration::from_secs(1);

/// A gateway over one archive that is well and one that is not.
struct Attacked {
    gateway: Gateway,
    _well: FakeTap,
}

impl Attacked {
    async fn start(hostile: ArchiveFile) -> Self {
        let fake = well("well").await;
        let archives = [ArchiveFile::new("well", 10, &format!("{}/tap", fake.url)), hostile];
        Self { gateway: Gateway::start(&archives).await, _well: fake }
    }

    /// Searches both, and once more the one that is well.
    async fn survives(&self, case: &str) -> Answer {
        let deadline = DEADLINE.as_millis().to_string();
        let parameters = [("limit", "100"), ("deadline_ms", deadline.as_str())];
        let answer = self.gateway.search(&parameters).await;
        assert_eq!(answer.status, 200, "case: {case}: {}", answer.text);
        assert!(answer.took < DEADLINE + SLACK, "case: {case}: {:?}", answer.took);
        assert_eq!(answer.given_by("well"), ROWS, "case: {case}: {}", answer.text);
        assert_eq!(answer.row("well").0, "ok", "case: {case}: {}", answer.text);
        assert_eq!(answer.json()["sources"].as_array().unwrap().len(), 2, "case: {case}");

        let next = self.gateway.search(&[("archive", "well")]).await;
        assert_eq!(
            (next.status, next.given_by("well")),
            (200, ROWS),
            "after {case}: {}",
            next.text
        );
        assert_eq!(next.json()["partial"], false, "after {case}: {}", next.text);
        answer
    }

    /// The row of the archive that is not well must be of this status and hold these words.
    async fn blames(&self, case: &str, status: &str, words: &str) {
        let answer = self.survives(case).await;
        let (found, reason) = answer.row("hostile");
        assert_eq!(found, status, "case: {case}: {reason}");
        assert!(reason.contains(words), "case: {case}: {reason}");
        for inside in ["broke in", "the gateway failed", "panicked", "Error("] {
            assert!(!reason.contains(inside), "case: {case}: {reason}");
        }
        assert_eq!(answer.json()["partial"], true, "case: {case}");
    }
}

/// An archive behind `url`. What it is asked at the start ends soon after a search would.
fn hostile(url: &str) -> ArchiveFile {
    ArchiveFile::new("hostile", 20, &format!("{url}/tap")).limits("wall_ms = 2000")
}

/// Asks an archive behind a server that does this, and waits until its sockets are closed.
async fn against(case: &str, hostility: Hostility, rate: &str, status: &str, words: &str) {
    let server = HostileServer::start(hostility).await;
    let attacked = Attacked::start(hostile(&server.url).rate(rate)).await;
    attacked.blames(case, status, words).await;
    assert!(server.connections_seen() > 0, "case: {case}");
    let closed = server.all_closed_within(Duration::from_secs(1)).await;
    assert!(closed, "case: {case}: {} sockets open", server.connections_open());
}
