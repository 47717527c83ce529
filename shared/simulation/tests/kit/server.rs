//! The API's side: calls, faults, files.

use axum::{
    Router,
    body::{Body, to_bytes},
};
use contract::Content;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use simulation::{Actor, Cut, Faults, File, Network, Simulated, Simulator};
use tower::ServiceExt;

use crate::media4u::{GUEST, Media4U, network};

async fn call(router: &Router, method: &str, path: &str, body: &Value) -> (StatusCode, Option<Value>) {
    let basic = "Basic ZGVtbzpkZW1vLXBhc3N3b3Jk";
    let request = Request::builder().method(method).uri(path).header("authorization", basic);
    let answer = router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let (status, cut) = (answer.status(), answer.extensions().get::<Cut>().is_some());
    let body = to_bytes(answer.into_body(), usize::MAX).await;
    assert_eq!(body.is_err(), cut, "a cut connection is marked");
    (status, body.ok().map(|body| serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

fn sms(id: &str) -> Value {
    json!({ "mobilenumber": GUEST.trim_start_matches('+'), "smsid": id, "smstext": "hello" })
}

async fn send(network: &Simulated<Media4U>, id: &str) -> (StatusCode, Option<Value>) {
    call(&network.router(), "POST", "/api/", &sms(id)).await
}

#[tokio::test]
async fn calls_are_answered_and_shown() {
    let (network, ..) = network(1);
    assert_eq!(send(&network, "1").await, (StatusCode::OK, Some(json!({ "result": "200" }))));
    assert_eq!(send(&network, "1").await, (StatusCode::OK, Some(json!({ "result": "587" }))), "taken before");
    let past = network.stage().past();
    assert_eq!(past.len(), 1);
    assert_eq!((past[0].connector.as_str(), past[0].guest.as_str(), past[0].id.as_str()), ("media4u", GUEST, "1"));
    assert_eq!((past[0].actor, &past[0].content), (Actor::There, &Content::text("hello")));
    assert_eq!(call(&network.router(), "GET", "/nowhere", &json!({})).await.0, StatusCode::NOT_FOUND);
    let large = json!({ "smstext": "a".repeat(Media4U::LARGEST) });
    assert_eq!(call(&network.router(), "POST", "/api", &large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn faults_strike_by_their_shares() {
    let (network, ..) = network(1);
    let none = Faults::default();
    for (faults, status) in [
        (Faults { error: 1.0, ..none }, 500),
        (Faults { rate_limit: 1.0, ..none }, 429),
        (Faults { refuse: 1.0, ..none }, 400),
    ] {
        network.stage().set_faults(faults);
        assert_eq!(send(&network, "1").await.0, status);
    }
    assert_eq!(network.stage().past().len(), 0, "refused is not taken");

    network.stage().set_faults(Faults { drop: 1.0, ..none });
    for number in 0..100 {
        assert_eq!(send(&network, &number.to_string()).await.1, None);
    }
    let taken = network.stage().past().len();
    assert!((30..=70).contains(&taken), "half break when it is done: {taken}");

    network.stage().set_faults(Faults { error: 0.25, rate_limit: 0.25, refuse: 0.25, drop: 0.0, delay_ms: 250 });
    let mut seen = std::collections::BTreeMap::new();
    let before = network.state().now();
    for number in 100..200 {
        *seen.entry(send(&network, &number.to_string()).await.0.as_u16()).or_insert(0) += 1;
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), [200, 400, 429, 500]);
    assert!(seen.values().all(|count| (10..=40).contains(count)), "{seen:?}");
    let waited = network.state().now().duration_since(before);
    assert_eq!(waited.as_secs(), 25, "each answer is delayed, and nobody waits");
}

#[tokio::test]
async fn the_same_seed_is_the_same_network() {
    let run = async |seed| {
        let (network, ..) = network(seed);
        network.stage().set_faults(Faults { error: 0.5, ..Faults::default() });
        let mut statuses = Vec::new();
        for number in 0..20 {
            statuses.push(send(&network, &number.to_string()).await.0);
        }
        let mut state = network.state();
        let now = state.now();
        (statuses, state.ids.text(), state.ids.ulid(now), state.ids.capitals(10))
    };
    assert_eq!(run(1).await, run(1).await);
    assert_ne!(run(1).await, run(2).await);
}

#[test]
fn ids_are_formed() {
    let (network, ..) = network(1);
    let ids = &mut network.state().ids;
    assert_eq!(ids.uuid().get_version_num(), 4);
    assert_eq!((ids.text().len(), ids.hex().len(), ids.capitals(10).len()), (36, 32, 10));
    let at = |ms| jiff::Timestamp::from_millisecond(ms).unwrap();
    assert!(ids.ulid(at(1)) < ids.ulid(at(2)) && ids.ulid(at(1)).len() == 26);
    assert_eq!(ids.ulid(at(1_469_918_176_385)).get(..10), Some("01ARYZ6S41"), "as the specification's example");
    assert_eq!([ids.number(0), ids.number(7), ids.number(7)], [1, 7, 8]);
}

#[tokio::test]
async fn files_are_served_until_they_expire() {
    let (network, ..) = network(1);
    let look = async |id: &str| {
        let request = Request::get(format!("/_content/{id}")).body(Body::empty()).unwrap();
        let answer = network.router().oneshot(request).await.unwrap();
        let mime = answer.headers().get("content-type").map(|mime| mime.to_str().unwrap().to_owned());
        (answer.status().as_u16(), mime, to_bytes(answer.into_body(), 100).await.unwrap())
    };
    {
        let mut state = network.state();
        let now = state.now();
        state.files.insert("a", File::new("a.txt", "text/plain", "hello").expiring(now, 60));
        state.files.insert("b", File::new("b.txt", "text/plain", "hello"));
        assert_eq!(state.url_of("a"), "http://127.0.0.1:9101/_content/a");
    }
    network.stage().set_faults(Faults { error: 1.0, ..Faults::default() });
    let there = (200, Some("text/plain".to_owned()), "hello".into());
    assert_eq!(look("a").await, there, "whatever the faults");
    assert_eq!(look("c").await.0, 404);
    network.clock().advance(std::time::Duration::from_secs(60));
    assert_eq!(look("a").await.0, 403);
    assert_eq!(look("b").await, there);
}
