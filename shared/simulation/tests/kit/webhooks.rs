//! The webhooks' side: what is posted, in which order, how often.

use std::{sync::Arc, time::Duration};

use axum::{Router, routing::post};
use contract::{Content, ReceiptStatus};
use serde_json::{Value, json};
use simulation::{Action, Link, Post, Scene, Simulated, Simulator};
use tokio::sync::mpsc;

use crate::media4u::{GUEST, Media4U, network};

fn text(text: &str) -> Action {
    Action::Text { text: text.to_owned() }
}

fn fates(network: &Simulated<Media4U>) -> Vec<(Option<ReceiptStatus>, Option<String>)> {
    network.stage().past().into_iter().map(|Scene { status, reason, .. }| (status, reason)).collect()
}

#[tokio::test]
async fn an_action_is_posted_with_the_tenants_secret() {
    let (network, webhook, link) = network(1);
    network.act(&link, GUEST, text("hello")).await.unwrap();
    let posted = webhook.take().await;
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].0, "https://um.example/media4u/t?token=demo+webhook%26token");
    assert_eq!((&posted[0].1["mobilenumber"], &posted[0].1["smstext"]), (&json!("819000000001"), &json!("hello")));
    assert_eq!(fates(&network), [(Some(ReceiptStatus::Sent), None)]);
    assert_eq!(network.act(&link, GUEST, Action::Typing).await, Err("An SMS is text.".to_owned()));
    assert_eq!(webhook.take().await, []);
}

#[tokio::test]
async fn posts_are_tried_again_and_given_up() {
    let (network, webhook, link) = network(1);
    let before = network.state().now();
    *webhook.statuses.lock().await = vec![500, 0, 1];
    network.act(&link, GUEST, text("hello")).await.unwrap();
    let posted = webhook.take().await;
    assert_eq!(posted.len(), 4);
    assert!(posted.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(network.state().now().duration_since(before).as_millis(), 200 + 400 + 800, "the clock is moved");
    for (status, reason) in [
        (503, "The webhook answered 503."),
        (0, "The webhook could not be reached."),
        (1, "The webhook did not answer within 10 seconds."),
    ] {
        *webhook.statuses.lock().await = vec![status; 4];
        assert_eq!(network.act(&link, GUEST, text("hello")).await, Err(reason.to_owned()));
        assert_eq!(fates(&network).pop(), Some((Some(ReceiptStatus::Failed), Some(reason.to_owned()))));
    }
}

#[tokio::test]
async fn posts_follow_each_other() {
    let (network, webhook, link) = network(1);
    let post = |n: u32| Post::json(json!(n)).once();
    let bodies = async || webhook.take().await.into_iter().map(|(_, body)| body).collect::<Vec<Value>>();
    *webhook.statuses.lock().await = vec![500];
    network.post(&link, vec![post(1).optional(), post(2)]).await.unwrap();
    assert_eq!(bodies().await, [1, 2]);
    for id in ["a", "b"] {
        network.state().write(GUEST, id, Content::text(id));
    }
    *webhook.statuses.lock().await = vec![500];
    network.post(&link, vec![post(3).of("a"), post(4).failing("b")]).await.unwrap_err();
    assert_eq!(bodies().await, [3], "what is not taken ends it");
    let failed = (Some(ReceiptStatus::Failed), Some("The webhook answered 500.".to_owned()));
    assert_eq!(fates(&network), [failed.clone(), failed]);
}

#[tokio::test]
async fn what_comes_later_comes_when_it_is_due() {
    let (network, webhook, link) = network(1);
    network.act(&link, GUEST, text("hello")).await.unwrap();
    webhook.take().await;
    let elsewhere = Link { webhook_url: "https://um.example/media4u/other".to_owned(), ..link };
    for (body, delay) in [(1, 30), (2, 10), (3, 10)] {
        network.state().post_later(Post::json(json!(body)).after(Duration::from_millis(delay)));
    }
    network.state().post_later(Post::json(json!(4)).over(elsewhere));
    assert_eq!(webhook.take().await, [], "nothing comes by itself");
    network.flush().await;
    let here = "https://um.example/media4u/t";
    let posted = webhook.take().await;
    let posted: Vec<(&str, &Value)> = posted.iter().map(|(url, body)| (url.as_str(), body)).collect();
    let other = "https://um.example/media4u/other";
    assert_eq!(posted, [(other, &json!(4)), (here, &json!(2)), (here, &json!(3)), (here, &json!(1))]);
}

#[tokio::test]
async fn before_anybody_acts_there_is_nowhere_to_post() {
    let (network, webhook, _) = network(1);
    network.state().post_later(Post::json(json!(1)));
    network.flush().await;
    assert_eq!(webhook.take().await, []);
}

#[tokio::test]
async fn tenants_are_told_apart() {
    let (network, webhook, link) = network(1);
    let mut second = Link { webhook_url: "https://um.example/media4u/u".to_owned(), ..link.clone() };
    second.settings["username"] = "second".into();
    for link in [&link, &second] {
        network.act(link, GUEST, text("hello")).await.unwrap();
    }
    webhook.take().await;
    assert!(network.state().turn_to(|settings| settings["username"] == "demo"));
    network.state().post_later(Post::json(json!(1)));
    assert!(!network.state().turn_to(|settings| settings["username"] == "third"));
    network.flush().await;
    assert_eq!(webhook.take().await, [(link.webhook_url, json!(1))]);
}

/// On the machine's clock, over real HTTP: what is posted at once and what comes later.
#[tokio::test]
async fn real_webhooks_are_reached() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let sender = Arc::new(sender);
    let take = move |body: axum::Json<Value>| {
        let sender = sender.clone();
        async move { sender.send(body.0).unwrap() }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/t", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let network = Simulated::<Media4U>::new();
    let link = Link { webhook_url: format!("{origin}/t"), settings: network.demo_settings() };
    network.act(&link, GUEST, text("hello")).await.unwrap();
    assert_eq!(receiver.recv().await.unwrap()["smstext"], "hello");
    network.state().post_later(Post::json(json!({ "later": true })));
    network.act(&link, GUEST, text("again")).await.unwrap();
    let mut both = [receiver.recv().await.unwrap(), receiver.recv().await.unwrap()];
    both.sort_by_key(|body| body["later"] == true);
    assert_eq!((&both[0]["smstext"], &both[1]["later"]), (&json!("again"), &json!(true)));

    let nowhere = Link { webhook_url: format!("{origin}/nowhere"), ..link };
    let refused = network.post(&nowhere, vec![Post::json(json!(1)).once()]).await;
    assert_eq!(refused, Err("The webhook answered 404.".to_owned()));
}
