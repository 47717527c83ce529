//! The one list of all rooms: what the functions are, what the API validates by, what the local environment plays, what the
//! capability matrix shows.
//!
//! Rooms know nothing of each other and of what they are deployed as; here they are paired with the engine. A new one is one
//! line in `rooms.rs`, and one in this crate's `Cargo.toml`.

mod functions;
mod matrix;
mod rooms;
mod storages;

use contract::{
    AnyChannel, AnyConnector,
    descriptor::{Descriptor, Kind},
};

use self::rooms::{CHANNELS, PLATFORMS};
pub use self::{
    functions::{deliveries, function, functions, pages, rooms, schedules, webhooks},
    matrix::{MARKS, matrix},
    storages::{find_storage, storages},
};

/// All channels.
fn channels() -> impl Iterator<Item = &'static dyn AnyChannel> {
    CHANNELS.iter().map(|room| room.channel)
}

/// All channels and platforms, channels first.
pub fn all() -> Vec<&'static dyn AnyConnector> {
    let channels = channels().map(|channel| channel as &'static dyn AnyConnector);
    channels.chain(PLATFORMS.iter().map(|room| (room.platform)())).collect()
}

/// A channel or platform by its id.
pub fn find(id: &str) -> Option<&'static dyn AnyConnector> {
    all().into_iter().find(|connector| connector.descriptor().id == id)
}

/// A channel by its id.
pub fn find_channel(id: &str) -> Option<&'static dyn AnyChannel> {
    CHANNELS.iter().find(|room| room.id == id).map(|room| room.channel)
}

/// A channel (or a platform) by its id.
pub fn find_kind(id: &str, kind: Kind) -> Option<&'static dyn AnyConnector> {
    find(id).filter(|connector| connector.descriptor().kind == kind)
}

/// Every network and platform, played by us.
#[cfg(feature = "simulator")]
pub fn simulators() -> Vec<std::sync::Arc<dyn simulation::Simulator>> {
    let networks = CHANNELS.iter().map(|room| (room.simulator)());
    networks.chain(PLATFORMS.iter().map(|room| (room.simulator)())).collect()
}

/// What every connector is and can do: channels, platforms, storages.
pub fn descriptors() -> Vec<&'static Descriptor> {
    let storages = storages().providers().iter().map(|provider| provider.descriptor());
    all().into_iter().map(|connector| connector.descriptor()).chain(storages).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_and_paths_tell_connectors_apart() {
        let descriptors = descriptors();
        let ids: BTreeSet<_> = descriptors.iter().map(|descriptor| descriptor.id).collect();
        assert_eq!(ids.len(), descriptors.len());
        let paths: Vec<_> = descriptors.iter().filter(|descriptor| descriptor.kind != Kind::Storage).collect();
        let distinct: BTreeSet<_> = paths.iter().map(|descriptor| descriptor.path).collect();
        assert_eq!(distinct.len(), paths.len());
        for descriptor in paths {
            assert!(descriptor.path.starts_with('/') && descriptor.path.len() > 1, "{}", descriptor.id);
        }
    }

    /// Functions are named after the ids in the list.
    #[test]
    fn ids_are_the_rooms_own() {
        for room in CHANNELS {
            assert_eq!(AnyConnector::descriptor(room.channel).id, room.id);
        }
        for room in PLATFORMS {
            let id = (room.platform)().descriptor().id;
            assert_eq!((room.webhook)().name, format!("{id}-webhook"));
        }
    }

    #[test]
    fn lists_hold_what_they_say() {
        for channel in channels() {
            assert_eq!(AnyConnector::descriptor(channel).kind, Kind::Channel);
        }
        for connector in all() {
            let descriptor = connector.descriptor();
            assert_eq!(find(descriptor.id).unwrap().descriptor().id, descriptor.id);
            assert_eq!(find_kind(descriptor.id, Kind::Storage).map(|found| found.descriptor().id), None);
        }
        assert!(find("carrier-pigeon").is_none());
    }

    /// What must hold for every channel is said once, in `conformance`, and shown by each room's tests.
    #[test]
    fn every_channel_runs_the_common_suite() {
        for channel in channels() {
            let id = AnyConnector::descriptor(channel).id;
            let room = format!("{}/../channels/{id}/tests", env!("CARGO_MANIFEST_DIR"));
            let runs = std::fs::read_dir(&room).unwrap().any(|entry| {
                let suite = std::fs::read_to_string(entry.unwrap().path().join("suite.rs"));
                suite.is_ok_and(|text| text.contains("\n    channel_suite(&Fixture);\n"))
            });
            assert!(runs, "{id}");
        }
    }

    /// The account must be recognisable from the settings, or two tenants that share it cannot be told.
    #[test]
    fn account_settings_are_settings() {
        for connector in all() {
            let schema = serde_json::to_value(connector.settings_schema()).unwrap();
            for name in connector.descriptor().account_settings {
                assert!(schema["properties"][name].is_object(), "{} has no setting {name}", connector.descriptor().id);
            }
        }
    }
}
