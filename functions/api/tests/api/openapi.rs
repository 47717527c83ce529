//! The API's description: as it is served, as the template routes it, and as it was.

use std::collections::BTreeSet;

use infra_template::Template;
use serde_json::{Value, json};

use crate::{
    compatibility::breaks,
    world::{Call, World},
};

/// What was last promised.
const SNAPSHOT: &str = include_str!("../../openapi.json");

#[tokio::test]
async fn the_description_is_served_to_anybody() {
    let world = World::new().await;
    let answer = world.send(Call::get("/api/v1/openapi")).await.expect(200);
    assert_eq!(answer.headers["content-type"], "application/json");
    let served = answer.json();
    assert_eq!(served["openapi"], "3.1.0");
    assert_eq!(served["servers"], json!([{"url": "https://um.example"}]));
    assert_eq!(served, api::openapi::document("https://um.example"));
}

#[tokio::test]
async fn the_page_brings_all_its_files() {
    let world = World::new().await;
    let page = world.send(Call::get("/api/v1/openapi-ui")).await.expect(200);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert!(page.headers["content-security-policy"].contains("script-src 'self'"));
    let files = page.text.split('"').filter(|part| part.starts_with("openapi-ui/"));
    let mut seen = 0;
    for file in files {
        let path = format!("/api/v1/{file}");
        let plain = world.send(Call::get(&path)).await.expect(200);
        let packed = world.send(Call::get(&path).header("accept-encoding", "gzip, br")).await.expect(200);
        assert_eq!(plain.headers["content-type"], packed.headers["content-type"]);
        assert!(!plain.headers.contains_key("content-encoding"));
        assert!(plain.headers["cache-control"].contains("max-age"));
        assert!(!plain.text.is_empty() && !packed.text.is_empty(), "{file}");
        if file.ends_with("bundle.js") {
            assert!(plain.text.contains("SwaggerUIBundle") && packed.headers["content-encoding"] == "gzip");
        }
        seen += 1;
    }
    assert_eq!(seen, 4);
    for file in ["index.html", "..%2Fopenapi", "%FF", "swagger-initializer.js"] {
        world.send(Call::get(&format!("/api/v1/openapi-ui/{file}"))).await.expect(404);
    }
}

fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(move |method| format!("{} {}", method.to_uppercase(), shape(path)))
    });
    operations.collect()
}

/// What a parameter is called does not matter.
fn shape(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

#[test]
fn every_route_of_the_template_is_described() {
    let place = infra_template::Context::local("http://127.0.0.1:9000");
    let stack = Template::deployed().unwrap().stack(&place).unwrap();
    let routes = stack.functions.iter().filter(|function| function.name.starts_with("api-")).flat_map(|f| &f.routes);
    let routes: BTreeSet<String> = routes.map(|route| format!("{} {}", route.method, shape(&route.path))).collect();
    let described = operations(&api::openapi::document(""));
    assert_eq!(routes.difference(&described).collect::<Vec<_>>(), [""; 0], "routes that lack documentation");
    assert_eq!(described.difference(&routes).collect::<Vec<_>>(), [""; 0], "operations that lead nowhere");
}

/// Major and minor: what a raise of says that callers have to look.
fn version(document: &Value) -> (u32, u32) {
    let mut numbers = document["info"]["version"].as_str().unwrap().split('.').map(|part| part.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

#[test]
fn the_description_breaks_no_promise() {
    let current = api::openapi::document("");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let before: Value = serde_json::from_str(SNAPSHOT).unwrap();
    let broken = breaks(&before, &current);
    assert!(
        broken.is_empty() || version(&current) > version(&before),
        "callers of version {} would no longer understand the API; keep what they know, or raise the version:\n  {}",
        before["info"]["version"],
        broken.join("\n  ")
    );
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(path, format!("{current:#}\n")).unwrap();
        return;
    }
    assert!(
        before == current,
        "functions/api/openapi.json is not what the code says; write it, and look at the difference: \
         UPDATE_OPENAPI=1 cargo test -p api --test api openapi"
    );
}
