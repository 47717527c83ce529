use serde_json::{Value, json};

use crate::place::{Place, tenant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_are_applied_from_files() {
    let place = Place::logged_in().await;
    let file = place.write("tenants.yaml", format!("{}---\n{}", tenant("acme"), tenant("bravo")));
    let trial = place.um(&["tenants", "apply", "-f", &file, "--dry-run", "--json"]).await;
    let would: Vec<_> = trial.json().as_array().unwrap().iter().map(|one| one["effect"].clone()).collect();
    assert_eq!(would, ["would be created", "would be created"]);
    assert_eq!(place.um(&["tenants", "list", "--json"]).await.expect(0).json(), json!([]));

    let done = place.um(&["tenants", "apply", "-f", &file]).await.expect(0);
    assert!(done.text.starts_with("created \"acme\" "), "{}", done.text);
    let list = place.um(&["tenants", "list"]).await.expect(0);
    assert!(list.text.starts_with("ID") && list.text.lines().count() == 3, "{}", list.text);
    assert!(list.text.contains("bravo") && list.text.contains("line") && list.text.contains("genesys-cloud"));
    let off = place.um(&["tenants", "list", "--json", "--enabled", "false"]).await.expect(0).json();
    assert_eq!(off, json!([]));

    // By name, by id; what is shown can be given back.
    let shown = place.um(&["tenants", "get", "ACME"]).await.expect(0);
    assert!(!shown.text.contains("canary"));
    let shown = shown.json();
    let id = shown["id"].as_str().unwrap();
    assert_eq!(place.um(&["tenants", "get", id]).await.expect(0).json(), shown);
    let yaml = place.um(&["tenants", "get", id, "--yaml"]).await.expect(0).text;
    let yaml = yaml.replace("vip: yes", "vip: none").replace("vip: 'yes'", "vip: none");
    let same = place.write("acme.yaml", &yaml);
    let done = place.um(&["tenants", "apply", "-f", &same]).await.expect(0);
    assert!(done.text.starts_with("updated \"acme\""), "{}", done.text);
    let now = place.um(&["tenants", "get", id]).await.expect(0).json();
    assert_eq!(now["cxPlatform"]["customData"]["vip"], "none", "{yaml}");
    assert_eq!(now["messaging"]["secretsSet"], json!(["channelSecret"]));
    // It is of a version that is no more.
    let late = place.um(&["tenants", "apply", "-f", &same]).await.expect(1);
    assert!(late.errors.contains("version"), "{}", late.errors);
    // From a pipe, by name, as JSON.
    let mut document: Value = now.clone();
    for name in ["id", "version"] {
        document.as_object_mut().unwrap().remove(name);
    }
    document["enabled"] = false.into();
    let piped = json!([document]).to_string();
    place.command(&["tenants", "apply", "-f", "-"], &[], piped.as_bytes()).await.expect(0);
    assert_eq!(place.um(&["tenants", "get", id]).await.expect(0).json()["enabled"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_named() {
    let place = Place::logged_in().await;
    let wrong = place.write("wrong.yaml", tenant("acme").replace("channelSecret", "chanelSecret"));
    let done = place.um(&["tenants", "apply", "-f", &wrong]).await.expect(1);
    for word in ["/messaging/settings/chanelSecret is not known here", "/messaging/settings/channelSecret is required"]
    {
        assert!(done.errors.contains(word), "{}", done.errors);
    }
    assert!(!done.errors.contains("canary"), "{}", done.errors);
    let broken = place.write("broken.yaml", "name: [canary");
    let done = place.um(&["tenants", "apply", "-f", &broken]).await.expect(2);
    assert!(!done.errors.contains("canary") && done.errors.contains("line"), "{}", done.errors);
    assert_eq!(place.um(&["tenants", "list", "--json"]).await.expect(0).json(), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_is_written_to() {
    let place = Place::logged_in().await;
    let secured = tenant("acme") + "apiAuthentication: {type: basic, user: ivr, password: canary-ivr}\n";
    let file = place.write("acme.yaml", secured);
    place.um(&["tenants", "apply", "-f", &file]).await.expect(0);
    let arguments =
        ["messages", "send", "--tenant", "acme", "--to", "U4af4980629f4af4980629f4af4980629", "--text", "Hello"];
    place.um(&arguments).await.expect(3);
    let mut with_user = arguments.to_vec();
    with_user.extend([
        "--tenant-user",
        "ivr",
        "--message",
        r#"{"type": "sticker", "packageId": "446", "stickerId": "1988"}"#,
    ]);
    place.um(&with_user).await.expect(3);
    let sent = place.command(&with_user, &[("UM_TENANT_PASSWORD", "canary-ivr")], b"").await.expect(0);
    assert_eq!(sent.text.lines().count(), 2, "{}", sent.text);
    let id = sent.text.split(' ').next().unwrap();
    let delivery = place.um(&["deliveries", "get", id]).await.expect(0).json();
    assert_eq!((&delivery["id"], &delivery["kind"]), (&json!(id), &json!("text")));
    let letters = place.um(&["dead-letters", "list"]).await.expect(0);
    assert!(letters.text.starts_with("ID"), "{}", letters.text);
}
