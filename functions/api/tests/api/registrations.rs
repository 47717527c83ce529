use std::time::Duration;

use contract::Registration;
use serde_json::{Value, json};

use crate::world::{Call, World};

const PATH: &str = "/api/v1/registrations";

/// As a channel's public page makes one.
async fn register(world: &World, connector: &str, account: &str, organization: &str) -> String {
    let registration = Registration::new(connector, account, organization, "it@acme.example", world.context.now());
    world.context.configuration.put(&registration, 0, &[], None).await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    registration.id
}

fn organizations(list: &Value) -> String {
    let names = list.as_array().unwrap().iter().map(|one| one["organization"].as_str().unwrap());
    names.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_registration_is_decided() {
    let world = World::new().await;
    let id = register(&world, "line", "account-1", "Acme").await;
    let path = format!("{PATH}/{id}");
    let read = world.call(Call::get(&path)).await.expect(200);
    let shown = read.json();
    assert_eq!(
        (&shown["state"], &shown["organization"], &shown["version"]),
        (&json!("pending"), &json!("Acme"), &json!(1))
    );
    assert_eq!(read.headers["etag"], "\"1\"");

    let refuse = |reason: &str| Call::post(&format!("{path}/refuse"), &json!({"reason": reason}));
    for (reason, pointer) in [("  ", "/reason"), (&*"x".repeat(1001), "/reason")] {
        assert_eq!(world.call(refuse(reason)).await.expect(422).faults()[0].0, pointer);
    }
    world.call(refuse("Not a customer").header("if-match", "\"9\"")).await.expect(412);
    let refused = world.call(refuse("Not a customer").header("if-match", "\"1\"")).await.expect(200);
    assert_eq!((&refused.json()["state"], &refused.json()["reason"]), (&json!("refused"), &json!("Not a customer")));
    assert_eq!(refused.headers["etag"], "\"2\"");

    let approve = |tenant: &str| Call::post(&format!("{path}/approve"), &json!({"tenantId": tenant}));
    for tenant in ["nowhere", "a/b", "259bb4e2-f7e5-4b06-9a51-c528f412404b"] {
        assert_eq!(world.call(approve(tenant)).await.expect(422).faults()[0].0, "/tenantId");
    }
    let tenant = world.create(&world.tenant("Acme")).await["id"].as_str().unwrap().to_owned();
    let approved = world.call(approve(&tenant)).await.expect(200).json();
    assert_eq!(
        (&approved["state"], &approved["tenantId"], &approved["reason"]),
        (&json!("approved"), &json!(tenant), &Value::Null)
    );
    world.call(approve(&tenant)).await.expect(409);
    world.call(refuse("Too late")).await.expect(409);
    let trail = world.call(Call::get("/api/v1/audit?resource=registrations")).await.json();
    let actions: Vec<_> = trail.as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(actions.len(), 2);
    assert!(actions.contains(&json!("approved")) && actions.contains(&json!("refused")));

    world.call(Call::delete(&path)).await.expect(204);
    for call in
        [Call::get(&path), Call::delete(&path), approve(&tenant), refuse("x"), Call::get(&format!("{PATH}/%FF"))]
    {
        world.call(call).await.expect(404);
    }
}

#[tokio::test]
async fn a_tenant_on_another_channel_is_not_it() {
    let world = World::new().await;
    let id = register(&world, "teams", "account-1", "Acme").await;
    let tenant = world.create(&world.tenant("Acme")).await;
    let approve = Call::post(&format!("{PATH}/{id}/approve"), &json!({"tenantId": tenant["id"]}));
    assert!(world.call(approve).await.expect(422).faults()[0].1.contains("teams"));
}

/// What a channel's page asked for is the beginning of a tenant.
#[tokio::test]
async fn a_registration_is_a_draft_of_its_tenant() {
    let world = World::new().await;
    let now = world.context.now();
    let mut teams = Registration::new("teams", "tenant-of-microsoft", "Contoso", "it@contoso.example", now);
    for (name, value) in [
        ("botName", "Contoso Support"),
        ("accentColor", "#123456"),
        ("clientSecret", "no"),
        ("notes", "Hi"),
        ("botId", ""),
    ] {
        teams.details.insert(name.to_owned(), value.to_owned());
    }
    let business = world.tenant_on("apple-messages", "")["messaging"]["settings"]["businessId"].clone();
    let apple = Registration::new("apple-messages", business.as_str().unwrap(), "Contoso", "it@contoso.example", now);
    let lost = Registration::new("fax", "1", "Contoso", "it@contoso.example", now);
    let mut shown = Vec::new();
    for registration in [&teams, &apple, &lost] {
        world.context.configuration.put(registration, 0, &[], None).await.unwrap();
        shown.push(world.call(Call::get(&format!("{PATH}/{}", registration.id))).await.expect(200).json());
    }
    let settings = json!({"botName": "Contoso Support", "accentColor": "#123456"});
    let messaging = json!({"connector": "teams", "settings": settings});
    assert_eq!(shown[0]["draft"], json!({"name": "Contoso Teams", "messaging": messaging}));
    assert_eq!(shown[1]["draft"]["messaging"]["settings"], json!({"businessId": business}));
    assert_eq!(shown[2]["draft"], Value::Null);

    // With a platform it is a tenant.
    let mut document = shown[1]["draft"].clone();
    document["cxPlatform"] = world.tenant("Contoso")["cxPlatform"].clone();
    let tenant = world.create(&document).await;
    let path = format!("{PATH}/{}/approve", apple.id);
    let approve = |tenant: &Value| Call::post(&path, &json!({"tenantId": tenant["id"]}));
    let mut other = world.tenant_on("apple-messages", "Other");
    other["messaging"]["settings"]["businessId"] = "0c3d6f1e-1111-4222-8333-444455556666".into();
    let other = world.create(&other).await;
    assert_eq!(world.call(approve(&other)).await.expect(422).faults()[0].0, "/tenantId");
    let approved = world.call(approve(&tenant)).await.expect(200).json();
    assert_eq!((&approved["tenantId"], &approved["draft"]), (&tenant["id"], &Value::Null));
    world.call(approve(&tenant)).await.expect(409);
    // When that tenant is gone, it can become another.
    world.call(Call::delete(&format!("/api/v1/tenants/{}", tenant["id"].as_str().unwrap()))).await.expect(204);
    let again = world.create(&document).await;
    world.call(approve(&again)).await.expect(200);
}

#[tokio::test]
async fn registrations_are_listed() {
    let world = World::new().await;
    for (connector, account, organization) in
        [("line", "1", "Alpha"), ("teams", "2", "Bravo"), ("line", "3", "Charlie"), ("teams", "4", "Delta")]
    {
        register(&world, connector, account, organization).await;
    }
    let second = Registration::id_of("teams", "2");
    world.call(Call::post(&format!("{PATH}/{second}/refuse"), &json!({"reason": "x"}))).await.expect(200);
    for (query, expected) in [
        ("", "Delta Charlie Bravo Alpha"),
        ("?sort=createdAt", "Alpha Bravo Charlie Delta"),
        ("?sort=-updatedAt", "Bravo Delta Charlie Alpha"),
        ("?state=refused", "Bravo"),
        ("?state=pending&connector=teams", "Delta"),
        ("?state=approved", ""),
    ] {
        let list = world.call(Call::get(&format!("{PATH}{query}"))).await.expect(200).json();
        assert_eq!(organizations(&list), expected, "{query}");
    }
    let (mut path, mut seen) = (format!("{PATH}?limit=3"), Vec::new());
    loop {
        let answer = world.call(Call::get(&path)).await.expect(200);
        seen.extend(answer.json().as_array().unwrap().clone());
        let Some(link) = answer.headers.get("link") else { break };
        path = link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
    }
    assert_eq!(organizations(&seen.into()), "Delta Charlie Bravo Alpha");
    for query in ["sort=organization", "state=lost", "cursor=abc"] {
        world.call(Call::get(&format!("{PATH}?{query}"))).await.expect(400);
    }
    for role in ["viewer", "operator"] {
        world.demote(role).await;
        world.call(Call::get(PATH)).await.expect(200);
        world.call(Call::delete(&format!("{PATH}/{second}"))).await.expect(403);
        world.call(Call::post(&format!("{PATH}/{second}/refuse"), &json!({"reason": "x"}))).await.expect(403);
    }
}
