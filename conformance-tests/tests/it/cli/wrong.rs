//! What `serve` and `check` refuse, and with which exit code.

use super::{archway, run, text};

#[tokio::test]
async fn a_broken_configuration_is_code_2_with_every_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("archway.toml");
    std::fs::write(&file, "[serach]\n[limits]\nmemory_mib = 9000\n").unwrap();
    for command in ["serve", "check"] {
        let mut archway = archway();
        archway.args([command, "--config"]).arg(&file);
        let output = run(archway).await;
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command}: {told}");
        assert!(told.contains("did you mean `search`?"), "{command}: {told}");
        assert!(told.contains("limits.memory_mib: 9000 is outside 1..=512"), "{command}: {told}");
    }
}

#[tokio::test]
async fn another_address_than_loopback_wants_a_flag() {
    let folder = tempfile::tempdir().unwrap();
    let mut archway = archway();
    archway.current_dir(folder.path()).args(["serve", "--listen", "0.0.0.0:0"]);
    let output = run(archway).await;
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("--expose-without-sign-in"), "{told}");
    assert!(!folder.path().join("archway-data").exists(), "nothing was started");
}

#[tokio::test]
async fn a_component_that_is_none_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.wasm");
    std::fs::write(&file, "not WebAssembly").unwrap();
    let mut archway = archway();
    archway.args(["plugins", "inspect"]).arg(&file);
    let output = run(archway).await;
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("component"), "{told}");
}
