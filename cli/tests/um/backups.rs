use std::{fs, io::Write};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::place::{PASSPHRASE, Place, tenant};

const SECRET: [(&str, &str); 1] = [("UM_BACKUP_PASSPHRASE", PASSPHRASE)];

async fn furnished() -> Place {
    let place = Place::logged_in().await;
    let file = place.write("tenants.yaml", format!("{}---\n{}", tenant("acme"), tenant("bravo")));
    place.um(&["tenants", "apply", "-f", &file]).await.expect(0);
    place
}

/// All tenants, wherever they are.
async fn tenants(place: &Place) -> Value {
    let shown = place.um(&["tenants", "list", "--json"]).await.expect(0).text;
    serde_json::from_str(&shown.replace(&place.local.root(), "")).unwrap()
}

/// Another deployment's tenants, restored there with what is on standard input or in a file.
async fn restored(arguments: &[&str], input: &[u8]) -> Value {
    let place = Place::logged_in().await;
    let done = place.command(arguments, &SECRET, input).await.expect(0);
    // The administrator's password came back, and ended the session.
    assert!(done.errors.contains("log in again"), "{}", done.errors);
    place.um(&["tenants", "list"]).await.expect(3);
    place.command(&["login"], &[("UM_PASSWORD", crate::place::PASSWORD)], b"").await.expect(0);
    tenants(&place).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_goes_to_a_file_or_a_pipe_and_back() {
    let place = furnished().await;
    let before = tenants(&place).await;
    let file = place.path("backup.json");
    let file = file.to_str().unwrap();
    let done = place.command(&["backup", "--include-secrets", "--output", file], &SECRET, b"").await.expect(0);
    assert_eq!(done.text, "");
    assert!(done.errors.contains("tenants: 2"), "{}", done.errors);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains("BEGIN AGE ENCRYPTED FILE") && !text.contains("canary"));

    let trial = place.command(&["restore", "-i", file, "--dry-run", "--json"], &SECRET, b"").await.expect(0).json();
    assert_eq!((&trial["dryRun"], &trial["unchanged"]), (&json!(true), &json!(4)), "{trial}");
    assert_eq!(restored(&["restore", "-i", file], b"").await, before);
    // um backup | gzip, zcat | um restore; and compressed as it is.
    let passphrase = place.write("passphrase", format!("{PASSPHRASE}\n"));
    let piped = place.um(&["backup", "--include-secrets", "--passphrase-file", &passphrase, "--quiet"]).await.expect(0);
    assert_eq!(piped.errors, "");
    assert_eq!(restored(&["restore"], &piped.out).await, before);
    assert_eq!(restored(&["restore", "-i", "-"], &gzip(&piped.out)).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_whole_is_refused() {
    let place = furnished().await;
    let backup = place.command(&["backup", "--include-secrets"], &SECRET, b"").await.expect(0).out;
    let before = tenants(&place).await;
    let text = String::from_utf8(backup.clone()).unwrap();
    let packed = gzip(&backup);
    for (label, input) in [
        ("empty", &b""[..]),
        ("cut", &backup[..backup.len() / 2]),
        ("cut and packed", &packed[..packed.len() / 2]),
        ("changed", text.replace("\"acme\"", "\"mallory\"").as_bytes()),
        ("something else", b"{}"),
    ] {
        let done = place.command(&["restore"], &SECRET, input).await.expect(1);
        assert!(done.text.is_empty() && !done.errors.is_empty(), "{label}");
    }
    let wrong = [("UM_BACKUP_PASSPHRASE", "not the passphrase at all")];
    let done = place.command(&["restore"], &wrong, &backup).await.expect(1);
    assert!(done.errors.contains("Passphrase"), "{}", done.errors);
    place.command(&["restore"], &[], &backup).await.expect(3);
    let weak = [("UM_BACKUP_PASSPHRASE", "secret")];
    let file = place.path("weak.json");
    place.command(&["backup", "--include-secrets", "-o", file.to_str().unwrap()], &weak, b"").await.expect(1);
    assert!(!file.exists());
    place.um(&["backup", "--include-secrets"]).await.expect(3);
    assert_eq!(tenants(&place).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_secrets_what_is_there_is_put_right() {
    let place = furnished().await;
    let backup = place.um(&["backup"]).await.expect(0);
    assert!(!backup.text.contains("canary") && !backup.text.contains("argon2"));
    assert!(backup.errors.contains("--include-secrets"), "{}", backup.errors);
    let mut acme = place.um(&["tenants", "get", "acme"]).await.expect(0).json();
    acme["enabled"] = false.into();
    place.command(&["tenants", "apply", "-f", "-"], &[], acme.to_string().as_bytes()).await.expect(0);
    let done = place.command(&["restore"], &[], &backup.out).await.expect(0);
    assert!(done.text.starts_with("updated tenants \"acme\""), "{}", done.text);
    assert!(done.errors.contains("1 updated, 3 unchanged"), "{}", done.errors);
    assert_eq!(place.um(&["tenants", "get", "acme"]).await.expect(0).json()["enabled"], true);
    let other = Place::logged_in().await;
    let refused = other.command(&["restore"], &[], &backup.out).await.expect(1);
    assert!(refused.errors.contains("channelSecret is required"), "{}", refused.errors);
}
