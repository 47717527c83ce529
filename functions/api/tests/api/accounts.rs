//! An account of a network that names only the account belongs to one tenant.

use contract::TenantId;
use serde_json::{Value, json};

use crate::world::{Answer, Call, World};

const PATH: &str = "/api/v1/tenants";
const POINTER: &str = "/messaging/settings/businessId";
/// Another business than the simulator's.
const OTHER: &str = "0c3d6f1e-1111-4222-8333-444455556666";

fn path_of(tenant: &Value) -> String {
    format!("{PATH}/{}", tenant["id"].as_str().unwrap())
}

async fn holder(world: &World, account: &str) -> Option<TenantId> {
    world.context.configuration.account_holder("apple-messages", &account.to_lowercase()).await.unwrap()
}

fn is_taken(answer: Answer) {
    let answer = answer.expect(409);
    assert_eq!(answer.json()["type"], "urn:um:problem:account-taken");
    assert_eq!(answer.faults()[0].0, POINTER);
}

#[tokio::test]
async fn an_account_is_one_tenants() {
    let world = World::new().await;
    let document = |name: &str| world.tenant_on("apple-messages", name);
    let business = document("")["messaging"]["settings"]["businessId"].as_str().unwrap().to_owned();
    let acme = world.create(&document("Acme")).await;
    let id = |tenant: &Value| TenantId::parse(tenant["id"].as_str().unwrap());
    assert_eq!(holder(&world, &business).await, id(&acme));

    // Another cannot have it, in whatever case it is written; nothing is stored.
    let mut second = document("Second");
    second["messaging"]["settings"]["businessId"] = business.to_uppercase().into();
    for path in [PATH.to_owned(), format!("{PATH}?dryRun=true")] {
        let refused = world.call(Call::post(&path, &second)).await;
        assert!(refused.text.contains("Acme"), "{}", refused.text);
        is_taken(refused);
    }
    assert_eq!(world.call(Call::get(PATH)).await.json().as_array().unwrap().len(), 1);
    // Not by changing its settings, nor by being switched on.
    second["messaging"]["settings"]["businessId"] = OTHER.into();
    let second = world.create(&second).await;
    let take = json!({"messaging": {"settings": {"businessId": business}}});
    is_taken(world.call(Call::patch(&path_of(&second), &take)).await);
    is_taken(world.call(Call::patch(&format!("{}?dryRun=true", path_of(&second)), &take)).await);
    let mut off = document("Off");
    off["enabled"] = json!(false);
    let off = world.create(&off).await;
    is_taken(world.call(Call::patch(&path_of(&off), &json!({"enabled": true}))).await);
    assert_eq!((holder(&world, &business).await, holder(&world, OTHER).await), (id(&acme), id(&second)));
    assert_eq!(world.call(Call::get(&path_of(&second))).await.json(), second);

    // Trying does not claim, and what is not saved leaves no claim.
    let third = "1d4e7a2f-1111-4222-8333-444455556666";
    let moved = json!({"messaging": {"settings": {"businessId": third}}});
    world.call(Call::patch(&format!("{}?dryRun=true", path_of(&acme)), &moved)).await.expect(200);
    assert_eq!(holder(&world, third).await, None);
    let mut unsaved = document("ACME");
    unsaved["messaging"]["settings"]["businessId"] = third.into();
    world.call(Call::post(PATH, &unsaved)).await.expect(409);
    let mut renamed = moved.clone();
    renamed["name"] = "Second".into();
    world.call(Call::patch(&path_of(&acme), &renamed)).await.expect(409);
    assert_eq!((holder(&world, third).await, holder(&world, &business).await), (None, id(&acme)));

    // It moves with the tenant's settings, and is free for another then.
    world.call(Call::patch(&path_of(&acme), &moved)).await.expect(200);
    assert_eq!((holder(&world, third).await, holder(&world, &business).await), (id(&acme), None));
    world.call(Call::patch(&path_of(&second), &take)).await.expect(200);
    assert_eq!((holder(&world, OTHER).await, holder(&world, &business).await), (None, id(&second)));
    // Another channel: the account is nobody's.
    world.call(Call::put(&path_of(&second), &world.tenant("Second"))).await.expect(200);
    assert_eq!(holder(&world, &business).await, None);
    // So it is with a tenant that is gone.
    world.call(Call::delete(&path_of(&acme))).await.expect(204);
    assert_eq!(holder(&world, third).await, None);
    world.call(Call::patch(&path_of(&off), &json!({"enabled": true}))).await.expect(200);
    assert_eq!(holder(&world, &business).await, id(&off));
}

#[tokio::test]
async fn of_two_at_once_one_has_it() {
    let world = World::new().await;
    let create = async |name: &str| {
        let document = world.tenant_on("apple-messages", name);
        world.call(Call::post(PATH, &document)).await
    };
    let (one, two) = tokio::join!(create("One"), create("Two"));
    let works = |answer: &Answer| answer.status == 201 && answer.json()["messaging"]["status"]["state"] != "failed";
    assert_eq!([one, two].iter().filter(|answer| works(answer)).count(), 1);
}
