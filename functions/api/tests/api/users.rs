use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Call, PASSWORD, World};

const PATH: &str = "/api/v1/users";
const OTHER: &str = "another horse, another staple";

fn user(name: &str, role: &str) -> Value {
    json!({"name": name, "password": OTHER, "role": role})
}

fn path_of(name: &str) -> String {
    format!("{PATH}/{name}")
}

#[tokio::test]
async fn a_user_comes_and_goes() {
    let world = World::new().await;
    let made = world.call(Call::post(PATH, &user("Ann@example.com", "operator"))).await.expect(201);
    assert_eq!(made.headers["location"], path_of("Ann@example.com"));
    assert_eq!(made.headers["etag"], "\"1\"");
    let shown = made.json();
    assert_eq!(
        (&shown["name"], &shown["role"], &shown["version"]),
        (&json!("Ann@example.com"), &json!("operator"), &json!(1))
    );
    assert!(!made.text.contains(OTHER) && !made.text.contains("argon2"), "{}", made.text);
    // In whatever case.
    assert_eq!(world.call(Call::get(&path_of("ann@EXAMPLE.com"))).await.expect(200).json(), shown);
    let taken = world.call(Call::post(PATH, &user("ANN@example.com", "viewer"))).await.expect(409);
    assert_eq!(taken.faults()[0].0, "/name");
    let token = world.login("ann@example.com", OTHER).await;
    world.send(Call::get("/api/v1/tenants").bearer(&token)).await.expect(200);
    world.send(Call::post(PATH, &user("bob", "viewer")).bearer(&token)).await.expect(403);

    let changed =
        Call::patch(&path_of("ann@example.com"), &json!({"role": "administrator"})).header("if-match", "\"1\"");
    let changed = world.call(changed).await.expect(200);
    assert_eq!((&changed.json()["role"], changed.headers["etag"].as_str()), (&json!("administrator"), "\"2\""));
    world.call(Call::patch(&path_of("ann@example.com"), &json!({})).header("if-match", "\"1\"")).await.expect(412);
    // The role is in force at once, in the session there is.
    world.send(Call::post(PATH, &user("bob", "viewer")).bearer(&token)).await.expect(201);

    world.call(Call::delete(&path_of("ann@example.com"))).await.expect(204);
    world.send(Call::get("/api/v1/tenants").bearer(&token)).await.expect(401);
    world.try_login("ann@example.com", OTHER, "192.0.2.8").await.expect(401);
    for call in [
        Call::get(&path_of("ann@example.com")),
        Call::patch(&path_of("ann@example.com"), &json!({"role": "viewer"})),
        Call::delete(&path_of("ann@example.com")),
        Call::get(&path_of(&"x".repeat(3000))),
        Call::get(&path_of("%FF")),
    ] {
        world.call(call).await.expect(404);
    }
    // Whoever has the name next does not get the sessions.
    world.clock.advance(Duration::from_secs(1));
    world.call(Call::post(PATH, &user("ann@example.com", "viewer"))).await.expect(201);
    world.send(Call::get("/api/v1/tenants").bearer(&token)).await.expect(401);
}

