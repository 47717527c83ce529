//! Conversations: lists by tenant, state and time, and one with its messages.

use std::time::Duration;

use serde_json::{Value, json};
use shared::{
    ConversationId, GuestId, TenantId,
    store::{Conversation, ConversationState},
};
use simulation::Simulator;

use crate::world::{Call, World};

const PATH: &str = "/api/v1/conversations";

/// Puts a conversation there, a second after the one before.
async fn talk(world: &World, tenant: &str, guest: &str, state: ConversationState) -> String {
    world.clock.advance(Duration::from_secs(1));
    let (tenant, guest, now) = (TenantId::from(tenant), GuestId::from(guest), world.context.now());
    let conversation = Conversation {
        id: ConversationId::of(&tenant, "line", &guest),
        channel: "line".to_owned(),
        platform: "genesys-cloud".to_owned(),
        state,
        opened_at: now,
        last_activity_at: now,
        platform_conversation_id: None,
        profile: None,
        reply_context: None,
        question: None,
        tenant,
        guest,
    };
    let store = &world.context.conversations;
    store.commit(vec![store.saving(&conversation, Duration::ZERO, false).unwrap()]).await.unwrap();
    format!("{}.{}", conversation.tenant, conversation.id)
}

async fn pages(world: &World, query: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut path = format!("{PATH}?{query}");
    loop {
        let answer = world.call(Call::get(&path)).await.expect(200);
        let guests = answer.json();
        let guests = guests.as_array().unwrap().iter().map(|it| it["guestId"].as_str().unwrap().to_owned());
        pages.push(guests.collect());
        let Some(link) = answer.headers.get("link") else { return pages };
        path = link[1..link.find('>').unwrap()].to_owned();
        assert!(pages.len() < 20, "{pages:?}");
    }
}

#[tokio::test]
async fn lists() {
    use ConversationState::{Closed, Open};
    let world = World::new().await;
    let began = world.context.now();
    for (guest, state) in [("U1", Open), ("U2", Closed), ("U3", Open), ("U4", Open), ("U5", Closed)] {
        talk(&world, "t-1", guest, state).await;
    }
    talk(&world, "t-2", "U9", Open).await;
    let third = (began + Duration::from_secs(3)).to_string();
    for (label, query, expected) in [
        ("all", "tenantId=t-1".to_owned(), vec![vec!["U5", "U4", "U3", "U2", "U1"]]),
        ("open", "tenantId=t-1&state=open".to_owned(), vec![vec!["U4", "U3", "U1"]]),
        ("closed", "tenantId=t-1&state=closed".to_owned(), vec![vec!["U5", "U2"]]),
        ("another tenant's", "tenantId=t-2".to_owned(), vec![vec!["U9"]]),
        ("nobody's", "tenantId=t-3".to_owned(), vec![vec![]]),
        ("pages", "tenantId=t-1&limit=2".to_owned(), vec![vec!["U5", "U4"], vec!["U3", "U2"], vec!["U1"]]),
        ("pages of one", "tenantId=t-1&limit=1&state=open".to_owned(), vec![vec!["U4"], vec!["U3"], vec!["U1"]]),
        ("a full last page", "tenantId=t-1&limit=5".to_owned(), vec![vec!["U5", "U4", "U3", "U2", "U1"]]),
        ("the oldest first", "tenantId=t-1&sort=lastActivityAt".to_owned(), vec![vec!["U1", "U2", "U3", "U4", "U5"]]),
        (
            "pages from the oldest",
            "tenantId=t-1&sort=lastActivityAt&limit=2".to_owned(),
            vec![vec!["U1", "U2"], vec!["U3", "U4"], vec!["U5"]],
        ),
        ("the newest first", "tenantId=t-1&sort=-lastActivityAt&state=closed".to_owned(), vec![vec!["U5", "U2"]]),
        ("since", format!("tenantId=t-1&from={third}"), vec![vec!["U5", "U4", "U3"]]),
        ("until", format!("tenantId=t-1&to={third}"), vec![vec!["U3", "U2", "U1"]]),
        ("then", format!("tenantId=t-1&from={third}&to={third}&state=open"), vec![vec!["U3"]]),
    ] {
        assert_eq!(pages(&world, &query).await, expected, "{label}");
    }
    for (query, part) in [
        ("", "tenantId"),
        ("tenantId=a%23b", "tenantId"),
        ("tenantId=t-1&state=asleep", "state"),
        ("tenantId=t-1&limit=0", "limit"),
        ("tenantId=t-1&sort=openedAt", "sort"),
        ("tenantId=t-1&from=yesterday", "from"),
        ("tenantId=t-1&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        ("tenantId=t-1&cursor=nonsense", "cursor"),
        ("tenantId=t-1&cursor=eyJvcGVuIjpbIngiLCIyMDI2LTAxLTAxVDAwOjAwOjAwWiJdfQ", "cursor"),
    ] {
        let answer = world.call(Call::get(&format!("{PATH}?{query}"))).await.expect(400);
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{query}: {}", answer.text);
    }
    world.send(Call::get(&format!("{PATH}?tenantId=t-1"))).await.expect(401);
    world.demote("viewer").await;
    world.call(Call::get(&format!("{PATH}?tenantId=t-1"))).await.expect(200);
}

#[tokio::test]
async fn one_with_its_messages() {
    let world = World::new().await;
    let tenant = world.ivr("Acme").await;
    let guest = world.line.guest_id(1);
    let id = talk(&world, &tenant, &guest, ConversationState::Open).await;
    let path = format!("{PATH}/{id}");
    let shown = world.call(Call::get(&path)).await.expect(200).json();
    assert_eq!((&shown["id"], &shown["guestId"], &shown["state"]), (&json!(id), &json!(guest), &json!("open")));
    assert_eq!((&shown["deliveries"], &shown["channel"]), (&json!([]), &json!("line")));

    let mut ids = Vec::new();
    for text in ["one", "two"] {
        world.clock.advance(Duration::from_secs(1));
        ids.extend(world.post(&json!({"tenantId": tenant, "userId": guest, "message": text})).await);
    }
    world.deliver().await;
    ids.extend(world.post(&json!({"tenantId": tenant, "userId": guest, "message": "three"})).await);
    let shown = world.call(Call::get(&path)).await.expect(200).json();
    let told = |name: &str| -> Vec<Value> {
        shown["deliveries"].as_array().unwrap().iter().map(|delivery| delivery[name].clone()).collect()
    };
    let mut states: Vec<String> = told("state").iter().map(ToString::to_string).collect();
    states.sort();
    assert_eq!(states, ["\"delivered\"", "\"delivered\"", "\"queued\""]);
    let mut known: Vec<String> = told("id").iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    assert_eq!(known[2], ids[0], "the oldest is the last");
    known.sort();
    ids.sort();
    assert_eq!(known, ids);
    assert!(told("log").iter().all(Value::is_null));

    let gone = format!("{tenant}.{}", "a".repeat(40));
    for bad in [gone.as_str(), "x", "%FF", "a.b"] {
        world.call(Call::get(&format!("{PATH}/{bad}"))).await.expect(404);
    }
    world.send(Call::get(&path)).await.expect(401);
}
