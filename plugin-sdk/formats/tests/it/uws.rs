//! Jobs and job lists, standard and odd.

use archway_formats::uws::{
    ErrorSummary, Job, JobListReader, JobParameter, JobReference, JobResult, Phase, read_job,
    write_job, write_job_list, write_parameters, write_results,
};
use archway_formats::{Limits, time::parse_timestamp};

use crate::{assert_document, recorded_bytes};

fn job(path: &str) -> Job {
    read_job(&recorded_bytes(path)[..], &Limits::default()).expect(path)
}

fn list(bytes: &[u8]) -> Vec<JobReference> {
    let mut reader = JobListReader::new(bytes, Limits::default()).expect("a list");
    let mut jobs = Vec::new();
    while let Some(job) = reader.next_job().expect("whole") {
        jobs.push(job);
    }
    jobs
}

#[test]
fn a_finished_job_tells_everything() {
    let job = job("uws/job.xml");
    assert_eq!(
        (job.id.as_str(), job.run_id.as_deref(), job.phase),
        ("j42", Some("r1"), Phase::Completed)
    );
    assert_eq!(job.owner_id, None, "nil");
    assert_eq!(job.quote, None, "nil");
    assert_eq!(job.start_time, parse_timestamp("2026-08-01T12:00:00.1"));
    assert_eq!(job.execution_duration_s, Some(3600));
    assert_eq!(job.parameters[0].value, "SELECT 1 FROM t");
    let result = &job.results[0];
    assert_eq!(result.href.as_deref(), Some("https://gw.example.org/tap/async/j42/results/result"));
    assert_eq!(
        (result.size_bytes, result.mime_type.as_deref()),
        (Some(1234), Some("application/x-votable+xml"))
    );
}

#[test]
fn a_failed_job_tells_why() {
    for (path, message, has_detail) in [
        ("uws/joberror.xml", "parse error at line 1", true),
        ("uws/pyvo-job-error.xml", "We have problem", false),
    ] {
        let job = job(path);
        assert_eq!(job.phase, Phase::Error, "{path}");
        let expected =
            ErrorSummary { message: message.to_owned(), is_transient: false, has_detail };
        assert_eq!(job.error, Some(expected), "{path}");
    }
}

#[test]
fn version_1_0_without_prefix_is_read() {
    let job = job("uws/pyvo-job-1.0.xml");
    assert_eq!(job.id, "1576511540079_32840");
    assert_eq!(job.parameters[3].value, "SELECT ra, dec FROM table");
    assert_eq!(
        job.results[0].href.as_deref(),
        Some("http://example.com/tap/async/1234/results/result")
    );
}

#[test]
fn lists_of_whole_jobs_are_lists() {
    let jobs = list(&recorded_bytes("uws/euclid-jobs.xml"));
    assert_eq!(jobs.len(), 2);
    assert_eq!((jobs[0].id.as_str(), jobs[0].phase), ("1479386030738O", Phase::Completed));
    assert_eq!(jobs[1].phase, Phase::Error);
    assert_eq!(jobs[0].owner_id.as_deref(), Some("anonymous"));
    assert_eq!(jobs[0].creation_time, parse_timestamp("2016-11-17T12:33:50.738Z"), "+0100");
    let first = job("uws/euclid-jobs.xml");
    assert_eq!(
        first.extras,
        [("locationId".to_owned(), "anonymous/2016/11/17/1479386030738O".to_owned())]
    );
    assert_eq!(first.quote, None, "-1 is no time");
    assert_eq!(first.error, None, "nil");
    let standard = list(&recorded_bytes("uws/jobs.xml"));
    assert_eq!(standard[0].href.as_deref(), Some("https://gw.example.org/tap/async/j42"));
    assert_eq!(standard[0].owner_id.as_deref(), Some("alice"));
    assert_eq!(list(b"<uws:jobs xmlns:uws='x'/>"), []);
}

#[test]
fn phases_have_words_and_unknown_ones_are_unknown() {
    for phase in [
        Phase::Pending,
        Phase::Queued,
        Phase::Executing,
        Phase::Completed,
        Phase::Error,
        Phase::Aborted,
        Phase::Unknown,
        Phase::Held,
        Phase::Suspended,
        Phase::Archived,
    ] {
        assert_eq!(phase.name().parse(), Ok(phase));
        assert_eq!(format!(" {} \n", phase.name().to_lowercase()).parse(), Ok(phase));
    }
    assert_eq!("SLEEPING".parse(), Ok(Phase::Unknown));
    assert!(Phase::Archived.is_final() && !Phase::Held.is_final());
}

fn full_job() -> Job {
    Job {
        id: "a<1>".to_owned(),
        run_id: Some("run".to_owned()),
        owner_id: Some("me & you".to_owned()),
        phase: Phase::Suspended,
        quote: Some(1_785_585_000_000_000),
        creation_time: Some(1_785_585_000_000_001),
        start_time: Some(1_785_585_001_000_000),
        end_time: None,
        execution_duration_s: Some(0),
        destruction: Some(1_785_685_000_000_000),
        parameters: vec![
            JobParameter {
                id: "QUERY".to_owned(),
                value: "SELECT '<' FROM t\nWHERE a > 1".to_owned(),
                ..JobParameter::default()
            },
            JobParameter {
                id: "UPLOAD".to_owned(),
                value: "https://x".to_owned(),
                by_reference: true,
                is_post: true,
            },
        ],
        results: vec![JobResult {
            id: "result".to_owned(),
            href: Some("https://x?a=1&b=2".to_owned()),
            size_bytes: Some(7),
            mime_type: None,
        }],
        error: Some(ErrorSummary {
            message: "later".to_owned(),
            is_transient: true,
            has_detail: true,
        }),
        extras: Vec::new(),
    }
}

#[test]
fn a_written_job_is_read_back() {
    for job in
        [full_job(), Job { id: "j".to_owned(), execution_duration_s: Some(0), ..Job::default() }]
    {
        let mut document = Vec::new();
        write_job(&mut document, &job).expect("memory takes it");
        assert_eq!(read_job(&document[..], &Limits::default()).expect("legal"), job);
    }
    let reference = JobReference {
        id: "j".to_owned(),
        href: Some("https://x/j".to_owned()),
        phase: Phase::Archived,
        run_id: Some("r".to_owned()),
        owner_id: None,
        creation_time: Some(0),
    };
    let mut document = Vec::new();
    write_job_list(&mut document, [&reference]).expect("memory takes it");
    assert_eq!(list(&document), [reference]);
}

#[test]
fn a_job_looks_like_this() {
    let mut document = Vec::new();
    write_job(&mut document, &full_job()).expect("memory takes it");
    write_parameters(&mut document, &full_job().parameters).expect("memory takes it");
    write_results(&mut document, &full_job().results).expect("memory takes it");
    assert_document("a_job", &document);
}
