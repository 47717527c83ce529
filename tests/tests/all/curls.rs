//! The examples of the API's README, host and ids changed and nothing else.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{
    ADMIN_PASSWORD, Behaviour, Platform,
    curl::{Curl, commands},
    line, tenant_document, until,
};

const README: &str = include_str!("../../../functions/api/README.md");

async fn run(platform: &Platform, command: &str) -> (StatusCode, Value) {
    let Curl { method, url, headers, body } = Curl::read(command);
    let (status, body) = platform.send(method, &url, headers, body.into_bytes()).await;
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_work_as_they_are_written() {
    let platform = Platform::start().await;
    // What LINE tells its partners only.
    platform.line.script(|request| match request.path.starts_with("/switcher/") {
        true => Behaviour::Answer(200, None, json!({})),
        false => Behaviour::Take,
    });
    let name = "Tenant with Social Media X and Genesys Cloud CX";
    let mut document = tenant_document("acme");
    document["name"] = name.into();
    document["apiAuthentication"] =
        json!({ "type": "basic", "user": "tenant_apiuser", "password": "tenant_apipassword" });
    document["messaging"]["settings"]["switcherDestinationId"] = "D1".into();
    let tenant = platform.create_tenant(&document).await;
    let guest = line::user("ann");

    let ours = |command: &str, token: &str| {
        command
            .replace("https://www.acme.org", platform.root())
            .replace("s3cr3t", ADMIN_PASSWORD)
            .replace("1234567876543wsdfghjgfvcxsq1234567ythgv", token)
            .replace("259bb4e2-f7e5-4b06-9a51-c528f412404b", &tenant.id)
            .replace("123456789abcd", &guest)
    };
    let examples = commands(README);
    let [login, storages, by_id, by_name, several, switch] = examples.as_slice() else { panic!("{examples:?}") };

    let (status, answer) = run(&platform, &ours(login, "")).await;
    assert_eq!((status, &answer["type"]), (StatusCode::OK, &json!("Bearer")), "{answer}");
    let token = answer["token"].as_str().unwrap();
    assert_eq!(run(&platform, &ours(storages, token)).await, (StatusCode::OK, json!([])));

    let mut deliveries = Vec::new();
    for (example, count) in [(by_id, 1), (by_name, 1), (several, 2)] {
        let (status, answer) = run(&platform, &ours(example, token)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        let queued = answer["deliveries"].as_array().unwrap();
        assert_eq!(queued.len(), count);
        deliveries.extend(queued.iter().map(|delivery| delivery["id"].as_str().unwrap().to_owned()));
        let shown = deliveries.len();
        until("the messages at LINE", 10, || (platform.line.shown_messages().len() == shown).then_some(())).await;
    }
    assert_eq!(platform.line.shown_texts(), ["Hello from the IVR!"; 3]);
    let sticker = platform.line.shown_messages().pop().unwrap();
    assert_eq!(sticker, json!({ "type": "sticker", "stickerId": "123345", "packageId": "456" }));
    platform.rest(10).await;
    for delivery in deliveries {
        let (_, shown) = platform.call(Method::GET, &format!("/api/v1/deliveries/{delivery}"), None).await;
        assert_eq!(shown["state"], "delivered", "{shown}");
    }

    let (status, answer) = run(&platform, &ours(switch, token)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer, json!({ "tenantId": tenant.id, "userId": "+819012345678", "switched": true }));

    // Without a guest, nobody can be meant; without the credentials, nobody is let in.
    let (status, problem) = run(&platform, &ours(by_id, token).replace("\"userId\"", "\"nobody\"")).await;
    assert_eq!((status, problem["status"].as_u64()), (StatusCode::UNPROCESSABLE_ENTITY, Some(422)));
    let (status, _) = run(&platform, &ours(by_id, token).replace("tenant_apipassword", "wrong")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}
