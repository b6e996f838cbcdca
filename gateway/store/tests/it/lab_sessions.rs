//! Browsers in labs, on both databases.

use archway_core::Error;
use archway_core::labs::{LabId, LabKeeper as _, LabSession, LabState, SessionKeeper as _};
use archway_store::Store;

use crate::databases::on_both_databases;
use crate::things::{NOW, after_s, event, lab, owner, wide};

on_both_databases!(
    a_session_comes_back_until_its_time_is_over,
    a_session_goes_with_its_lab,
    sessions_are_removed_one_by_one_and_all_of_an_owner,
    what_is_past_its_time_is_forgotten_when_the_next_one_enters,
);

/// A minute of `name` in the lab, begun that many seconds after [`NOW`].
fn session(number: u8, lab: &str, name: &str, opened_s: i64) -> LabSession {
    LabSession {
        hash: [number; 32],
        lab: LabId(lab.to_owned()),
        owner: owner(name),
        opened: after_s(opened_s),
        until: after_s(opened_s + 60),
    }
}

async fn reserve(store: &Store, id: &str) {
    store.reserve(&lab(id), None, &wide()).await.unwrap();
}

async fn a_session_comes_back_until_its_time_is_over(store: Store) {
    reserve(&store, "a1").await;
    let (first, second) = (session(0x0a, "a1", "ann", 0), session(0xff, "a1", "ann", 10));
    store.save_lab_session(&first).await.unwrap();
    store.save_lab_session(&second).await.unwrap();
    assert_eq!(store.lab_sessions(NOW).await.unwrap(), [second.clone(), first]);
    assert_eq!(store.lab_sessions(after_s(60)).await.unwrap(), [second]);
    assert_eq!(store.lab_sessions(after_s(70)).await.unwrap(), []);
}

async fn a_session_goes_with_its_lab(store: Store) {
    for id in ["a1", "b2"] {
        reserve(&store, id).await;
    }
    let stays = session(2, "b2", "ann", 0);
    store.save_lab_session(&session(1, "a1", "ann", 0)).await.unwrap();
    store.save_lab_session(&stays).await.unwrap();
    let mut ended = lab("a1");
    ended.state = LabState::Stopped;
    assert!(store.save_lab(&ended, Some(&event("stopped"))).await.unwrap());
    assert!(store.remove_lab(&ended.id).await.unwrap());
    assert_eq!(store.lab_sessions(NOW).await.unwrap(), [stays]);
    let late = store.save_lab_session(&session(3, "a1", "ann", 0)).await;
    assert!(matches!(late, Err(Error::NotFound { .. })), "{late:?}");
}

async fn sessions_are_removed_one_by_one_and_all_of_an_owner(store: Store) {
    reserve(&store, "a1").await;
    let bens = session(3, "a1", "ben", 0);
    for kept in [session(1, "a1", "ann", 0), session(2, "a1", "ann", 1), bens.clone()] {
        store.save_lab_session(&kept).await.unwrap();
    }
    store.remove_lab_session(&[1; 32]).await.unwrap();
    store.remove_lab_session(&[9; 32]).await.unwrap();
    assert_eq!(store.lab_sessions(NOW).await.unwrap().len(), 2);
    store.remove_lab_sessions_of(&owner("ann")).await.unwrap();
    assert_eq!(store.lab_sessions(NOW).await.unwrap(), [bens]);
}

async fn what_is_past_its_time_is_forgotten_when_the_next_one_enters(store: Store) {
    reserve(&store, "a1").await;
    store.save_lab_session(&session(1, "a1", "ann", 0)).await.unwrap();
    let next = session(2, "a1", "ann", 60);
    store.save_lab_session(&next).await.unwrap();
    assert_eq!(store.lab_sessions(after_s(-1_000)).await.unwrap(), [next]);
}
