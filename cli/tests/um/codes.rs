use serde_json::Value;

use crate::place::{PASSWORD, Place, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_failure_has_its_code() {
    let place = Place::logged_in().await;
    for (arguments, code, word) in [
        (&["tenants", "get", "nowhere"][..], 4, "nowhere"),
        (&["deliveries", "get", "nowhere"], 4, "no such"),
        (&["deliveries", "resend", "../../tenants"], 4, "no such"),
        (&["tenants", "list", "--enabled", "maybe"], 2, "maybe"),
        (&["frobnicate"], 2, "frobnicate"),
        (&["tenants", "apply", "-f", "missing.yaml"], 2, "missing.yaml"),
        (&["restore", "-i", "missing.json"], 2, "missing.json"),
        (&["tenants", "list", "--url", "ftp://um.example"], 2, "address"),
        (&["tenants", "list", "--url", "http://127.0.0.1:1", "--user", "x"], 3, "no password"),
        (&["health", "--url", "http://127.0.0.1:1"], 5, "does not answer"),
        (&["messages", "send", "--tenant", "Nobody", "--to", "U1", "--text", "x"], 3, ""),
        (&["messages", "send", "--tenant", "Nobody", "--to", "U1", "--message", "{"], 2, "JSON"),
    ] {
        let done = place.um(arguments).await.expect(code);
        assert!(done.errors.contains(word) && done.text.is_empty(), "{arguments:?}: {}", done.errors);
    }
    let told = place.um(&["tenants", "get", "nowhere", "--json"]).await.expect(4);
    let told: Value = serde_json::from_str(&told.errors).unwrap();
    assert_eq!(told["exitCode"], 4);
    place.command(&["tenants", "list"], &[("UM_TOKEN", "wrong")], b"").await.expect(3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_told_to_anybody() {
    let place = Place::new().await;
    assert_eq!(place.um(&["health"]).await.expect(0).text, "ok\n");
    let more = place.command(&["health", "--json"], &[("UM_PASSWORD", PASSWORD)], b"").await.expect(0).json();
    assert!(more["checks"].as_array().unwrap().len() > 3, "{more}");
}

#[tokio::test]
async fn what_needs_no_deployment_asks_for_none() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let done = run(home.path(), &["completions", shell], &[], b"").await.expect(0);
        assert!(done.text.contains("dead-letters"), "{shell}");
    }
    let help = run(home.path(), &["--help"], &[("UM_PASSWORD", "canary")], b"").await.expect(0);
    assert!(help.text.contains("Exit codes:") && help.text.contains("zcat") && !help.text.contains("canary"));
    run(home.path(), &["--version"], &[], b"").await.expect(0);
    run(home.path(), &[], &[], b"").await.expect(2);
}
