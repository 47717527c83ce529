//! Every channel there is, with its guest and an agent: what goes to and fro in the playground.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::{Chat, Playground, files};

const PLATFORM: &str = "genesys-cloud";

fn content_is(scene: &Value, actor: &str, kind: &str) -> bool {
    scene["actor"] == actor && scene["content"]["type"] == kind
}

fn is_picture(scene: &Value) -> bool {
    content_is(scene, "there", "attachment") && scene["content"]["kind"] == "image"
}

fn at(scene: &Value) -> Timestamp {
    scene["at"].as_str().unwrap().parse().unwrap()
}

/// Whether a receipt came at all: how far it tells is the network's.
fn has_receipt(scene: &Value) -> bool {
    ["sent", "delivered", "read"].iter().any(|status| scene["status"] == *status)
}

fn rich(content: Value) -> Value {
    json!({ "do": "rich", "content": content })
}

/// The question is the last thing said, as a bot's is that waits for its answer.
fn question() -> Value {
    let options =
        [json!({ "text": "Yes, please", "payload": "call=yes" }), json!({ "text": "No", "payload": "call=no" })];
    json!({ "type": "quickReplies", "text": "Shall we call you?", "options": options })
}

fn card() -> Value {
    let actions = [
        json!({ "type": "postback", "text": "Take it", "payload": "seat=12A" }),
        json!({ "type": "link", "text": "Map", "url": "https://maps.example.com/12A" }),
    ];
    json!({ "type": "card", "title": "Window seat", "description": "The last one", "actions": actions })
}

/// What stands on the guest's screen of an option: the network may have put its own payload around ours.
fn option_of(scene: &Value, text: &str) -> Option<Value> {
    let options = scene["content"]["options"].as_array()?;
    options.iter().find(|option| option["text"] == text).cloned()
}

async fn chat_about_everything(chat: &Chat<'_>) {
    let channel = chat.channel.as_str();
    let picture = STANDARD.encode(files::jpeg(700_000));
    let picture = json!({ "do": "file", "name": "bild.jpg", "mime": "image/jpeg", "base64": picture });

    chat.act("channel", json!({ "do": "text", "text": "안녕하세요 👩‍👩‍👧 שלום" })).await;
    chat.scene(PLATFORM, "안녕하세요 👩‍👩‍👧 שלום", Value::Null).await;
    chat.act("channel", picture.clone()).await;
    chat.until(PLATFORM, "the guest's picture", is_picture).await;

    chat.act("platform", json!({ "do": "text", "text": "何かお手伝いできますか？" })).await;
    chat.until(channel, "the agent's text", |scene| scene["content"]["text"] == "何かお手伝いできますか？").await;
    chat.until(PLATFORM, "a receipt", |scene| content_is(scene, "here", "text") && has_receipt(scene)).await;
    chat.act("platform", picture).await;
    chat.until(channel, "the agent's picture", is_picture).await;

    chat.act("platform", rich(card())).await;
    chat.until(channel, "the card", |scene| scene["content"].to_string().contains("Window seat")).await;
    chat.act("platform", rich(question())).await;
    let asked = chat.until(channel, "the question", |scene| option_of(scene, "Yes, please").is_some()).await;
    let option = option_of(&asked, "Yes, please").unwrap();
    let tap = json!({ "do": "tap", "message": asked["id"], "text": option["text"], "payload": option["payload"] });
    chat.act("channel", tap).await;
    let answer = chat.until(PLATFORM, "the answer", |scene| content_is(scene, "there", "answer")).await;
    assert_eq!(answer["content"]["payload"], "call=yes", "{channel}: {answer}");
    assert_eq!(answer["content"]["text"], "Yes, please", "{channel}: {answer}");

    // Who would rather write than tap is understood as well.
    chat.act("platform", rich(question())).await;
    chat.until(channel, "the question again", |scene| {
        scene["id"] != asked["id"] && option_of(scene, "Yes, please").is_some()
    })
    .await;
    chat.until(PLATFORM, "its receipt", |scene| {
        content_is(scene, "here", "quickReplies") && has_receipt(scene) && at(scene) > at(&answer)
    })
    .await;
    chat.act("channel", json!({ "do": "text", "text": "no " })).await;
    chat.until(PLATFORM, "the written answer", |scene| {
        content_is(scene, "there", "answer") && scene["content"]["payload"] == "call=no"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_on_every_channel_chats_with_an_agent() {
    let playground = Playground::start().await;
    let chats = playground.chats().await;
    assert!(chats.len() >= 6, "{} channels", chats.len());
    futures::future::join_all(chats.iter().map(chat_about_everything)).await;
}
