use std::time::Duration;

use api::{FirstAdministrator, FirstAdministratorError, set_first_administrator};
use http::Method;
use serde_json::json;

use crate::{
    walk::{Operation, operations},
    world::{Call, PASSWORD, World},
};

const LOGOUT: &str = "/api/v1/auth/logout";

const OTHER: &str = "another horse, another staple";

#[tokio::test]
async fn a_token_works_on_every_function_until_logout() {
    let world = World::new().await;
    let answer = world.try_login("Admin ", PASSWORD, "192.0.2.9").await.expect(200).json();
    assert_eq!((&answer["type"], &answer["role"]), (&json!("Bearer"), &json!("administrator")));
    let expires: jiff::Timestamp = answer["expiresAt"].as_str().unwrap().parse().unwrap();
    let hours = expires.duration_since(world.context.now()).as_hours();
    assert!((11..=12).contains(&hours), "{hours}");
    let token = answer["token"].as_str().unwrap();
    assert_eq!(token.len(), 43);
    let everywhere = async || {
        let mut statuses = Vec::new();
        for Operation { method, path, .. } in operations().into_iter().filter(|it| it.takes_token && !it.takes_anybody)
        {
            if path != LOGOUT {
                let path = path.replace("{id}", "x").replace("{file}", "x");
                let call = Call::new(method.clone(), &path).header("authorization", &format!("bearer {token}"));
                statuses.push((world.send(call).await.status, method, path));
            }
        }
        statuses
    };
    assert!(everywhere().await.iter().all(|(status, ..)| *status != 401), "a token that is good");
    for Operation { method, path, .. } in operations().into_iter().filter(|it| it.takes_token && !it.takes_anybody) {
        let refused = world.send(Call::new(method, &path.replace("{id}", "x"))).await.expect(401);
        assert!(refused.headers["www-authenticate"].starts_with("Bearer"), "{path}");
    }
    world.send(Call::new(Method::POST, LOGOUT).bearer(token)).await.expect(204);
    assert!(everywhere().await.iter().all(|(status, ..)| *status == 401), "{:?}", everywhere().await);
    world.send(Call::new(Method::POST, LOGOUT).bearer(token)).await.expect(401);
    world.call(Call::get("/api/v1/tenants")).await.expect(200);
}

#[tokio::test]
async fn a_token_expires_however_much_it_is_used() {
    let world = World::new().await;
    world.clock.advance(Duration::from_secs(11 * 3600));
    world.call(Call::get("/api/v1/tenants")).await.expect(200);
    world.clock.advance(Duration::from_secs(3601));
    world.call(Call::get("/api/v1/tenants")).await.expect(401);
}

#[tokio::test]
async fn tokens_that_are_none() {
    let world = World::new().await;
    let changed = world.token.replace(|c: char| c.is_ascii_digit(), "a") + "";
    let long = "x".repeat(5000);
    for token in ["", "x", "a b", &long, &changed.to_uppercase(), "null", &"A".repeat(43)] {
        world.send(Call::get("/api/v1/tenants").bearer(token)).await.expect(401);
    }
    let basic = Call::get("/api/v1/tenants").header("authorization", "Basic YWRtaW46YWRtaW4=");
    world.send(basic).await.expect(401);
}

#[tokio::test]
async fn wrong_passwords_from_one_address_are_slowed_down() {
    let world = World::new().await;
    // Many users, so that it is the address that counts.
    let mut statuses = Vec::new();
    for attempt in 0..10 {
        statuses.push(world.try_login(&format!("user{attempt}"), "wrong", "192.0.2.66").await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429, 429, 429, 429]);
    let mut waits = Vec::new();
    for _ in 0..4 {
        let answer = world.try_login("admin", "wrong", "192.0.2.66").await.expect(429);
        let wait: u64 = answer.headers["retry-after"].parse().unwrap();
        waits.push(wait);
        world.clock.advance(Duration::from_secs(wait));
        world.try_login("admin", "wrong", "192.0.2.66").await.expect(401);
    }
    assert_eq!(waits, [2, 4, 8, 16]);
    // The right password does not get past the wait, but elsewhere it does.
    world.try_login("admin", PASSWORD, "192.0.2.66").await.expect(429);
    world.try_login("admin", PASSWORD, "192.0.2.67").await.expect(200);
    // Half an hour after the last failure it is forgotten.
    world.clock.advance(Duration::from_secs(31 * 60));
    world.try_login("admin", "wrong", "192.0.2.66").await.expect(401);
    world.try_login("admin", PASSWORD, "192.0.2.66").await.expect(200);
}

#[tokio::test]
async fn wrong_passwords_for_one_user_are_slowed_down() {
    let world = World::new().await;
    for attempt in 0..5 {
        world.try_login("ADMIN", "wrong", &format!("198.51.100.{attempt}")).await.expect(401);
    }
    world.try_login("admin", PASSWORD, "198.51.100.99").await.expect(429);
    world.clock.advance(Duration::from_secs(60));
    world.try_login("admin", PASSWORD, "198.51.100.99").await.expect(200);
    // That was the owner: the count begins anew.
    world.try_login("admin", "wrong", "198.51.100.98").await.expect(401);
    world.try_login("admin", PASSWORD, "198.51.100.98").await.expect(200);
}

