//! Tokens that are taken, and those that are not.

use conformance::Script;
use contract::{Connector, PublishedKeys, Rejection, WebhookRequest, http::Response, parse_settings};
use serde_json::{Value, json};
use teams::{Teams, simulator::authority::KEY};

use crate::fixture::{BOT, SERVICE, activity, authority, keys, now, request, settings, signed};

fn verdict(request: &WebhookRequest, keys: &PublishedKeys) -> Result<(), Rejection> {
    Teams.verify_with(request, &parse_settings(&settings()).unwrap(), keys, now())
}

fn body() -> String {
    activity("message", json!({ "text": "hello" })).to_string()
}

/// A token with something changed in its header or claims.
fn token(header: Value, claims: Value) -> String {
    let at = now().as_second();
    let mut whole = (
        json!({ "alg": "RS256", "kid": KEY, "typ": "JWT" }),
        json!({ "serviceurl": SERVICE, "nbf": at, "exp": at + 3_600, "iss": "https://api.botframework.com", "aud": BOT }),
    );
    for (part, changes) in [(&mut whole.0, header), (&mut whole.1, claims)] {
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => part.as_object_mut().unwrap().remove(name),
                value => part.as_object_mut().unwrap().insert(name.clone(), value.clone()),
            };
        }
    }
    authority().sign(&whole.0, &whole.1)
}

#[test]
fn tokens() {
    use Rejection::*;
    let at = now().as_second();
    let same = || json!({});
    let rows: Vec<(&str, Value, Value, Result<(), Rejection>)> = vec![
        ("as it should be", same(), same(), Ok(())),
        ("without a beginning", same(), json!({ "nbf": null }), Ok(())),
        ("the claim as documented", same(), json!({ "serviceurl": null, "serviceUrl": SERVICE }), Ok(())),
        ("the service without its slash", same(), json!({ "serviceurl": SERVICE.trim_end_matches('/') }), Ok(())),
        ("the audience in capitals", same(), json!({ "aud": BOT.to_uppercase() }), Ok(())),
        ("five minutes late", same(), json!({ "exp": at - 300 }), Ok(())),
        ("a second later", same(), json!({ "exp": at - 301 }), Err(Stale)),
        ("five minutes early", same(), json!({ "nbf": at + 300 }), Ok(())),
        ("a second earlier", same(), json!({ "nbf": at + 301 }), Err(Stale)),
        ("without an end", same(), json!({ "exp": null }), Err(BadSignature)),
        ("an end that is no number", same(), json!({ "exp": "tomorrow" }), Err(BadSignature)),
        ("the emulator's issuer", same(), json!({ "iss": "https://sts.windows.net/f8cd/" }), Err(BadSignature)),
        ("without an issuer", same(), json!({ "iss": null }), Err(BadSignature)),
        ("another bot's", same(), json!({ "aud": "00000000-0000-4000-8000-000000000000" }), Err(WrongAccount)),
        ("for several bots", same(), json!({ "aud": [BOT] }), Err(WrongAccount)),
        ("for nobody", same(), json!({ "aud": null }), Err(WrongAccount)),
        (
            "another service",
            same(),
            json!({ "serviceurl": "https://smba.trafficmanager.net/emea/" }),
            Err(BadSignature),
        ),
        ("no service", same(), json!({ "serviceurl": null }), Err(BadSignature)),
        ("another key's id", json!({ "kid": "other" }), same(), Err(UnknownKey)),
        ("no key's id", json!({ "kid": null }), same(), Err(BadSignature)),
        ("the wrong key's id", json!({ "kid": "samples" }), same(), Err(BadSignature)),
        ("no algorithm", json!({ "alg": "none" }), same(), Err(BadSignature)),
        ("a secret instead of a key", json!({ "alg": "HS256" }), same(), Err(BadSignature)),
        ("another algorithm", json!({ "alg": "RS512" }), same(), Err(BadSignature)),
    ];
    let keys = keys();
    for (label, header, claims, expected) in rows {
        let bearer = format!("Bearer {}", token(header, claims));
        assert_eq!(verdict(&request(body(), Some(&bearer)), &keys), expected, "{label}");
    }
}

#[test]
fn what_is_no_token() {
    let good = signed(body()).header("authorization").unwrap().to_owned();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (head, claims) = message.rsplit_once('.').unwrap();
    for (authorization, expected) in [
        (None, Err(Rejection::Unsigned)),
        (Some("Bearer".to_owned()), Err(Rejection::Unsigned)),
        (Some("Basic dTpw".to_owned()), Err(Rejection::Unsigned)),
        (Some("Bearer abc".to_owned()), Err(Rejection::BadSignature)),
        (Some("Bearer a.b.c".to_owned()), Err(Rejection::BadSignature)),
        (Some(format!("{message}.")), Err(Rejection::BadSignature)),
        (Some(message.to_owned()), Err(Rejection::BadSignature)),
        (Some(format!("{message}.{}", signature.replace(&signature[..4], "AAAA"))), Err(Rejection::BadSignature)),
        (Some(format!("{head}.{claims}x.{signature}")), Err(Rejection::BadSignature)),
        (Some(good.replacen("Bearer", "bearer", 1)), Ok(())),
    ] {
        assert_eq!(verdict(&request(body(), authorization.as_deref()), &keys()), expected, "{authorization:?}");
    }
}