#[tokio::test]
async fn a_password_is_reset() {
    let world = World::new().await;
    world.call(Call::post(PATH, &user("ann", "viewer"))).await.expect(201);
    let token = world.login("ann", OTHER).await;
    let third = "a third horse in the stable";
    world.call(Call::patch(&path_of("ann"), &json!({"password": third}))).await.expect(200);
    world.send(Call::get("/api/v1/tenants").bearer(&token)).await.expect(401);
    world.try_login("ann", OTHER, "192.0.2.8").await.expect(401);
    world.login("ann", third).await;
    // One's own is changed by who knows it.
    let own = world.call(Call::patch(&path_of("Admin"), &json!({"password": third}))).await.expect(422);
    assert_eq!(own.faults()[0].0, "/password");
    world.login("admin", PASSWORD).await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = World::new().await;
    let demote = || Call::patch(&path_of("admin"), &json!({"role": "operator"}));
    world.call(Call::post(PATH, &user("viewer", "viewer"))).await.expect(201);
    world.call(Call::delete(&path_of("admin"))).await.expect(409);
    world.call(demote()).await.expect(409);
    world.call(Call::patch(&path_of("admin"), &json!({"role": "administrator"}))).await.expect(200);
    world.call(Call::post(PATH, &user("second", "administrator"))).await.expect(201);
    world.call(demote()).await.expect(200);
    let second = world.login("second", OTHER).await;
    world.send(Call::delete(&path_of("second")).bearer(&second)).await.expect(409);
    world.send(Call::delete(&path_of("admin")).bearer(&second)).await.expect(204);
    assert_eq!(
        world
            .send(Call::get("/api/v1/users?role=administrator").bearer(&second))
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

/// Two who throw each other out at the same time do not leave the deployment without an administrator.
#[tokio::test]
async fn administrators_do_not_delete_each_other() {
    let world = World::new().await;
    for name in ["ann", "bob", "cid"] {
        world.call(Call::post(PATH, &user(name, "administrator"))).await.expect(201);
    }
    let deletions = ["admin", "ann", "bob", "cid"].map(|name| {
        let world = &world;
        async move { world.call(Call::delete(&path_of(name))).await.status }
    });
    let statuses = futures::future::join_all(deletions).await;
    assert!(statuses.iter().all(|status| matches!(status, 204 | 409 | 401)), "{statuses:?}");
    let left = world.login("admin", PASSWORD);
    // Whoever is left can log in.
    let mut found = 0;
    let (client, table) = world.context.configuration.raw();
    for item in client.scan().table_name(table).send().await.unwrap().items.unwrap() {
        let is = |name: &str, value: &str| item.get(name).is_some_and(|it| it.as_s().is_ok_and(|text| text == value));
        found += usize::from(is("kind", "USER") && is("role", "administrator"));
    }
    drop(left);
    assert!(found >= 1, "{statuses:?}");
}

#[tokio::test]
async fn invalid_users_name_their_fields() {
    let world = World::new().await;
    for (label, body, pointer) in [
        ("no name", json!({"password": OTHER, "role": "viewer"}), "/name"),
        ("empty name", user("", "viewer"), "/name"),
        ("slash", user("a/b", "viewer"), "/name"),
        ("dots", user("..", "viewer"), "/name"),
        ("long", user(&"x".repeat(65), "viewer"), "/name"),
        ("no password", json!({"name": "x", "role": "viewer"}), "/password"),
        ("weak", json!({"name": "x", "password": "canary123", "role": "viewer"}), "/password"),
        ("its name", json!({"name": "averylongname", "password": "averylongname", "role": "viewer"}), "/password"),
        ("role", user("x", "god"), "/role"),
        ("no role", json!({"name": "x", "password": OTHER}), "/role"),
        ("unknown", json!({"name": "x", "password": OTHER, "role": "viewer", "email": "x"}), "/email"),
    ] {
        let answer = world.call(Call::post(PATH, &body)).await.expect(422);
        assert_eq!(answer.faults()[0].0, pointer, "{label}: {}", answer.text);
        assert!(!answer.text.contains("canary"));
    }
    world.call(Call::post(PATH, &user("x", "viewer"))).await.expect(201);
    for (label, body, pointer) in [
        ("name", json!({"name": "y"}), "/name"),
        ("role removed", json!({"role": null}), "/role"),
        ("password removed", json!({"password": null}), "/password"),
        ("weak", json!({"password": "12345678"}), "/password"),
        ("unknown", json!({"hash": "x"}), "/hash"),
    ] {
        let answer = world.call(Call::patch(&path_of("x"), &body)).await.expect(422);
        assert_eq!(answer.faults()[0].0, pointer, "{label}: {}", answer.text);
    }
    let shown = world.call(Call::get(&path_of("x"))).await.expect(200).json();
    world.call(Call::patch(&path_of("x"), &shown)).await.expect(200);
}

#[tokio::test]
async fn users_are_listed() {
    let world = World::new().await;
    for (name, role) in [("delta", "viewer"), ("bravo", "operator"), ("charlie", "viewer")] {
        world.call(Call::post(PATH, &user(name, role))).await.expect(201);
    }
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap().to_owned()).collect()
    };
    for (query, expected) in [
        ("", &["admin", "bravo", "charlie", "delta"][..]),
        ("?sort=-name", &["delta", "charlie", "bravo", "admin"]),
        ("?role=viewer", &["charlie", "delta"]),
        ("?role=viewer&sort=-name&limit=1", &["delta"]),
    ] {
        let list = world.call(Call::get(&format!("{PATH}{query}"))).await.expect(200);
        assert_eq!(names(&list.json()), expected, "{query}");
    }
    let (mut path, mut seen) = (format!("{PATH}?limit=3&sort=-name"), Vec::new());
    loop {
        let answer = world.call(Call::get(&path)).await.expect(200);
        seen.extend(names(&answer.json()));
        let Some(link) = answer.headers.get("link") else { break };
        path = link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
    }
    assert_eq!(seen, ["delta", "charlie", "bravo", "admin"]);
    for query in ["sort=role", "role=god", "cursor=%00", "limit=0"] {
        world.call(Call::get(&format!("{PATH}?{query}"))).await.expect(400);
    }
    for role in ["viewer", "operator"] {
        world.demote(role).await;
        world.call(Call::get(PATH)).await.expect(200);
        world.call(Call::post(PATH, &user("x", "viewer"))).await.expect(403);
        world.call(Call::patch(&path_of("delta"), &json!({"role": "administrator"}))).await.expect(403);
        world.call(Call::delete(&path_of("delta"))).await.expect(403);
    }
}
