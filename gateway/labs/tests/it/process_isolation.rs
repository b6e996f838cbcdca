//! What a lab can and cannot see and do, asked from inside of it.

use std::os::unix::fs::MetadataExt;

use archway_core::labs::LabBackend;
use archway_core::owner::Owner;
use archway_labs::ProcessBackend;
use tokio::net::TcpListener;

use crate::process_bench::{Lab, config, labs_run_here};

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_sees_itself_and_nothing_else() {
    if !labs_run_here().await {
        return;
    }
    let backend = ProcessBackend::new(config());
    let mut lab = Lab::trivial(&backend).await;
    lab.spec.owner = Owner("test-isolation-ada".into());
    let mut other = Lab::trivial(&backend).await;
    other.spec.owner = Owner("test-isolation-bo".into());
    for lab in [&lab, &other] {
        let started = lab.start(&backend).await;
        lab.answers(&backend, &started.endpoint).await;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();

    // Files.
    let said = lab.run("ls / /home /data /run").await;
    let root: Vec<_> = said.split_whitespace().collect();
    for seen in ["lab", "data", "usr"] {
        assert!(root.contains(&seen), "{said}");
    }
    for hidden in ["boot", "sys", "srv", "dbus", "docker.sock", "user"] {
        assert!(!root.contains(&hidden), "{hidden}: {said}");
    }
    let spaces = other.scratch.path().display();
    assert!(lab.run(&format!("ls {spaces}")).await.contains("No such file"));
    assert!(lab.run(&format!("ls {}", other.folder().display())).await.contains("No such file"));
    assert!(lab.run(&format!("ls {}", lab.folder().display())).await.contains("No such file"));
    assert_eq!(lab.run("cat /etc/passwd | cut -d: -f1,6").await, "lab:/home/lab");
    assert!(lab.run("cat /etc/shadow").await.contains("No such file"));
    for read_only in ["/usr/x", "/etc/x", "/x", "/dev/x", "/data/x"] {
        let said = lab.run(&format!("touch {read_only}")).await;
        assert!(said.contains("Read-only") || said.contains("denied"), "{read_only}: {said}");
    }
    let said = lab.run("touch /opt/lab/x").await;
    assert!(said.contains("Read-only"), "the environment is shared: {said}");
    assert_eq!(lab.run("touch ~/x /tmp/x /run/lab/x /dev/shm/x /var/tmp/x").await, "");
    assert_eq!(other.run("ls ~ /tmp /dev/shm").await, "/dev/shm:\n\n/home/lab:\n\n/tmp:");

    // Processes.
    let pids = lab.run("ls /proc | grep -c '^[0-9]'").await;
    assert!(pids.parse::<u32>().unwrap() < 10, "{pids}");
    let me = std::process::id();
    assert!(lab.run(&format!("kill -0 {me}")).await.contains("No such process"));
    let said = lab.run("grep -E '^(Cap(Prm|Eff|Amb|Inh)|NoNewPrivs)' /proc/self/status").await;
    for line in said.lines() {
        let value = line.split_whitespace().last().unwrap();
        let none = if line.starts_with("NoNewPrivs") { "1" } else { "0000000000000000" };
        assert_eq!(value, none, "{said}");
    }
    assert!(lab.run("cat /proc/1/environ").await.contains("denied") || me != 0);
    let said = lab.run("ls -l /proc/self/fd /proc/$PPID/fd").await;
    for leaked in ["status", "lock", "labs/", "cgroup"] {
        assert!(!said.contains(leaked), "{said}");
    }
    let said = lab.run("env").await;
    for foreign in ["CARGO", "NEXTEST", "HOME=/root", "SECRET"] {
        assert!(!said.contains(foreign), "{said}");
    }

    // Network.
    assert_eq!(
        lab.run("ls /sys/class/net 2>/dev/null; tail -n +3 /proc/net/dev | cut -d: -f1")
            .await
            .trim(),
        "lo"
    );
    let connect =
        format!("python -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 3)'");
    assert!(lab.run(&connect).await.contains("ConnectionRefusedError"));
    let connect = "python -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 3)'";
    assert!(lab.run(connect).await.contains("Network is unreachable"));
    let connect = "python -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect(\"/var/run/docker.sock\")'";
    assert!(lab.run(connect).await.contains("FileNotFoundError"));

    // Users of the system.
    let uid = |lab: &Lab| std::fs::metadata(&lab.spec.space).unwrap().uid();
    if rustix::process::geteuid().is_root() {
        assert_ne!(uid(&lab), uid(&other));
        assert_eq!(lab.run("id -u").await, uid(&lab).to_string());
        assert_eq!(lab.run("id -G").await, uid(&lab).to_string());
    } else {
        assert_eq!(lab.run("id -u").await, "1000");
    }
    for lab in [&lab, &other] {
        backend.stop(&lab.spec.id, None).await.unwrap();
    }
}
