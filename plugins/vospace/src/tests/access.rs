//! Ways to bytes: by path, negotiated at once, by jobs, through links.

use archway_formats::uws::{ErrorSummary, Job, JobResult, Phase, write_job};
use archway_formats::vospace::{
    Direction, NodeKind, Protocol, Transfer, View, protocol, read_transfer, write_transfer,
};
use archway_plugin::access::{AccessRequest, Route, Way};
use archway_plugin::host::{Scheme, Slot};
use archway_plugin::testing::{NOW_US, RecordedHost};
use archway_plugin::types::{OutageReason, RefusalReason};
use archway_plugin::{Error, Host};

use super::{BASE, Judge, document, link, node, space, uri};
use crate::access::access;
use crate::negotiation;
use crate::service::Service;

const JOB: &str = "https://space.example/vos/transfers/j1";

fn request(path: &str, distribution: Option<&str>) -> AccessRequest {
    AccessRequest { native_id: uri(path), distribution_id: distribution.map(str::to_owned) }
}

fn with_file(host: RecordedHost) -> RecordedHost {
    host.answering(&format!("{BASE}/nodes/a.fits"), 200, document(&node("/a.fits", NodeKind::Data)))
}

fn agreed(places: &[(&str, &str, Option<&str>)]) -> Vec<u8> {
    let protocols = places.iter().map(|(uri, place, method)| Protocol {
        endpoint: (!place.is_empty()).then(|| (*place).to_owned()),
        security_methods: method.iter().map(|method| (*method).to_owned()).collect(),
        ..Protocol::new(*uri)
    });
    let transfer =
        Transfer { target: uri("/a.fits"), protocols: protocols.collect(), ..Transfer::default() };
    let mut out = Vec::new();
    write_transfer(&mut out, &transfer).unwrap();
    out
}

fn job(phase: Phase, message: &str) -> Vec<u8> {
    let result = JobResult {
        id: "transferDetails".to_owned(),
        href: Some(format!("{JOB}/results/transferDetails")),
        ..JobResult::default()
    };
    let error = ErrorSummary { message: message.to_owned(), is_transient: false, has_detail: true };
    let job = Job {
        id: "j1".to_owned(),
        phase,
        results: (phase == Phase::Completed).then_some(result).into_iter().collect(),
        error: (phase == Phase::Error).then_some(error),
        ..Job::default()
    };
    let mut out = Vec::new();
    write_job(&mut out, &job).unwrap();
    out
}

fn http(way: &Way) -> (&str, Option<&str>) {
    match &way.route {
        Route::Http(way) => (&way.url, way.credential.as_deref()),
        other => panic!("{other:?}"),
    }
}

fn slot(scheme: Scheme) -> Slot {
    Slot { name: "vo".to_owned(), scheme, filled: true, hosts: vec!["space.example".to_owned()] }
}

#[test]
fn by_path_the_credential_goes_along() {
    let host = with_file(space()).with_text("credential", "vo").with_slot(slot(Scheme::Bearer));
    let ways = access(&host, &request("/a.fits", Some("data"))).unwrap();
    assert_eq!(http(&ways[0]), ("https://space.example/vos/files/a.fits", Some("vo")));
    assert_eq!((ways[0].size.unwrap().bytes, ways[0].expires), (3, None));
    for (path, part) in [("/a.fits", "other"), ("/a.fits", "target")] {
        assert!(matches!(access(&host, &request(path, Some(part))), Err(Error::NotFound(_))));
    }
}

#[test]
fn at_once_the_service_leads_to_places() {
    let details = agreed(&[
        (protocol::HTTPS_GET, "https://data.example/x?pre=authorised", None),
        (protocol::HTTP_GET, "http://space.example/y", Some("ivo://ivoa.net/sso#token")),
        (protocol::HTTPS_PUT, "https://data.example/never", None),
    ]);
    let place = format!("{JOB}/results/transferDetails");
    let host = with_file(space())
        .with_text("bytes", "sync")
        .with_text("credential", "vo")
        .with_slot(slot(Scheme::Bearer))
        .answering_with(
            &format!("{BASE}/sync"),
            303,
            &[("location", "/vos/transfers/j1/results/transferDetails")],
            "",
        )
        .answering(&place, 200, details);
    let ways = access(&host, &request("/a.fits", None)).unwrap();
    let places: Vec<_> = ways.iter().map(http).collect();
    assert_eq!(
        places,
        [("https://data.example/x?pre=authorised", None), ("http://space.example/y", Some("vo"))]
    );
    assert_eq!(ways[0].expires, Some(NOW_US + 300_000_000));
    let sent = host.asked().into_iter().find(|asked| asked.url.ends_with("/sync")).unwrap();
    let sent = format!("{sent:?}");
    assert!(sent.contains("pullFromVoSpace") && sent.contains("sso#token"), "{sent}");
}

