//! Files and big answers: encrypted on their way, in both directions.

use aes::Aes256;
use apple_messages::AppleMessages;
use conformance::{Answer as Answered, Script, outbound_table};
use contract::{
    Answer, AnswerKind, Attachment, Channel, Clock, Content, Fetched, Io, MediaKind, MemoryTokens, SendError,
    SendErrorKind, TenantId,
    http::{Request, Response},
};
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};
use futures::executor::block_on;
use serde_json::{Value, json};

use crate::fixture::{
    BID, BUSINESS, GATEWAY, composed, context, header, id, link, now, our_token, row, settings, text, typed,
};

const KEY: [u8; 32] = *b"an example key, thirty-two bytes";

fn encrypted(bytes: &[u8], key: &[u8; 32]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    Ctr128BE::<Aes256>::new(key.into(), &[0; 16].into()).apply_keystream(&mut bytes);
    bytes
}

fn with<T>(answers: Vec<Answered>, run: impl AsyncFnOnce(&Io<'_, apple_messages::Settings>) -> T) -> (T, Vec<Request>) {
    let (settings, tenant, clock) = (typed(), TenantId::from("tenant-1"), Clock::fixed(now()));
    let (tokens, script) = (MemoryTokens::new(clock.clone()), Script::new(answers));
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let outcome = block_on(run(&io));
    (outcome, script.finish())
}

fn place(signature: Value) -> Value {
    let mut place = json!({
        "url": "https://p26-content.icloud.com/M1", "owner": "M1.C01", "key": format!("00{}", hex::encode(KEY)),
    });
    for (name, value) in signature.as_object().unwrap() {
        place[name] = value.clone();
    }
    place
}

fn photo(place: &Value) -> Attachment {
    Attachment {
        name: Some("IMG_1.heic".to_owned()),
        mime: Some("image/heic".to_owned()),
        ..Attachment::on_network(MediaKind::Image, place.to_string())
    }
}

fn pre_download(signature: &str) -> Request {
    let mut request =
        Request::get(format!("{GATEWAY}/preDownload")).header(header("source-id"), BUSINESS).bearer(&our_token());
    for (names, value) in [
        (["mmcs-url", "url"], "https://p26-content.icloud.com/M1"),
        (["mmcs-signature", "signature"], signature),
        (["mmcs-owner", "owner"], "M1.C01"),
    ] {
        for name in names {
            request = request.header(header(name), value);
        }
    }
    request
}

fn found_at() -> Answered {
    Ok(Response::new(200).json(&json!({ "download-url": "https://cvws.icloud-content.com/B/1?o=2" })))
}

#[test]
fn a_guests_file() {
    for (label, signature, sent) in [
        ("in hexadecimal", json!({ "signature": "81DAE4B5" }), "gdrktQ=="),
        ("in both", json!({ "signature": "00", "signature-base64": "gdrktQ==" }), "gdrktQ=="),
        ("in base64 under the name of the other", json!({ "signature": "gdrktQ==" }), "gdrktQ=="),
    ] {
        let bytes = Ok(Response::new(200).body(encrypted(b"a photo", &KEY)));
        let file = photo(&place(signature));
        let (fetched, requests) = with(vec![found_at(), bytes], async |io| AppleMessages.fetch(io, &file).await);
        let expected = Fetched {
            bytes: b"a photo".as_slice().into(),
            mime: Some("image/heic".to_owned()),
            name: Some("IMG_1.heic".to_owned()),
        };
        assert_eq!(fetched, Ok(expected), "{label}");
        assert_eq!(requests[0], pre_download(sent), "{label}");
        assert_eq!(requests[1].url, "https://cvws.icloud-content.com/B/1?o=2");
        assert!(requests[1].headers.is_empty(), "the address is all it takes");
    }
}

#[test]
fn a_guests_file_that_cannot_be_had() {
    use SendErrorKind::*;
    let good = place(json!({ "signature": "81DAE4B5" }));
    let status = |status| Ok(Response::new(status));
    let mut keyless = good.clone();
    keyless["key"] = "00ff".into();
    for (label, place, answers, expected) in [
        ("no key", keyless, vec![], MediaUnavailable),
        ("no signature", place(json!({})), vec![], MediaUnavailable),
        ("no reference", json!("x"), vec![], MediaUnavailable),
        ("expired", good.clone(), vec![status(404)], MediaUnavailable),
        ("Apple is down", good.clone(), vec![status(503)], Unavailable),
        ("not ours", good.clone(), vec![status(403)], Forbidden),
        ("garbage", good.clone(), vec![Ok(Response::new(200).body("<html>"))], Garbled),
        ("gone meanwhile", good.clone(), vec![found_at(), status(410)], MediaUnavailable),
        ("too big", good, vec![found_at(), Err(SendError::new(TooLarge))], TooLarge),
    ] {
        let (outcome, _) = with(answers, async |io| AppleMessages.fetch(io, &photo(&place)).await);
        assert_eq!(outcome.unwrap_err().kind, expected, "{label}");
    }
}

#[test]
fn a_big_answer() {
    let native = |signature: Value| {
        let mut reference = place(signature);
        reference["bid"] = BID.into();
        json!({ "interactiveDataRef": reference })
    };
    let hexadecimal = || native(json!({ "signature": "81DAE4B5" }));
    let data = json!({ "bid": BID, "data": { "listPicker": { "sections": [
        { "items": [{ "identifier": "1", "title": "Apple" }] },
    ] } } });
    let payload = || Ok(Response::new(200).body(encrypted(b"packed", &KEY)));
    let answers = vec![found_at(), payload(), Ok(Response::new(200).json(&data))];
    let (content, requests) = with(answers, async |io| AppleMessages.resolve(io, &hexadecimal()).await);
    let answer =
        Answer { kind: AnswerKind::QuickReply, text: "Apple".to_owned(), payload: "1".to_owned(), question_id: None };
    assert_eq!(content, Ok(Content::Answer(answer)));
    assert_eq!(requests[0], pre_download("gdrktQ=="));
    assert_eq!(requests[2].url, format!("{GATEWAY}/decodePayload"));
    assert_eq!(requests[2].body.as_ref(), b"packed", "decrypted, and as it is");
    assert_eq!(requests[2].headers["bid"], BID);
    assert_eq!(requests[2].headers["source-id"], BUSINESS);

    use SendErrorKind::*;
    let status = |status| Ok(Response::new(status));
    for (label, native, answers, expected) in [
        ("expired", hexadecimal(), vec![status(404)], MediaUnavailable),
        ("not decoded", hexadecimal(), vec![found_at(), payload(), status(400)], MediaUnavailable),
        ("later", hexadecimal(), vec![found_at(), payload(), status(500)], Unavailable),
        ("none", json!({}), vec![], Unsupported),
    ] {
        let (outcome, _) = with(answers, async |io| AppleMessages.resolve(io, &native).await);
        assert_eq!(outcome.unwrap_err().kind, expected, "{label}");
    }
}

#[test]
fn an_agents_file() {
    let file = Attachment {
        mime: Some("application/pdf".to_owned()),
        name: Some("契約書.pdf".to_owned()),
        caption: Some("Here you are".to_owned()),
        ..Attachment::at_url(MediaKind::File, "https://files.example.com/1")
    };
    let steps = composed(vec![Content::Attachment(file)], &context()).steps;
    assert_eq!(steps.len(), 2, "the words, and the file");
    let answers = || -> Vec<Answered> {
        vec![
            Ok(Response::new(200).header("content-type", "application/pdf").body(b"%PDF-1.7 a file".as_slice())),
            Ok(Response::new(200).json(&json!({
                "upload-url": "https://up.icloud-content.com/1?t=2", "mmcs-url": "https://p26-content.icloud.com/M2",
                "mmcs-owner": "M2.C02",
            }))),
            Ok(Response::new(200).json(&json!({ "singleFile": {
                "fileChecksum": "AVCGJXm1lvZkYvGd", "size": 15, "receipt": "r-1",
            } }))),
            Ok(Response::new(200)),
        ]
    };
    let mut keys = Vec::new();
    for _ in 0..2 {
        let (sent, requests) = with(answers(), async |io| AppleMessages.send(io, &steps[1]).await);
        assert_eq!(sent.unwrap().message_ids, [id("1")]);
        assert_eq!(
            requests[0],
            Request::get("https://files.example.com/1").max_response(50 << 20).timeout(requests[0].timeout.unwrap())
        );
        assert_eq!(requests[1].url, format!("{GATEWAY}/preUpload"));
        assert_eq!(
            (&requests[1].headers["mmcs-size"], &requests[1].headers["size"]),
            (&"15".parse().unwrap(), &"15".parse().unwrap())
        );
        assert_eq!(requests[2].url, "https://up.icloud-content.com/1?t=2");
        assert!(!requests[2].headers.contains_key("authorization"), "the address is all it takes");
        let message: Value = serde_json::from_slice(&requests[3].body).unwrap();
        assert_eq!(message["body"], "\u{FFFC}");
        let attachment = &message["attachments"][0];
        let key = hex::decode(attachment["key"].as_str().unwrap()).unwrap();
        assert_eq!((key.len(), key[0]), (33, 0));
        let mut attachment = attachment.clone();
        attachment["key"] = Value::Null;
        assert_eq!(
            attachment,
            json!({
                "name": "契約書.pdf", "mimeType": "application/pdf", "size": "15", "key": null,
                "signature-base64": "AVCGJXm1lvZkYvGd", "url": "https://p26-content.icloud.com/M2", "owner": "M2.C02",
            })
        );
        let key: [u8; 32] = key[1..].try_into().unwrap();
        assert_ne!(requests[2].body.as_ref(), b"%PDF-1.7 a file");
        assert_eq!(encrypted(&requests[2].body, &key), b"%PDF-1.7 a file");
        keys.push(key);
    }
    assert_ne!(keys[0], keys[1], "every upload has a key of its own");
}

#[test]
fn an_agents_file_that_cannot_be_sent() {
    use SendErrorKind::*;
    let file = Attachment::at_url(MediaKind::File, "https://files.example.com/1");
    let steps = composed(vec![Content::Attachment(file)], &context()).steps;
    let bytes = || Ok(Response::new(200).body("x"));
    let status = |status| Ok(Response::new(status));
    for (label, answers, expected) in [
        ("gone", vec![status(404)], MediaUnavailable),
        ("too big", vec![Err(SendError::new(TooLarge))], TooLarge),
        ("its server is down", vec![status(503)], Unavailable),
        ("no place", vec![bytes(), status(403)], Forbidden),
        ("garbage", vec![bytes(), Ok(Response::new(200).body("{}"))], Garbled),
        (
            "not taken",
            vec![
                bytes(),
                Ok(Response::new(200).json(&json!({
                    "upload-url": "https://up.example", "mmcs-url": "u", "mmcs-owner": "o",
                }))),
                status(500),
            ],
            Unavailable,
        ),
    ] {
        let (outcome, _) = with(answers, async |io| AppleMessages.send(io, &steps[0]).await);
        assert_eq!(outcome.unwrap_err().kind, expected, "{label}");
    }
}

#[test]
fn what_is_not_uploaded_is_named() {
    let huge = |kind| Attachment {
        size: Some((50 << 20) + 1),
        name: Some("film.mov".to_owned()),
        ..Attachment::at_url(kind, "https://files.example.com/1")
    };
    let lost = || Attachment::on_network(MediaKind::File, "x");
    let nowhere = || Attachment::at_url(MediaKind::Image, "files.example.com/1");
    let by_link = || vec![text("📎 film.mov"), link("https://files.example.com/1", "files.example.com")];
    let rows = vec![
        row("a file of more than 50 MB", vec![Content::Attachment(huge(MediaKind::File))], by_link()),
        row("a film of more than 50 MB", vec![Content::Attachment(huge(MediaKind::Video))], by_link()),
        row("a file that lies nowhere", vec![Content::Attachment(lost())], vec![text("📎 file")]),
        row(
            "an address that is none",
            vec![Content::Attachment(nowhere())],
            vec![text("📎 image\nfiles.example.com/1")],
        ),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
    let degradations = |file| composed(vec![Content::Attachment(file)], &context()).degradations;
    assert_eq!(degradations(lost()), ["file → link: it has no address to fetch it from"]);
}
