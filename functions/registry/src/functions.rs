//! Which Lambda functions there are: rooms paired with the engine. A binary holds all of a kind, and Lambda's handler says
//! which of them it is ([`aws::lambda::run_one_of`]).

use aws::lambda::Function;
use contract::{AnyConnector, descriptor::Descriptor};

use crate::{
    rooms::{CHANNELS, PLATFORMS},
    storages,
};

/// The shipped binaries, of the package `functions`.
const WEBHOOK: &str = "webhook";
const DELIVER: &str = "deliver";
const SCHEDULE: &str = "schedule";

/// Everything that takes webhooks.
pub fn webhooks() -> Vec<Function> {
    let channels = CHANNELS.iter().map(|room| (room.webhook)());
    channels.chain(PLATFORMS.iter().map(|room| (room.webhook)())).collect()
}

/// The channels' public pages.
pub fn pages() -> Vec<Function> {
    let pages = CHANNELS.iter().flat_map(|room| room.channel.pages().iter().map(|page| (room.id, *page)));
    pages.map(|(id, page)| engine::page_function(id, page)).collect()
}

/// Everything that takes messages from queues.
pub fn deliveries() -> Vec<Function> {
    let channels = CHANNELS.iter().map(|room| (room.deliver)());
    channels.chain(PLATFORMS.iter().map(|room| (room.deliver)())).collect()
}

/// Everything that runs every so often.
pub fn schedules() -> Vec<Function> {
    let mut functions: Vec<_> = PLATFORMS.iter().map(|room| (room.watch)()).collect();
    functions.push(attachments::purge(storages()));
    functions
}

/// The channels' and the platforms' rooms: what each is, and its functions. The infrastructure has a stack for each.
pub fn rooms() -> Vec<(&'static Descriptor, Vec<Function>)> {
    let channels = CHANNELS.iter().map(|room| {
        let pages = room.channel.pages().iter().map(|page| engine::page_function(room.id, *page).binary(WEBHOOK));
        let functions = [(room.webhook)().binary(WEBHOOK), (room.deliver)().binary(DELIVER)];
        (AnyConnector::descriptor(room.channel), functions.into_iter().chain(pages).collect())
    });
    let platforms = PLATFORMS.iter().map(|room| {
        let functions =
            [(room.webhook)().binary(WEBHOOK), (room.deliver)().binary(DELIVER), (room.watch)().binary(SCHEDULE)];
        ((room.platform)().descriptor(), functions.to_vec())
    });
    channels.chain(platforms).collect()
}

/// All of them.
pub fn functions() -> Vec<Function> {
    [webhooks(), pages(), deliveries(), schedules()].concat()
}

/// A function by its name.
pub fn function(name: &str) -> Option<Function> {
    functions().into_iter().find(|function| function.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn functions_have_names_of_their_own() {
        let functions = functions();
        let names: BTreeSet<_> = functions.iter().map(|function| function.name).collect();
        assert_eq!(names.len(), functions.len());
        for room in CHANNELS {
            for page in room.channel.pages() {
                assert!(page.name().starts_with(&format!("{}-", room.id)), "{}", page.name());
            }
        }
        assert!(function("slack-manifest").is_some() && function("attachments-purge").is_some());
        assert!(function("line").is_none());
    }
}
