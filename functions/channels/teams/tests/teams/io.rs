//! Files, profiles, and the self-test.

use conformance::{Answer, Script};
use contract::{
    AnyChannel, AnyConnector, Attachment, Channel, Clock, Fetched, Guest, Io, MediaKind, MemoryTokens, Profile,
    SelfTest, SendError, SendErrorKind, TenantId, http::Response, parse_settings,
};
use futures::executor::block_on;
use serde_json::{Value, json};
use teams::Teams;

use crate::fixture::{
    CHANNEL, CHAT, GROUP, GUEST, ORGANISATION, SERVICE, TEAM, THREAD, activity, in_channel, in_group, now, refused,
    settings, signed, token_issued,
};

/// Runs something, and says which addresses were asked, with our token or without.
fn with<T>(answers: Vec<Answer>, run: impl AsyncFnOnce(&Io<'_, Value>) -> T) -> (T, Vec<(String, bool)>) {
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new(answers));
    let (tokens, settings) = (MemoryTokens::new(clock.clone()), settings());
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let outcome = block_on(run(&io));
    let asked = script.finish().into_iter();
    let asked = asked.map(|request| (request.url, request.headers.contains_key("authorization")));
    (outcome, asked.filter(|(url, _)| !url.ends_with("/token")).collect())
}

fn ok(body: Value) -> Answer {
    Ok(Response::new(200).json(&body))
}

#[test]
fn files() {
    use SendErrorKind::*;
    const OURS: &str = "https://smba.trafficmanager.net/amer/v3/attachments/0-1/views/original";
    const THEIRS: &str = "https://acme-my.sharepoint.com/download?tempauth=1";
    let bytes = |mime: &str| Ok(Response::new(200).header("content-type", mime).body("bytes"));
    let too_large = || Err(SendError::new(TooLarge));
    for (label, url, ours, answers, expected) in [
        ("a picture", OURS, true, vec![token_issued(), bytes("image/png")], Ok("image/png")),
        ("a file", THEIRS, false, vec![bytes("application/pdf; charset=x")], Ok("application/pdf")),
        ("a picture long gone", OURS, true, vec![token_issued(), Ok(Response::new(404))], Err(MediaUnavailable)),
        ("a file long gone", THEIRS, false, vec![Ok(Response::new(410))], Err(MediaUnavailable)),
        ("a link that died", THEIRS, false, vec![Ok(Response::new(401))], Err(MediaUnavailable)),
        ("too large", THEIRS, false, vec![too_large()], Err(TooLarge)),
        ("down", OURS, true, vec![token_issued(), Ok(Response::new(500))], Err(Unavailable)),
        ("down, too", THEIRS, false, vec![Ok(Response::new(503))], Err(Unavailable)),
        ("a stranger asks for our token", "https://evil.example.com/", true, vec![], Err(Forbidden)),
    ] {
        let reference = json!({ "url": url, "ours": ours }).to_string();
        let file = Attachment { name: Some("n".to_owned()), ..Attachment::on_network(MediaKind::File, reference) };
        let count = answers.len();
        let (outcome, asked) = with(answers, async |io| AnyChannel::fetch(&Teams, io, &file).await);
        if count > 0 {
            assert_eq!(asked, [(url.to_owned(), ours)], "{label}");
        }
        match expected {
            Ok(mime) => {
                let fetched =
                    Fetched { bytes: "bytes".into(), mime: Some(mime.to_owned()), name: Some("n".to_owned()) };
                assert_eq!(outcome, Ok(fetched), "{label}");
            }
            Err(kind) => assert_eq!(outcome.expect_err(label).kind, kind, "{label}"),
        }
    }
    let elsewhere = Attachment::at_url(MediaKind::File, "https://x.example/");
    let (outcome, _) = with(vec![], async |io| AnyChannel::fetch(&Teams, io, &elsewhere).await);
    assert_eq!(outcome.unwrap_err().kind, MediaUnavailable);
}

/// The guest of an activity and what is kept to answer.
fn guest(activity: Value) -> (Guest, Value) {
    let parsed = Teams.parse(&signed(activity.to_string()), &parse_settings(&settings()).unwrap()).unwrap();
    let event = parsed.events.into_iter().next().expect("an event");
    (event.guest, event.reply_context.unwrap())
}

fn member() -> Value {
    json!({
        "id": GUEST, "objectId": "o-1", "name": "Ann Example", "givenName": "Ann", "surname": "Example",
        "email": "ann@acme.example", "userPrincipalName": "ann@corp.acme.example", "tenantId": ORGANISATION,
        "userRole": "user",
    })
}

fn look_up(activity: Value, answers: Vec<Answer>) -> (Result<Option<Profile>, SendError>, Vec<String>) {
    let (guest, context) = guest(activity);
    let (outcome, asked) = with(answers, async |io| AnyChannel::profile_in(&Teams, io, &guest, Some(&context)).await);
    (outcome, asked.into_iter().map(|(url, _)| url).collect())
}

