//! Canned responses in Apple's own JSON.

use apple_messages::AppleMessages;
use base64::{Engine, prelude::BASE64_STANDARD};
use conformance::{OutboundRow, outbound_table};
use contract::{
    Content, SendErrorKind,
    http::{Request, Response},
};
use serde_json::{Value, json};

use crate::fixture::{
    BID, GIF, composed, context, interactive, link, now, post, post_to, request_id, row, settings, taken, text,
};

fn native(json: Value) -> Vec<Content> {
    vec![Content::Native { connector: None, json }]
}

/// What is added to an interactive message at the first place.
fn completed(mut data: Value, more: Value) -> Value {
    data["version"] = "1.0".into();
    data["requestIdentifier"] = request_id("0").into();
    let mut interactive = json!({ "bid": BID, "data": data });
    for (name, value) in more.as_object().unwrap() {
        interactive[name] = value.clone();
    }
    json!({ "type": "interactive", "interactiveData": interactive })
}

/// The examples of the administrator's guide.
#[test]
fn canned_responses() {
    let quick = json!({ "quick-reply": { "summaryText": "What can I help you with?", "items": [
        { "identifier": "1", "title": "Watch our video" },
        { "identifier": "2", "title": "Ask for office hours" },
    ] } });
    let list = json!({ "listPicker": { "sections": [
        { "title": "Fruit", "order": 0, "multipleSelection": true, "items": [
            { "identifier": "1", "order": 0, "style": "default", "subtitle": "Red and delicious", "title": "Apple" },
        ] },
        { "title": "Veggies", "order": 1, "items": [
            { "identifier": "3", "order": 0, "style": "default", "subtitle": "Crispy greens", "title": "Lettuce" },
        ] },
    ] } });
    let time = json!({ "event": {
        "identifier": "1",
        "title": "Please pick a date",
        "location": { "title": "Genesys Japan", "latitude": 35.5, "longitude": 139.5, "radius": 17 },
        "timezoneOffset": 5_400,
        "timeslots": [{ "identifier": "0", "startTime": "2022-07-10T17:00+0000", "duration": 3_600 }],
    } });
    let messages = json!({
        "receivedMessage": { "style": "icon", "title": "Please pick a time", "subtitle": "This should be easy" },
        "replyMessage": { "style": "icon", "title": "Thank you!" },
    });
    let with = |data: &Value, more: &Value| {
        let mut whole = json!({ "data": data });
        for (name, value) in more.as_object().unwrap() {
            whole[name] = value.clone();
        }
        whole
    };
    let request = json!({
        "countryCode": "US", "currencyCode": "USD", "merchantName": "Acme",
        "lineItems": [{ "amount": "1.00", "label": "Stickers", "type": "final" }],
        "total": { "amount": "1.50", "label": "Total", "type": "final" },
    });
    let session =
        json!({ "merchantSession": { "nonce": "n" }, "endpoints": { "paymentGatewayUrl": "https://pay.example" } });
    let mut timed = time.clone();
    timed["mspVersion"] = "1.0".into();
    let app = json!({
        "bid": "com.apple.messages.MSMessageExtensionBalloonPlugin:U9S8EQXSA2:com.example.Delivery",
        "appId": "123456789", "appName": "Package Delivery", "URL": "?name=Goodies",
        "receivedMessage": { "title": "Goodies", "subtitle": "Scheduled" }, "useLiveLayout": true,
    });
    let mut sent_app = app.clone();
    sent_app["appId"] = 123_456_789.into();
    let rows = vec![
        row("quick replies", native(json!({ "data": quick })), vec![interactive("0", quick.clone(), None)]),
        row(
            "a list picker, whose balloon is called as its first section",
            native(json!({ "data": list })),
            vec![completed(list.clone(), json!({ "receivedMessage": { "title": "Fruit", "style": "icon" } }))],
        ),
        row("a time picker", native(with(&time, &messages)), vec![completed(timed.clone(), messages.clone())]),
        row(
            "the same without `data` around it",
            native({
                let mut bare = messages.clone();
                bare["event"] = time["event"].clone();
                bare
            }),
            vec![completed(timed, messages.clone())],
        ),
        row(
            "a whole message, whose ids are ours",
            native(json!({
                "type": "interactive", "id": "theirs", "sourceId": "theirs", "destinationId": "theirs",
                "interactiveData": { "bid": BID, "data": quick },
            })),
            vec![interactive("0", quick.clone(), None)],
        ),
        row(
            "a payment request",
            native({
                let mut data = json!({ "paymentRequest": request });
                data["payment"] = session.clone();
                json!({ "data": data })
            }),
            vec![completed(
                json!({ "mspVersion": "1.0", "payment": {
                    "paymentRequest": request, "merchantSession": session["merchantSession"], "endpoints": session["endpoints"],
                } }),
                json!({ "receivedMessage": { "title": "Acme", "style": "icon" } }),
            )],
        ),
        row("an iMessage app", native(app), vec![json!({ "type": "interactive", "interactiveData": sent_app })]),
        row(
            "a rich link",
            native(json!({ "richLinkData": { "url": "https://example.com/a", "title": "A" } })),
            vec![link("https://example.com/a", "A")],
        ),
        row(
            "a rich link without more than its address and title",
            native(json!({ "url": "https://www.example.com/a", "title": "" })),
            vec![link("https://www.example.com/a", "example.com")],
        ),
        row(
            "a film behind a rich link",
            native(json!({ "type": "richLink", "richLinkData": {
                "url": "https://example.com/a", "title": "A",
                "assets": { "video": { "url": "https://example.com/a.mp4", "mimeType": "video/mp4" } },
            } })),
            vec![{
                let mut film = link("https://example.com/a", "A");
                film["richLinkData"]["assets"]["video"] =
                    json!({ "url": "https://example.com/a.mp4", "mimeType": "video/mp4" });
                film
            }],
        ),
        row(
            "several messages",
            native(
                json!({ "messages": [{ "type": "text", "body": "one" }, { "url": "https://example.com", "title": "two" }] }),
            ),
            vec![text("one"), link("https://example.com", "two")],
        ),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}

#[test]
fn signing_in_has_an_address_of_its_own() {
    let oauth2 = json!({ "clientId": "c-1", "scope": ["email"], "redirectURI": "https://auth.example/cb" });
    let data = json!({ "authenticate": { "oauth2": oauth2 } });
    let mut sent = data.clone();
    sent["authenticate"]["oauth2"]["responseType"] = "code".into();
    sent["authenticate"]["oauth2"]["state"] = request_id("0").into();
    let balloon = json!({ "receivedMessage": { "title": "Please sign in", "style": "icon" } });
    let mut whole = balloon.clone();
    whole["data"] = data;
    let rows = vec![OutboundRow {
        requests: vec![post_to("authenticate", "0", completed(sent, balloon))],
        ..row("OAuth2", native(whole), vec![json!({})])
    }];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}

#[test]
fn what_is_not_apples_is_not_sent() {
    let ours = json!({ "data": { "quick-reply": {} } });
    let for_line = Content::Native { connector: Some("line".to_owned()), json: ours };
    let no_message = "it is not a message of Apple's";
    for (label, contents, reason) in [
        ("not Apple's", native(json!({ "type": "flex", "contents": {} })), no_message),
        ("another channel's", vec![for_line.clone()], "it is written for another channel"),
        ("nothing", native(json!([])), no_message),
        ("one of two", native(json!([{ "type": "text", "body": "one" }, {}])), no_message),
        ("a text without words", native(json!({ "type": "text", "body": " " })), no_message),
        (
            "assets that are none",
            native(json!({ "url": "https://example.com", "title": "A", "assets": "x" })),
            no_message,
        ),
        ("a link without an address", native(json!({ "richLinkData": { "title": "A" } })), no_message),
        ("a payment that is none", native(json!({ "data": { "payment": "x", "paymentRequest": {} } })), no_message),
    ] {
        let rendering = composed(contents, &context());
        assert_eq!(rendering.steps, [], "{label}");
        assert_eq!(rendering.degradations, [format!("native → nothing: {reason}")], "{label}");
        let refused = rendering.refused.expect(label);
        assert_eq!(refused.kind, SendErrorKind::InvalidMessage, "{label}");
        assert!(refused.sentence.contains(reason), "{label}: {}", refused.sentence);
    }
    let beside_words = composed(vec![Content::text("one"), for_line], &context());
    assert_eq!((beside_words.steps.len(), beside_words.refused), (1, None));
}

/// Pictures that are named by their address are fetched; one that is gone is left out, and what points to it.
#[test]
fn pictures() {
    let (found, gone) = ("https://images.example.com/1", "https://images.example.com/2");
    let items = |second: Value| {
        let first = json!({ "identifier": "1", "title": "Lamp", "imageIdentifier": "lamp" });
        json!({ "sections": [{ "title": "Fruit", "items": [first, second] }] })
    };
    let desk = json!({ "identifier": "2", "title": "Desk", "imageIdentifier": "desk" });
    let images = json!([
        { "identifier": "ours", "data": "b3Vycw==" },
        { "identifier": "desk", "url": gone },
        { "identifier": "lamp", "url": found },
    ]);
    let asked = json!({ "data": { "listPicker": items(desk), "images": images } });
    let sent = completed(
        json!({
            "listPicker": items(json!({ "identifier": "2", "title": "Desk" })),
            "images": [
                { "identifier": "ours", "data": "b3Vycw==" },
                { "identifier": "lamp", "data": BASE64_STANDARD.encode(GIF) },
            ],
        }),
        json!({ "receivedMessage": { "title": "Fruit", "style": "icon" } }),
    );
    let film = json!({ "url": "https://example.com", "title": "A", "assets": { "image": { "url": found } } });
    let mut sent_film = link("https://example.com", "A");
    sent_film["richLinkData"]["assets"]["image"] =
        json!({ "data": BASE64_STANDARD.encode(GIF), "mimeType": "image/gif" });
    let picture = || Ok(Response::new(200).header("content-type", "image/gif").body(GIF));
    let rows = vec![
        OutboundRow {
            answers: vec![Ok(Response::new(404)), picture(), taken()],
            requests: vec![Request::get(gone), Request::get(found), post("0", sent)],
            ..row("a picker's", native(asked), vec![json!({})])
        },
        OutboundRow {
            answers: vec![picture(), taken()],
            requests: vec![Request::get(found), post("0", sent_film)],
            ..row("a rich link's", native(film), vec![json!({})])
        },
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}
