use std::fs;

use crate::place::{PASSWORD, Place, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_kept_for_its_owner_alone() {
    let place = Place::new().await;
    let wrong = place.command(&["login"], &[("UM_PASSWORD", "wrong")], b"").await.expect(3);
    assert!(wrong.errors.contains("wrong"), "{}", wrong.errors);
    let nobody = place.um(&["tenants", "list"]).await.expect(3);
    assert!(nobody.errors.contains("um login") && nobody.errors.contains("UM_PASSWORD"), "{}", nobody.errors);

    let done = place.command(&["login", "--password-stdin"], &[], format!("{PASSWORD}\n").as_bytes()).await.expect(0);
    assert_eq!(done.text, "");
    let file = place.path(".local/state/um/tokens.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let kept = fs::read_to_string(&file).unwrap();
    assert!(!kept.contains(PASSWORD));
    place.um(&["tenants", "list"]).await.expect(0);
    // Another user's is another.
    place.um(&["tenants", "list", "--user", "ann"]).await.expect(3);

    place.um(&["logout"]).await.expect(0);
    place.um(&["tenants", "list"]).await.expect(3);
    place.um(&["logout"]).await.expect(0);
    // It is good for nothing any more, not only forgotten.
    fs::write(&file, &kept).unwrap();
    place.um(&["tenants", "list"]).await.expect(3);
    assert!(!fs::read_to_string(&file).unwrap().contains("token\":"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_over_is_replaced_when_the_password_is_known() {
    let place = Place::logged_in().await;
    let file = place.path(".local/state/um/tokens.json");
    let kept = fs::read_to_string(&file).unwrap();
    place.um(&["logout"]).await.expect(0);
    fs::write(&file, kept).unwrap();
    place.command(&["tenants", "list"], &[("UM_PASSWORD", PASSWORD)], b"").await.expect(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn defaults_come_from_a_file() {
    let place = Place::new().await;
    let (root, home) = (place.local.root(), place.path(""));
    let um = async |variables: &[(&str, &str)]| run(&home, &["tenants", "list", "--json"], variables, b"").await;
    um(&[]).await.expect(2);
    place.write("secret", format!("{PASSWORD}\n"));
    place.write(".um", format!("url: {root}\npasswordFile: {}\n", place.path("secret").display()));
    assert_eq!(um(&[]).await.expect(0).json(), serde_json::json!([]));
    // The other place goes before; what others may read is remarked on.
    place.write(".config/um/config", format!("host: {root}\nuser: admin\npassword: {PASSWORD}\n"));
    let done = um(&[]).await.expect(0);
    assert!(done.errors.contains("chmod 600"), "{}", done.errors);
    // The environment goes before the file.
    um(&[("UM_URL", "http://127.0.0.1:1")]).await.expect(5);
    um(&[("UM_PASSWORD", "wrong")]).await.expect(3);
    // Without a session that was kept, none is left behind.
    assert!(!place.path(".local/state/um/tokens.json").exists());
    for wrong in ["passwrod: canary", "- canary", "url: [canary", "password: {a: canary}"] {
        place.write(".config/um/config", wrong);
        let done = um(&[]).await.expect(2);
        assert!(!done.errors.contains("canary"), "{}", done.errors);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_tells_of_requests_and_no_secrets() {
    let place = Place::new().await;
    let log = place.path("um.log");
    let arguments = ["tenants", "list", "--log", log.to_str().unwrap()];
    place.command(&arguments, &[("UM_PASSWORD", PASSWORD)], b"").await.expect(0);
    let quiet = fs::read_to_string(&log).unwrap();
    place.command(&arguments, &[("UM_PASSWORD", PASSWORD), ("DEBUG", "1")], b"").await.expect(0);
    let all = fs::read_to_string(&log).unwrap();
    assert!(all.lines().count() > 2 * quiet.lines().count() && quiet.lines().count() >= 2, "{all}");
    for line in all.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["level"].is_u64() && line["time"].is_string() && line["msg"].is_string(), "{line}");
    }
    assert!(all.contains("/api/v1/tenants") && !all.contains(PASSWORD) && !all.contains("Bearer"), "{all}");
}
