//! Files that an agent sends: the card that asks, the guest's decision, the upload.

use conformance::{Answer, Script};
use contract::{
    Attachment, Channel, Clock, Content, Io, MediaKind, MemoryTokens, SendError, SendErrorKind, TenantId,
    http::{Request, Response},
    parse_settings,
};
use futures::executor::block_on;
use serde_json::{Value, json};
use teams::{Settings, Teams};

use crate::fixture::{
    SERVICE, accepted, activities, activity, context, named, now, refused, sent, settings, signed, token_issued,
    token_request,
};

fn parsed() -> Settings {
    parse_settings(&settings()).unwrap()
}

/// The card that asks.
fn asked() -> Value {
    let file = Attachment {
        name: Some("offer.pdf".to_owned()),
        size: Some(5),
        caption: Some("Our offer".to_owned()),
        ..Attachment::at_url(MediaKind::File, "https://files.example.com/offer.pdf?sig=1")
    };
    let mut sent = sent(vec![Content::Attachment(file)], &context());
    assert_eq!(sent.len(), 1, "the caption stands on the card");
    sent[0]["attachments"][0].take()
}

fn decided(change: impl FnOnce(&mut Value)) -> (Vec<Content>, Vec<&'static str>) {
    let mut invoke = activity(
        "invoke",
        json!({ "name": "fileConsent/invoke", "replyToId": "card-1", "value": {
            "type": "fileUpload",
            "action": "accept",
            "context": asked()["content"]["acceptContext"],
            "uploadInfo": {
                "uploadUrl": "https://acme-my.sharepoint.com/upload?guid=1",
                "contentUrl": "https://acme-my.sharepoint.com/personal/ann/offer.pdf",
                "name": "offer.pdf",
                "uniqueId": "u-1",
                "fileType": "pdf",
            },
        } }),
    );
    change(&mut invoke);
    let parsed = Teams.parse(&signed(invoke.to_string()), &parsed()).unwrap();
    assert_eq!(parsed.answer, None, "200 and nothing");
    (parsed.events.into_iter().map(|event| event.content).collect(), parsed.ignored)
}

fn task() -> Value {
    match decided(|_| {}).0.pop() {
        Some(Content::Native { connector, json }) => {
            assert_eq!(connector.as_deref(), Some("teams"));
            json
        }
        other => panic!("{other:?}"),
    }
}

fn upload_accepted(
    task: &Value,
    tokens: &MemoryTokens,
    answers: Vec<Answer>,
) -> (Result<Content, SendError>, Vec<Request>) {
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new(answers));
    let settings = parsed();
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens, clock: &clock };
    let outcome = block_on(Teams.resolve(&io, task));
    (outcome, script.finish())
}

fn fresh() -> MemoryTokens {
    MemoryTokens::new(Clock::fixed(now()))
}

fn file() -> Answer {
    Ok(Response::new(200).header("content-type", "application/pdf").body("bytes"))
}

fn note(text: &str) -> Content {
    Content::Note { text: text.to_owned() }
}

#[test]
fn the_card_that_asks() {
    let card = asked();
    assert_eq!(card["contentType"], "application/vnd.microsoft.teams.card.file.consent");
    assert_eq!((&card["name"], &card["content"]["sizeInBytes"]), (&json!("offer.pdf"), &json!(5)));
    assert_eq!(card["content"]["description"], "Our offer");
    let offer = &card["content"]["acceptContext"]["file"];
    assert_eq!(offer["url"], "https://files.example.com/offer.pdf?sig=1");
    assert_eq!(offer["seal"].as_str().unwrap().len(), 64);
}

#[test]
fn a_caption_that_the_agents_name_makes_too_long_is_a_text() {
    let file = |caption: String| {
        let file = Attachment::at_url(MediaKind::File, "https://files.example.com/a.pdf");
        Content::Attachment(Attachment { size: Some(5), caption: Some(caption), ..file })
    };
    let parts = sent(vec![file("c".repeat(396))], &named("Bo"));
    assert_eq!(parts[0]["attachments"][0]["content"]["description"], format!("Bo: {}", "c".repeat(396)));
    for (length, context) in [(397, named("Bo")), (401, context())] {
        let parts = sent(vec![file("c".repeat(length))], &context);
        assert!(parts[0]["text"].as_str().unwrap().ends_with(&"c".repeat(length)), "{length}");
        assert_eq!(parts[1]["attachments"][0]["content"]["description"], "", "{length}");
    }
}

#[test]
fn the_guest_decides() {
    let (events, _) = decided(|invoke| invoke["value"]["action"] = "decline".into());
    assert_eq!(events, [note("The guest did not accept the file “offer.pdf”.")]);
    let offer =
        |name: &'static str, value: Value| move |invoke: &mut Value| invoke["value"]["context"]["file"][name] = value;
    let upload = |invoke: &mut Value| invoke["value"]["uploadInfo"] = json!({});
    for (label, (events, ignored), reason) in [
        ("another address", decided(offer("url", json!("https://127.0.0.1/"))), "foreignConsent"),
        ("another name", decided(offer("name", json!("x"))), "foreignConsent"),
        ("another size", decided(offer("size", json!(6))), "foreignConsent"),
        ("no seal", decided(offer("seal", json!(""))), "foreignConsent"),
        ("another's card", decided(|invoke| invoke["value"]["context"] = json!({ "x": 1 })), "foreignConsent"),
        ("nowhere to upload to", decided(upload), "noUploadUrl"),
    ] {
        assert!(events.is_empty(), "{label}");
        assert_eq!(ignored, [reason], "{label}");
    }
}

