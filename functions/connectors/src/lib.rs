//! All connectors: what the API validates by, what the local environment plays, what the capability matrix shows.
//!
//! Channels come from [`channels`]; a new contact-centre platform is one line here, and one in this crate's `Cargo.toml`.

mod matrix;

use std::sync::LazyLock;

use genesys_cloud::GenesysCloud;
use shared::{
    AnyChannel, AnyConnector,
    descriptor::{Descriptor, Kind},
    lambda::Function,
    storage::{StorageProvider, Storages},
};

pub use matrix::{MARKS, matrix};

static GENESYS_CLOUD: LazyLock<GenesysCloud> = LazyLock::new(GenesysCloud::default);

fn platforms() -> [&'static dyn AnyConnector; 1] {
    [&*GENESYS_CLOUD]
}

/// All channels and platforms, channels first.
pub fn all() -> Vec<&'static dyn AnyConnector> {
    let channels = channels::all().map(|channel| channel as &'static dyn AnyConnector);
    channels.chain(platforms()).collect()
}

/// A channel or platform by its id.
pub fn find(id: &str) -> Option<&'static dyn AnyConnector> {
    all().into_iter().find(|connector| connector.descriptor().id == id)
}

/// A channel by its id.
pub fn find_channel(id: &str) -> Option<&'static dyn AnyChannel> {
    channels::find(id)
}

/// A channel (or a platform) by its id.
pub fn find_kind(id: &str, kind: Kind) -> Option<&'static dyn AnyConnector> {
    find(id).filter(|connector| connector.descriptor().kind == kind)
}

/// The Lambda functions of all rooms that have a connector.
pub fn functions() -> Vec<Function> {
    let channels = channels::rooms().iter().flat_map(|room| (room.functions)());
    channels.chain(genesys_cloud::functions()).chain(attachments::functions()).collect()
}

/// Every network and platform, played by us.
#[cfg(feature = "simulator")]
pub fn simulators() -> Vec<std::sync::Arc<dyn simulation::Simulator>> {
    let mut simulators: Vec<_> = channels::rooms().iter().map(|room| (room.simulator)()).collect();
    simulators.push(std::sync::Arc::new(genesys_cloud::GenesysCloudSimulator::default()));
    simulators
}

/// The storages.
pub fn storages() -> &'static dyn Storages {
    attachments::storages()
}

/// A provider of storages by its id.
pub fn find_storage(id: &str) -> Option<&'static dyn StorageProvider> {
    storages().providers().iter().copied().find(|provider| provider.descriptor().id == id)
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

    #[test]
    fn lists_hold_what_they_say() {
        for channel in channels::all() {
            assert_eq!(AnyConnector::descriptor(channel).kind, Kind::Channel);
        }
        for connector in all() {
            let descriptor = connector.descriptor();
            assert_eq!(find(descriptor.id).unwrap().descriptor().id, descriptor.id);
            assert_eq!(find_kind(descriptor.id, Kind::Storage).map(|found| found.descriptor().id), None);
        }
        assert!(find("carrier-pigeon").is_none());
    }

    /// What must hold for every channel is said once, in `shared::testing`, and shown by each room's tests.
    #[test]
    fn every_channel_runs_the_common_suite() {
        for channel in channels::all() {
            let id = AnyConnector::descriptor(channel).id;
            let room = format!("{}/../{id}/tests", env!("CARGO_MANIFEST_DIR"));
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