#[test]
fn a_key_signs_for_the_channels_it_lists() {
    let with = |endorsements: Value| {
        let mut keys = keys();
        keys.0["keys"][0]["endorsements"] = endorsements;
        verdict(&signed(body()), &keys)
    };
    for (endorsements, expected) in [
        (json!(["msteams"]), Ok(())),
        (json!(["webchat", "msteams"]), Ok(())),
        (json!(null), Ok(())),
        (json!(["webchat"]), Err(Rejection::BadSignature)),
        (json!([]), Err(Rejection::BadSignature)),
    ] {
        assert_eq!(with(endorsements.clone()), expected, "{endorsements}");
    }
}

#[test]
fn without_keys_nothing_is_taken_and_only_what_may_be_good_asks_for_them() {
    let none = PublishedKeys::default();
    assert_eq!(verdict(&signed(body()), &none), Err(Rejection::UnknownKey));
    let late = format!("Bearer {}", token(json!({}), json!({ "exp": 0 })));
    assert_eq!(verdict(&request(body(), Some(&late)), &none), Err(Rejection::Stale));
    assert_eq!(verdict(&request("{}", None), &none), Err(Rejection::Unsigned));
    let settings = parse_settings(&settings()).unwrap();
    assert_eq!(Teams.verify(&signed(body()), &settings, now()), Err(Rejection::UnknownKey));
}

#[test]
fn the_body_must_be_of_the_same_service_and_the_token_does_not_cover_the_rest() {
    let mut other = activity("message", json!({ "text": "hello" }));
    other["serviceUrl"] = "https://smba.trafficmanager.net/emea/".into();
    assert_eq!(verdict(&signed(other.to_string()), &keys()), Err(Rejection::BadSignature));
    for body in ["", "{}", "[]", "null", "{\"channelId\":\"msteams\"}", "{\"serviceUrl\":7}"] {
        assert_eq!(verdict(&signed(body), &keys()), Err(Rejection::Malformed), "{body}");
    }
}

#[test]
fn refusals_are_403_as_microsoft_wants_them() {
    for rejection in [Rejection::Unsigned, Rejection::BadSignature, Rejection::Stale, Rejection::UnknownKey] {
        assert_eq!(Teams.refusal_status(rejection).as_u16(), 403, "{rejection}");
    }
    assert_eq!(Teams.refusal_status(Rejection::Malformed).as_u16(), 400);
}

#[test]
fn the_keys_are_fetched_from_where_microsoft_says() {
    let fetch = |configuration: Response, keys: Option<Response>| {
        let script = Script::new([Ok(configuration)].into_iter().chain(keys.map(Ok)));
        let outcome = futures::executor::block_on(Teams.published_keys(&script));
        (outcome, script.finish().into_iter().map(|request| request.url).collect::<Vec<_>>())
    };
    let configuration = |uri: &str| Response::new(200).json(&json!({ "jwks_uri": uri }));
    const KEYS: &str = "https://login.botframework.com/v1/.well-known/keys";
    let set = json!({ "keys": [
        { "kty": "RSA", "kid": "k", "n": "AQ", "e": "AQAB", "x5c": ["MII"], "endorsements": ["msteams"] },
        { "kty": "EC", "kid": "c", "x": "AQ", "y": "AQ" },
    ] });
    let (fetched, asked) = fetch(configuration(KEYS), Some(Response::new(200).json(&set)));
    let kept = json!({ "keys": [{ "kid": "k", "n": "AQ", "e": "AQAB", "endorsements": ["msteams"] }] });
    assert_eq!(fetched, Ok(PublishedKeys(kept)));
    assert_eq!(asked, ["https://login.botframework.com/v1/.well-known/openidconfiguration", KEYS]);
    for (label, configuration, keys) in [
        ("down", Response::new(503), None),
        ("elsewhere", configuration("https://keys.example.com/keys"), None),
        ("not secure", configuration("http://login.botframework.com/v1/.well-known/keys"), None),
        ("garbled", Response::new(200).body("<html>"), None),
        ("keys down", configuration(KEYS), Some(Response::new(500))),
        ("no keys", configuration(KEYS), Some(Response::new(200).json(&json!({ "keys": [] })))),
    ] {
        assert!(fetch(configuration, keys).0.is_err(), "{label}");
    }
}