#[test]
fn who_writes_in_a_private_chat() {
    let message = || activity("message", json!({ "text": "hello" }));
    let (found, asked) = look_up(message(), vec![token_issued(), ok(member())]);
    assert_eq!(asked, [format!("{SERVICE}v3/conversations/a%3A1xChat/members/29%3A1xGuest")]);
    let found = found.unwrap().unwrap();
    assert_eq!(found.nickname.as_deref(), Some("Ann Example"));
    assert_eq!((found.first_name.as_deref(), found.last_name.as_deref()), (Some("Ann"), Some("Example")));
    assert_eq!(found.email.as_deref(), Some("ann@acme.example"));
    let attributes: Vec<(&str, &str)> =
        found.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        attributes,
        [
            ("teamsTenantId", ORGANISATION),
            ("teamsUserEmail", "ann@acme.example"),
            ("teamsUserGivenName", "Ann"),
            ("teamsUserName", "Ann Example"),
            ("teamsUserSurname", "Example"),
        ]
    );
    for (label, answers, expected) in [
        ("who left", vec![token_issued(), refused(404, "MemberNotFoundInConversation", "no")], Ok(None)),
        ("a bot that was removed", vec![token_issued(), refused(403, "BotNotInConversationRoster", "no")], Ok(None)),
        ("down", vec![token_issued(), Ok(Response::new(503))], Err(SendErrorKind::Unavailable)),
    ] {
        assert_eq!(look_up(message(), answers).0.map_err(|error| error.kind), expected, "{label}");
    }
    let anonymous = json!({ "id": "29:x", "name": "Anonymous", "email": "", "userPrincipalName": "no-mail", "userRole": "anonymous" });
    let (found, _) = look_up(message(), vec![token_issued(), ok(anonymous)]);
    let found = found.unwrap().unwrap();
    assert_eq!((found.nickname.as_deref(), found.email), (Some("Anonymous"), None));
}

#[test]
fn who_writes_in_a_channel_and_where() {
    let mention = json!([{ "type": "mention", "text": "<at>Acme</at>", "mentioned": { "id": format!("28:{}", crate::fixture::BOT) } }]);
    let message = || activity("message", json!({ "text": "<at>Acme</at> hello", "entities": mention }));
    let channels = json!({ "conversations": [{ "id": TEAM, "name": null }, { "id": CHANNEL, "name": "Support" }] });
    let (found, asked) = look_up(
        in_channel(message()),
        vec![token_issued(), ok(member()), ok(json!({ "id": TEAM, "name": "Acme" })), ok(channels)],
    );
    let channel = "19%3Achannel%40thread.tacv2";
    assert_eq!(
        asked,
        [
            format!("{SERVICE}v3/conversations/{channel}/members/29%3A1xGuest"),
            format!("{SERVICE}v3/teams/19%3Ateam%40thread.tacv2"),
            format!("{SERVICE}v3/teams/19%3Ateam%40thread.tacv2/conversations"),
        ],
        "the thread is not part of the channel's id"
    );
    let found = found.unwrap().unwrap();
    assert_eq!(found.attributes["teamsTeamName"], "Acme");
    assert_eq!(found.attributes["teamsChannelName"], "Support");
    assert!(!found.attributes.contains_key("teamsUserEmail"), "the writer is not the conversation");
    assert_eq!(found.first_name.as_deref(), Some("Ann"));

    let mut general = in_channel(message());
    general["channelData"]["channel"] = json!({ "id": TEAM });
    let channels = json!({ "conversations": [{ "id": TEAM, "name": null }] });
    let (found, _) = look_up(general, vec![token_issued(), ok(member()), Ok(Response::new(403)), ok(channels)]);
    assert_eq!(found.unwrap().unwrap().attributes["teamsChannelName"], "General");

    let (_, asked) = look_up(in_group(message()), vec![token_issued(), ok(member())]);
    assert_eq!(asked, [format!("{SERVICE}v3/conversations/19%3Agroup%40thread.v2/members/29%3A1xGuest")]);
}

#[test]
fn of_whom_nothing_can_be_asked() {
    for guest in [Guest::person(GUEST), Guest::in_group(GROUP, None), Guest::in_group(THREAD, None)] {
        let (found, asked) = with(vec![], async |io| AnyChannel::profile(&Teams, io, &guest).await);
        assert_eq!((found, asked.len()), (Ok(None), 0), "{guest:?}");
    }
    assert!(CHAT.starts_with("a:"));
}

#[test]
fn the_credentials_are_tried() {
    let (found, _) = with(vec![token_issued()], async |io| AnyConnector::self_test(&Teams, io).await);
    let SelfTest { found, warnings } = found.unwrap();
    assert!(found.starts_with("Acme (11111111-") && found.contains("single tenant"), "{found}");
    assert!(warnings.iter().any(|warning| warning.contains("endpoint address")));
    let refusal = Ok(Response::new(401).json(&json!({ "error": "invalid_client" })));
    let (found, _) = with(vec![refusal], async |io| AnyConnector::self_test(&Teams, io).await);
    assert_eq!(found.unwrap_err().kind, SendErrorKind::Unauthorized);
}
