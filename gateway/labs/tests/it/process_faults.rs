//! What goes wrong with labs, and with the gateway while they run.

use std::fs;
use std::process::Command;

use archway_core::labs::{App, Application, Cause, Endpoint, LabBackend, Observation};
use archway_labs::{Applications, ProcessBackend};
use serde_json::{Value, json};

use crate::process_bench::{Lab, SERVER, application, config, labs_run_here};

fn python(program: &str) -> App {
    application(&["python", "-c", program, "{socket}"])
}

fn edit(lab: &Lab, change: impl Fn(&mut Value)) {
    let path = lab.folder().join("lab.json");
    let mut record = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut record);
    fs::write(&path, record.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_that_ends_says_how() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let cases = [
        (
            python("import sys; print('no such table'); sys.exit(3)"),
            Cause::Exited(3),
            "no such table",
        ),
        (
            python("import os; print('ends', flush=True); os.kill(os.getpid(), 9)"),
            Cause::Signalled(9),
            "ends",
        ),
        (python("print('done')"), Cause::Exited(0), "done"),
        (python("this is no Python"), Cause::Exited(1), "SyntaxError"),
        (application(&["no-such-program"]), Cause::Exited(127), "no-such-program"),
    ];
    for (app, cause, words) in cases {
        let lab = Lab::of(&backend, app).await;
        match backend.start(&lab.spec).await {
            Ok(_) => {}
            Err(failure) => assert!(failure.log.contains(words), "{failure:?}"),
        }
        assert_eq!(lab.ended(&backend).await, Observation::Stopped(cause), "{words}");
        let log = lab.log(&backend).await;
        assert!(log.contains(words), "{log}");
        // Another gateway says the same, also after all was removed.
        backend.stop(&lab.spec.id, None).await.unwrap();
        let again = ProcessBackend::new(config()).observe(&lab.spec.id, None).await;
        assert_eq!(again, lab.observe(&backend).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_that_wants_too_much_memory_says_so() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let facts = backend.report().await.facts;
    let limited = facts.iter().find(|fact| fact.what == "memory is limited").unwrap();
    if !limited.holds {
        println!("LEFT OUT: memory is not limited here: {}", limited.why.as_ref().unwrap());
        return;
    }
    let mut lab = Lab::of(&backend, python("x = bytearray(500_000_000); print(sum(x))")).await;
    lab.spec.size.memory_mib = 64;
    lab.start(&backend).await;
    assert_eq!(lab.ended(&backend).await, Observation::Stopped(Cause::OutOfMemory));
    backend.stop(&lab.spec.id, None).await.unwrap();
    assert_eq!(lab.observe(&backend).await, Observation::Stopped(Cause::OutOfMemory));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_that_floods_its_log_fills_nothing_and_goes_on() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let flood =
        format!("for n in range(400_000): print('a line that nobody reads, number', n)\n{SERVER}");
    let lab = Lab::of(&backend, python(&flood)).await;
    let started = lab.start(&backend).await;
    lab.answers(&backend, &started.endpoint).await;
    // The last line is on its way when the application answers already.
    for tries in 0.. {
        if lab.log(&backend).await.contains("serving") {
            break;
        }
        assert!(tries < 500, "the last lines are kept");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let size = |name: &str| fs::metadata(lab.folder().join(name)).unwrap().len();
    for name in ["log.before", "log"] {
        assert!(size(name) <= 2 * 1024 * 1024, "{name} has {} bytes", size(name));
    }
    backend.stop(&lab.spec.id, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_that_never_answers_can_be_ended() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)\nwhile True: time.sleep(1)";
    let lab = Lab::of(&backend, python(deaf)).await;
    let started = lab.start(&backend).await;
    assert!(!Applications::new().answers(&lab.spec.app, &started.endpoint, "/", "").await);
    backend.stop(&lab.spec.id, None).await.unwrap();
    assert_eq!(lab.observe(&backend).await, Observation::Stopped(Cause::Asked));
    assert!(!Lab::runs(&started));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_application_leaves_running_ends_with_it() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let lab = Lab::trivial(&backend).await;
    let started = lab.start(&backend).await;
    lab.answers(&backend, &started.endpoint).await;
    lab.run("setsid sleep 1000 >/dev/null 2>&1 &").await;
    assert!(lab.try_run("kill -15 $PPID; sleep 5").await.is_err());
    assert_eq!(lab.ended(&backend).await, Observation::Stopped(Cause::Signalled(15)));
    for _ in 0..500 {
        if !Lab::runs(&started) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("its sandbox still runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_killed_before_it_noted_the_process_finds_the_lab() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let lab = Lab::trivial(&backend).await;
    let started = lab.start(&backend).await;
    edit(&lab, |record| record["process"] = Value::Null);
    let after = ProcessBackend::new(config());
    assert_eq!(lab.observe(&after).await, Observation::Running(started.clone()));
    edit(&lab, |record| record["process"] = Value::Null);
    assert_eq!(lab.start(&after).await, started);
    after.stop(&lab.spec.id, None).await.unwrap();
    assert!(!Lab::runs(&started));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_whose_wrapper_was_killed_still_runs_and_can_be_ended() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let lab = Lab::trivial(&backend).await;
    let started = lab.start(&backend).await;
    lab.answers(&backend, &started.endpoint).await;
    // The bubblewrap that waits for the first process of the lab, and the wrapper's shells.
    let parent = |pid: &str| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        status.lines().find_map(|line| line.strip_prefix("PPid:\t")).unwrap().to_owned()
    };
    let waits = parent(&Lab::pid(&started));
    let shell = parent(&waits);
    for pid in [parent(&shell), shell, waits] {
        assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    }
    let after = ProcessBackend::new(config());
    assert_eq!(lab.observe(&after).await, Observation::Running(started.clone()));
    assert_eq!(lab.run("echo here").await, "here");
    after.stop(&lab.spec.id, None).await.unwrap();
    assert_eq!(lab.observe(&after).await, Observation::Stopped(Cause::Asked));
    assert!(!Lab::runs(&started));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_another_program_has_by_now_is_not_the_lab() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let lab = Lab::trivial(&backend).await;
    let started = lab.start(&backend).await;
    let mut other = Command::new("sleep").arg("1000").spawn().unwrap();
    let pid = other.id();
    assert!(Command::new("kill").args(["-9", &Lab::pid(&started)]).status().unwrap().success());
    // As if the gateway had been gone when the lab ended, and bubblewrap with it.
    for _ in 0..500 {
        let status = fs::read_to_string(lab.folder().join("status")).unwrap();
        if status.contains("exit-code") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    fs::write(lab.folder().join("status"), format!("{{ \"child-pid\": {pid} }}\n")).unwrap();
    let forged = [json!({ "pid": pid, "start": 1 }), Value::Null];
    for process in forged {
        edit(&lab, |record| {
            record["process"] = process.clone();
            record["end"] = Value::Null;
        });
        let after = ProcessBackend::new(config());
        assert_eq!(lab.observe(&after).await, Observation::Stopped(Cause::Lost));
        after.stop(&lab.spec.id, None).await.unwrap();
        assert!(other.try_wait().unwrap().is_none(), "another program was ended");
    }
    other.kill().unwrap();
    other.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_unknown_and_another_boot_is_lost() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let lab = Lab::trivial(&backend).await;
    let started = lab.start(&backend).await;
    let whole = fs::read(lab.folder().join("lab.json")).unwrap();
    fs::write(lab.folder().join("lab.json"), "{").unwrap();
    assert!(matches!(lab.observe(&backend).await, Observation::Unknown(_)));
    assert!(backend.labs().await.unwrap().contains(&lab.spec.id));
    assert!(backend.start(&lab.spec).await.unwrap_err().temporary, "no second copy");
    assert!(backend.stop(&lab.spec.id, None).await.is_err());

    fs::write(lab.folder().join("lab.json"), &whole).unwrap();
    assert_eq!(lab.observe(&backend).await, Observation::Running(started.clone()));
    edit(&lab, |record| record["boot"] = json!("another"));
    assert_eq!(lab.observe(&backend).await, Observation::Stopped(Cause::Lost));
    // It is of another boot only in this test.
    let _ = Command::new("kill").args(["-9", &Lab::pid(&started)]).status();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_that_puts_a_link_in_place_of_its_socket_leads_nobody_to_another() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let lab = Lab::trivial(&backend).await;
    let started = lab.start(&backend).await;
    lab.answers(&backend, &started.endpoint).await;
    let outside = lab.scratch.path().join("machine.sock");
    let listener = tokio::net::UnixListener::bind(&outside).unwrap();
    lab.run(&format!("ln -sf {} /run/lab/lab.sock", outside.display())).await;
    let Endpoint::Unix(socket) = &started.endpoint else { panic!("{started:?}") };
    assert!(fs::symlink_metadata(socket).unwrap().is_symlink());
    assert!(!Applications::new().answers(&lab.spec.app, &started.endpoint, "/", "").await);
    let nobody = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
    assert!(nobody.is_err(), "the gateway came to a socket of the machine");
    backend.stop(&lab.spec.id, None).await.unwrap();
}

/// What `kill_9_of_the_gateway_at_any_moment_of_a_start` kills.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by another test"]
async fn a_gateway_that_is_going_to_be_killed() {
    let Ok(spec) = std::env::var("ARCHWAY_TEST_KILLED") else { return };
    let backend = ProcessBackend::new(config());
    let mut lab = Lab::trivial(&backend).await;
    let (id, space) = spec.split_once(' ').unwrap();
    lab.spec.id = archway_core::labs::LabId(id.into());
    lab.spec.space = space.into();
    println!("starts");
    lab.start(&backend).await;
    println!("started");
    std::thread::sleep(std::time::Duration::from_secs(600));
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_of_the_gateway_at_any_moment_of_a_start_leaves_one_lab_or_none() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    for after_ms in [0, 2, 5, 10, 15, 20, 30, 60, 200] {
        let lab = Lab::trivial(&backend).await;
        let mut gateway = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "process_faults::a_gateway_that_is_going_to_be_killed",
                "--ignored",
                "--nocapture",
            ])
            .env("ARCHWAY_TEST_KILLED", format!("{} {}", lab.spec.id, lab.spec.space.display()))
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let said = std::io::BufReader::new(gateway.stdout.take().unwrap());
        let mut lines = std::io::BufRead::lines(said);
        assert!(lines.any(|line| line.unwrap().ends_with("starts")));
        // Not synchronisation: any moment is as good as another.
        std::thread::sleep(std::time::Duration::from_millis(after_ms));
        gateway.kill().unwrap();
        gateway.wait().unwrap();

        let after = ProcessBackend::new(config());
        let seen = lab.observe(&after).await;
        assert!(!matches!(seen, Observation::Stopped(_)), "after {after_ms} ms: {seen:?}");
        let started = lab.start(&after).await;
        if let Observation::Running(before) = seen {
            assert_eq!(before, started, "after {after_ms} ms");
        }
        lab.answers(&after, &started.endpoint).await;
        let labelled = format!("ARCHWAY_LAB={}", lab.spec.id);
        let inits = fs::read_dir("/proc").unwrap().filter(|entry| {
            let process = entry.as_ref().unwrap().path();
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            let status = fs::read_to_string(process.join("status")).unwrap_or_default();
            // The first process of a sandbox has the number 1 in it.
            status.lines().any(|line| line.starts_with("NSpid:") && line.ends_with("\t1"))
                && environment.split(|byte| *byte == 0).any(|entry| entry == labelled.as_bytes())
        });
        assert_eq!(inits.count(), 1, "after {after_ms} ms");
        after.stop(&lab.spec.id, None).await.unwrap();
        assert!(!Lab::runs(&started));
    }
}