#[test]
fn an_agreed_document_may_come_at_once() {
    let host = with_file(space()).with_text("bytes", "sync").answering(
        &format!("{BASE}/sync"),
        200,
        agreed(&[(protocol::HTTP_GET, "http://d.example/x", None)]),
    );
    let ways = access(&host, &request("/a.fits", None)).unwrap();
    assert_eq!(http(&ways[0]), ("http://d.example/x", None));
}

#[test]
fn without_places_the_job_behind_says_why() {
    let cases: [(&str, Judge); 4] = [
        ("PermissionDenied", |e| matches!(e, Error::Unauthorised(_))),
        ("NodeNotFound", |e| matches!(e, Error::NotFound(_))),
        ("ViewNotSupported", |e| matches!(e, Error::Unsupported(_))),
        ("NodeBusy", |e| matches!(e, Error::Unavailable(o) if o.reason == OutageReason::Busy)),
    ];
    for (word, is_right) in cases {
        let host = with_file(space())
            .with_text("bytes", "sync")
            .answering_with(
                &format!("{BASE}/sync"),
                303,
                &[("location", &format!("{BASE}/xfer/j1/results/transferDetails"))],
                "",
            )
            .answering(
                &format!("{BASE}/xfer/j1/results/transferDetails"),
                200,
                agreed(&[(protocol::HTTPS_GET, "", None)]),
            )
            .answering(&format!("{JOB}/error"), 200, word)
            .answering(JOB, 200, job(Phase::Error, "Internal Fault"));
        let error = access(&host, &request("/a.fits", None)).unwrap_err();
        assert!(is_right(&error), "{word}: {error:?}");
    }
}

#[test]
fn a_job_that_waits_is_started_waited_for_and_kept() {
    let host = with_file(space())
        .with_text("bytes", "async")
        .answering_with(&format!("{BASE}/transfers?PHASE=RUN"), 303, &[("location", JOB)], "")
        .answering_with(&format!("{JOB}/phase"), 303, &[("location", JOB)], "")
        .answering(
            &format!("{JOB}/results/transferDetails"),
            200,
            agreed(&[(protocol::HTTPS_GET, "https://d.example/x", None)]),
        )
        .answering(JOB, 200, job(Phase::Pending, ""))
        .answering(JOB, 200, job(Phase::Executing, ""))
        .answering(&format!("{JOB}?WAIT="), 200, job(Phase::Executing, ""))
        .answering(&format!("{JOB}?WAIT="), 200, job(Phase::Completed, ""));
    let ways = access(&host, &request("/a.fits", None)).unwrap();
    assert_eq!(http(&ways[0]).0, "https://d.example/x");
    let asked: Vec<_> = host.asked().into_iter().map(|asked| asked.url).collect();
    assert!(asked.iter().any(|url| url.ends_with("/phase")), "{asked:?}");
    assert!(!format!("{:?}", host.asked()).contains("DELETE"), "its places may end with it");
}

#[test]
fn a_job_on_tape_is_found_again_by_the_next_call() {
    let still = with_file(space())
        .with_text("bytes", "async")
        .with_remaining_ms(5_000)
        .answering_with(&format!("{BASE}/transfers?PHASE=RUN"), 303, &[("location", JOB)], "")
        .answering(JOB, 200, job(Phase::Queued, ""));
    let error = access(&still, &request("/a.fits", None)).unwrap_err();
    assert!(
        matches!(&error, Error::Unavailable(o) if o.reason == OutageReason::Staging && o.retry_after_ms.is_some()),
        "{error:?}"
    );
    let kept = format!("job pullFromVoSpace {} ", uri("/a.fits"));
    let job_url = still.cached(&kept).unwrap();
    let done = with_file(space())
        .with_text("bytes", "async")
        .answering(
            &format!("{JOB}/results/transferDetails"),
            200,
            agreed(&[(protocol::HTTPS_GET, "https://d.example/x", None)]),
        )
        .answering(JOB, 200, job(Phase::Completed, ""));
    done.cache(&kept, &job_url, None).unwrap();
    assert_eq!(access(&done, &request("/a.fits", None)).unwrap().len(), 1);
    assert!(!done.asked().iter().any(|asked| asked.url.contains("PHASE=RUN")), "no second job");
}

#[test]
fn a_job_that_failed_is_deleted() {
    let host = with_file(space())
        .with_text("bytes", "async")
        .answering_with(&format!("{BASE}/transfers?PHASE=RUN"), 303, &[("location", JOB)], "")
        .answering(&format!("{JOB}/error"), 200, "")
        .answering(JOB, 200, job(Phase::Error, "Transfer Failed"));
    let error = access(&host, &request("/a.fits", None)).unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    let last = host.asked().pop().unwrap();
    assert_eq!((last.method.as_str(), last.url.as_str()), ("DELETE", JOB));
}