#[test]
fn the_file_is_handed_over_and_the_card_replaced() {
    let (outcome, requests) = upload_accepted(
        &task(),
        &fresh(),
        vec![file(), Ok(Response::new(201)), token_issued(), Ok(accepted("card-1"))],
    );
    assert_eq!(outcome, Ok(note("The guest accepted the file “offer.pdf”.")));
    assert_eq!(requests[0].url, "https://files.example.com/offer.pdf?sig=1");
    let put = &requests[1];
    assert_eq!((put.method.as_str(), put.url.as_str()), ("PUT", "https://acme-my.sharepoint.com/upload?guid=1"));
    assert_eq!(put.headers["content-range"], "bytes 0-4/5");
    assert!(!put.headers.contains_key("authorization"), "our token is not OneDrive's business");
    assert_eq!(&put.body[..], b"bytes");
    assert_eq!(requests[2], token_request());
    let shown = &requests[3];
    assert_eq!((shown.method.as_str(), shown.url.as_str()), ("PUT", format!("{}/card-1", activities()).as_str()));
    assert_eq!(
        serde_json::from_slice::<Value>(&shown.body).unwrap(),
        json!({ "type": "message", "attachments": [{
            "contentType": "application/vnd.microsoft.teams.card.file.info",
            "name": "offer.pdf",
            "contentUrl": "https://acme-my.sharepoint.com/personal/ann/offer.pdf",
            "content": { "uniqueId": "u-1", "fileType": "pdf" },
        }] })
    );
}

#[test]
fn what_goes_wrong_is_told_or_tried_again() {
    let missing = || refused(404, "ActivityNotFoundInConversation", "gone");
    let (outcome, requests) = upload_accepted(
        &task(),
        &fresh(),
        vec![file(), Ok(Response::new(201)), token_issued(), missing(), Ok(accepted("2"))],
    );
    assert!(outcome.is_ok());
    assert_eq!(
        (requests[4].method.as_str(), &requests[4].url),
        ("POST", &activities()),
        "below, when the card is gone"
    );

    let told = |answers: Vec<Answer>| match upload_accepted(&task(), &fresh(), answers).0 {
        Ok(Content::Note { text }) => text,
        other => panic!("{other:?}"),
    };
    let gone = told(vec![Ok(Response::new(404))]);
    assert!(gone.contains("could not be handed over") && gone.contains("could not be fetched"), "{gone}");
    let late = told(vec![file(), Ok(Response::new(404))]);
    assert!(late.contains("OneDrive no longer takes it"), "{late}");

    let later = |answers: Vec<Answer>| upload_accepted(&task(), &fresh(), answers).0.unwrap_err().kind;
    assert_eq!(later(vec![Ok(Response::new(503))]), SendErrorKind::Unavailable);
    assert_eq!(later(vec![file(), Ok(Response::new(429))]), SendErrorKind::RateLimited);
    assert_eq!(later(vec![file(), Err(SendErrorKind::Timeout.into())]), SendErrorKind::Timeout);
}

#[test]
fn a_file_is_uploaded_once() {
    let tokens = fresh();
    let failing = vec![file(), Ok(Response::new(201)), token_issued(), Ok(Response::new(503))];
    assert_eq!(upload_accepted(&task(), &tokens, failing).0.unwrap_err().kind, SendErrorKind::Unavailable);
    let (outcome, requests) = upload_accepted(&task(), &tokens, vec![Ok(accepted("card-1"))]);
    assert!(outcome.is_ok());
    assert_eq!(requests.len(), 1, "only the card is left to do");
}

#[test]
fn nothing_is_uploaded_to_strangers() {
    for url in ["https://evil.example.com/", "http://acme-my.sharepoint.com/", "https://sharepoint.com.example.com/"] {
        let mut task = task();
        task["upload"]["uploadUrl"] = url.into();
        let (outcome, requests) = upload_accepted(&task, &fresh(), vec![]);
        assert!(matches!(outcome, Ok(Content::Note { text }) if text.contains("no address of OneDrive's")), "{url}");
        assert!(requests.is_empty(), "{url}");
    }
    let mut task = task();
    task["upload"]["serviceUrl"] = "https://evil.example.com/".into();
    let (outcome, requests) = upload_accepted(&task, &fresh(), vec![file(), Ok(Response::new(201))]);
    assert!(matches!(outcome, Ok(Content::Note { .. })));
    assert_eq!(requests.len(), 2, "our token stays here");
    assert_eq!(upload_accepted(&json!({}), &fresh(), vec![]).0.unwrap_err().kind, SendErrorKind::Unsupported);
    assert!(SERVICE.starts_with("https://smba.trafficmanager.net/"));
}