#[tokio::test]
async fn attempts_at_once_do_not_get_past_each_other() {
    let world = World::new().await;
    let attempts = (0..12).map(|n| {
        let world = &world;
        async move { world.try_login(&format!("user{n}"), "wrong", "192.0.2.77").await.status }
    });
    let statuses = futures::future::join_all(attempts).await;
    let tried = statuses.iter().filter(|status| **status == 401).count();
    assert!(tried <= 5, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 401 | 429)), "{statuses:?}");
}

#[tokio::test]
async fn a_wrong_user_is_answered_as_a_wrong_password() {
    let world = World::new().await;
    let user = world.try_login("nobody", PASSWORD, "192.0.2.2").await.expect(401);
    let password = world.try_login("admin", OTHER, "192.0.2.3").await.expect(401);
    assert_eq!(user.text, password.text);
    assert_eq!(user.headers["www-authenticate"], password.headers["www-authenticate"]);
}

#[tokio::test]
async fn a_password_is_changed() {
    let world = World::new().await;
    let elsewhere = world.login("admin", PASSWORD).await;
    let path = "/api/v1/auth/password";
    for (label, body, status, pointer) in [
        ("wrong", json!({"current": "wrong", "new": OTHER}), 422, "/current"),
        ("weak", json!({"current": PASSWORD, "new": "admin1234"}), 422, "/new"),
        ("same", json!({"current": PASSWORD, "new": PASSWORD}), 422, "/new"),
        ("missing", json!({"current": PASSWORD}), 422, "/new"),
    ] {
        let answer = world.call(Call::post(path, &body)).await.expect(status);
        assert_eq!(answer.faults()[0].0, pointer, "{label}");
        assert!(!answer.text.contains(PASSWORD), "{label}");
    }
    world.send(Call::post(path, &json!({"current": PASSWORD, "new": OTHER}))).await.expect(401);
    world.call(Call::post(path, &json!({"current": PASSWORD, "new": OTHER}))).await.expect(204);
    // This session goes on, the other does not.
    world.call(Call::get("/api/v1/tenants")).await.expect(200);
    world.send(Call::get("/api/v1/tenants").bearer(&elsewhere)).await.expect(401);
    world.try_login("admin", PASSWORD, "192.0.2.5").await.expect(401);
    world.try_login("admin", OTHER, "192.0.2.5").await.expect(200);
}

#[tokio::test]
async fn the_first_administrator() {
    let world = World::without_administrator().await;
    world.try_login("admin", PASSWORD, "192.0.2.1").await.expect(401);
    let weak = set_first_administrator(&world.context, "s3cr3t").await.unwrap_err();
    assert!(matches!(weak, FirstAdministratorError::Weak(_)) && !weak.to_string().contains("s3cr3t"));
    let set = async |password| set_first_administrator(&world.context, password).await.unwrap();
    assert_eq!(set(PASSWORD).await, FirstAdministrator::Created);
    let token = world.login("admin", PASSWORD).await;
    // The next start with the same password changes nothing, whatever became of it.
    assert_eq!(set(PASSWORD).await, FirstAdministrator::Kept);
    let change = json!({"current": PASSWORD, "new": OTHER});
    world.send(Call::post("/api/v1/auth/password", &change).bearer(&token)).await.expect(204);
    assert_eq!(set(PASSWORD).await, FirstAdministrator::Kept);
    world.login("admin", OTHER).await;
    // Another one is meant.
    let third = "a third horse in the stable";
    assert_eq!(set(third).await, FirstAdministrator::Changed);
    world.send(Call::get("/api/v1/tenants").bearer(&token)).await.expect(401);
    world.login("admin", third).await;
}

#[tokio::test]
async fn viewers_and_operators_look() {
    let world = World::new().await;
    let tenant = world.create(&world.tenant("Acme")).await;
    let path = format!("/api/v1/tenants/{}", tenant["id"].as_str().unwrap());
    for role in ["viewer", "operator"] {
        world.demote(role).await;
        for call in [
            Call::get("/api/v1/tenants"),
            Call::get(&path),
            Call::get("/api/v1/settings"),
            Call::get("/api/v1/storages"),
        ] {
            world.call(call).await.expect(200);
        }
        for call in [
            Call::post("/api/v1/tenants", &world.tenant("Other")),
            Call::put(&path, &world.tenant("Other")),
            Call::patch(&path, &json!({"enabled": false})),
            Call::delete(&path),
            Call::put("/api/v1/settings", &json!({})),
            Call::post("/api/v1/storages", &json!({})),
        ] {
            world.call(call).await.expect(403);
        }
    }
    world.demote("administrator").await;
    assert_eq!(world.call(Call::get(&path)).await.expect(200).json()["name"], "Acme");
}