#[test]
fn a_view_is_negotiated_with_its_name() {
    let mut shown = node("/a.fits", NodeKind::StructuredData);
    let preview = View { original: false, ..View::new("ivo://space.example/views#preview") };
    shown.provides = vec![View::new("ivo://ivoa.net/vospace/core#defaultview"), preview];
    let host = space().answering(&format!("{BASE}/nodes/a.fits"), 200, document(&shown)).answering(
        &format!("{BASE}/sync"),
        200,
        agreed(&[(protocol::HTTPS_GET, "https://d.example/p", None)]),
    );
    let id = archway_plugin::types::AssetId::NativeId(uri("/a.fits"));
    let asset = crate::look_up::look_up(&host, &id).unwrap();
    let parts: Vec<_> = asset
        .distributions
        .iter()
        .map(|one| (one.distribution_id.as_str(), one.role.as_str()))
        .collect();
    assert_eq!(
        parts,
        [("data", "#this"), ("view:ivo://space.example/views#preview", "#derivation")]
    );
    let ways = access(&host, &request("/a.fits", Some(parts[1].0))).unwrap();
    assert_eq!((http(&ways[0]).0, ways[0].size), ("https://d.example/p", None));
    assert!(format!("{:?}", host.asked()).contains("views#preview"));
}

#[test]
fn places_to_write_to_can_be_negotiated() {
    let place = agreed(&[(protocol::HTTPS_PUT, "https://data.example/in", None)]);
    let host = space().answering(&format!("{BASE}/sync"), 200, place);
    let service = Service::of(&host).unwrap();
    let push = read_transfer(
        &include_bytes!("../../tests/data/standard/push.xml")[..],
        &archway_formats::Limits::default(),
    )
    .unwrap();
    assert_eq!(push.direction, Direction::PushToVoSpace);
    let agreed = negotiation::negotiate(&host, &service, &push, false).unwrap();
    assert_eq!(agreed.protocols[0].endpoint.as_deref(), Some("https://data.example/in"));
}

#[test]
fn a_service_may_want_its_documents_as_files_of_a_form() {
    let host = with_file(space())
        .with_text("bytes", "sync")
        .with_text("transfer_body", "multipart")
        .with_text("core", "vos://esavo!vospace/core#")
        .answering(
            &format!("{BASE}/sync"),
            200,
            agreed(&[("vos://esavo!vospace/core#httpget", "http://d.example/x", None)]),
        );
    assert_eq!(access(&host, &request("/a.fits", None)).unwrap().len(), 1);
    let sent = format!("{:?}", host.asked().pop().unwrap());
    assert!(sent.contains("transfer.xml"), "{sent}");
}

#[test]
fn links_in_a_row_end_somewhere_or_are_an_error() {
    let mut host = space();
    for n in 0..20 {
        let to = uri(&format!("/{}", n + 1));
        host = host.answering(
            &format!("{BASE}/nodes/{n}?"),
            200,
            document(&link(&format!("/{n}"), &to)),
        );
    }
    host = with_file(host).answering(
        &format!("{BASE}/nodes/l?"),
        200,
        document(&link("/l", &uri("/a.fits"))),
    );
    let ways = access(&host, &request("/l", Some("target"))).unwrap();
    assert_eq!(http(&ways[0]).0, "https://space.example/vos/files/a.fits");
    assert!(matches!(access(&host, &request("/0", None)), Err(Error::Exhausted(_))));
    let round = space()
        .answering(&format!("{BASE}/nodes/a?"), 200, document(&link("/a", &uri("/b"))))
        .answering(&format!("{BASE}/nodes/b?"), 200, document(&link("/b", &uri("/a"))));
    let error = access(&round, &request("/a", None)).unwrap_err();
    assert!(
        matches!(&error, Error::MalformedReply(reply) if reply.received.contains("circle")),
        "{error:?}"
    );
}

#[test]
fn a_missing_credential_and_a_refused_one_differ() {
    let denied = |host: RecordedHost| access(&host, &request("/a.fits", None)).unwrap_err();
    let closed = || space().answering(&format!("{BASE}/nodes/a.fits"), 401, "PermissionDenied");
    let cases = [
        (denied(closed()), RefusalReason::SlotEmpty),
        (denied(closed().with_text("credential", "vo")), RefusalReason::CredentialRefused),
        (
            denied(space().with_text("credential", "vo").answering(
                &format!("{BASE}/nodes/a.fits"),
                403,
                "PermissionDenied",
            )),
            RefusalReason::NotEntitled,
        ),
    ];
    for (error, reason) in cases {
        assert!(
            matches!(&error, Error::Unauthorised(refusal) if refusal.reason == reason),
            "{error:?}"
        );
    }
}
