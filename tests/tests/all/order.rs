//! Faults hold up the conversation they happen in, and no other; and never change its order.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::json;
use tests::{Behaviour, Platform, Random, Received, line, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_messages_arrive_in_order_while_genesys_fails() {
    let platform = Platform::with(&[("UM_DELIVERY_ATTEMPTS", "50")]).await;
    let tenant = platform.tenant("acme").await;
    let unlucky = line::user("unlucky");
    let random = Mutex::new(Random::new(20));
    let met = Arc::new(Mutex::new(BTreeSet::new()));
    let (of, met_by) = (unlucky.clone(), met.clone());
    platform.genesys.script(move |request| {
        if request.json()["channel"]["from"]["id"] != of.as_str() {
            return Behaviour::Take;
        }
        let luck = random.lock().unwrap().below(100);
        met_by.lock().unwrap().insert(luck.min(40) / 10);
        match luck {
            0..10 => Behaviour::status(500),
            10..20 => Behaviour::Answer(429, Some(1), json!({ "message": "rate limit exceeded", "status": 429 })),
            20..30 => Behaviour::Hang(Duration::from_secs(3)),
            30..40 => Behaviour::Drop,
            _ => Behaviour::Take,
        }
    });

    let begun = Instant::now();
    let numbered: Vec<String> = (1..=20).map(|number| number.to_string()).collect();
    for text in &numbered {
        platform.line(&tenant, &[line::text(&unlucky, text)]).await;
    }
    let others: Vec<String> = (0..50).map(|number| line::user(&format!("other {number}"))).collect();
    join_all(others.iter().map(|guest| async {
        platform.line(&tenant, &[line::text(guest, guest)]).await;
    }))
    .await;
    let of = |guest: &str| {
        let mut messages = platform.genesys.messages();
        messages.retain(|message| message.json()["channel"]["from"]["id"] == guest);
        messages
    };
    let posted = Instant::now();
    until("the messages of all others", 20, || others.iter().all(|guest| of(guest).len() == 1).then_some(())).await;
    let waited = posted.elapsed();
    until("all twenty", 90, || (of(&unlucky).len() >= 20).then_some(())).await;
    println!("50 others after {waited:?}; 20 in {:?}, meeting {:?}", begun.elapsed(), met.lock().unwrap());

    platform.rest(10).await;
    let texts: Vec<String> =
        of(&unlucky).iter().map(|message| message.json()["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, numbered);
    let mut tries = platform.genesys.received_at("/inbound/open/message");
    tries.retain(|message| message.json()["channel"]["from"]["id"] == unlucky.as_str());
    let number = |message: &Received| message.json()["text"].as_str().unwrap().parse::<u32>().unwrap();
    for pair in tries.windows(2) {
        assert!(number(&pair[0]) <= number(&pair[1]), "none is tried before the one ahead of it is through");
        let rest = pair[1].at - pair[0].at;
        assert!(pair[0].status != Some(429) || rest >= Duration::from_secs(1), "Retry-After is obeyed: {rest:?}");
    }
    let twentieth = of(&unlucky).pop().unwrap().at;
    assert!(twentieth > begun + Duration::from_secs(3), "faults were met");
    assert_eq!(*met.lock().unwrap(), BTreeSet::from([0, 1, 2, 3, 4]), "each fault was met");
    assert!(others.iter().all(|guest| of(guest)[0].at < twentieth), "others did not wait");
    assert_eq!(platform.genesys.messages().len(), 70);
}
