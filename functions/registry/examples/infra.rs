//! Writes what is generated of the infrastructure from what the rooms say of their functions.
//!
//! ```sh
//! cargo run -p registry --example infra
//! ```
//!
//! What it writes is committed; the test below fails when it differs.
#![allow(clippy::print_stdout)]

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use aws::lambda::Function;
use contract::{
    Grant, Purpose, Setting,
    descriptor::{Descriptor, Kind},
};
use infra_template::{Route, generate};

fn infra() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra"))
}

/// The rooms as plain data.
fn rooms() -> Vec<generate::Room> {
    registry::rooms().into_iter().map(|(descriptor, functions)| room(descriptor, &functions)).collect()
}

fn room(descriptor: &Descriptor, functions: &[Function]) -> generate::Room {
    generate::Room {
        id: descriptor.id.to_owned(),
        name: descriptor.name.to_owned(),
        side: if descriptor.kind == Kind::CxPlatform { generate::Side::Platform } else { generate::Side::Channel },
        path: descriptor.path.to_owned(),
        functions: functions.iter().map(described).collect(),
    }
}

fn described(function: &Function) -> generate::Described {
    let of = &function.deployment;
    let route = |(method, path): &(&str, &str)| Route { method: (*method).to_owned(), path: (*path).to_owned() };
    generate::Described {
        name: function.name.to_owned(),
        binary: of.binary.unwrap_or(function.name).to_owned(),
        description: of.description.map(str::to_owned),
        purpose: match of.purpose {
            Purpose::Webhook => generate::Purpose::Webhook,
            Purpose::Deliver => generate::Purpose::Deliver,
            Purpose::Watch => generate::Purpose::Watch,
            Purpose::Page => generate::Purpose::Page,
        },
        routes: of.routes.iter().map(route).collect(),
        timeout: of.timeout,
        memory: of.memory,
        grants: of.grants.iter().copied().map(grant).collect(),
        settings: of.settings.iter().map(setting).collect(),
        schedule: of.schedule.map(str::to_owned),
    }
}

fn grant(grant: Grant) -> generate::Grant {
    match grant {
        Grant::Tokens => generate::Grant::Tokens,
        Grant::Registrations => generate::Grant::Registrations,
        Grant::OutgoingRequests => generate::Grant::OutgoingRequests,
    }
}

fn setting(setting: &Setting) -> generate::Setting {
    generate::Setting {
        variable: setting.variable.to_owned(),
        parameter: setting.parameter.to_owned(),
        secret: setting.secret,
    }
}

/// Everything that is generated, by its path below `infra`.
fn files() -> io::Result<BTreeMap<String, String>> {
    let rooms = rooms();
    let root = fs::read_to_string(infra().join("template.yaml"))?;
    let root = generate::root(&root, &rooms).map_err(io::Error::other)?;
    let nested = rooms.iter().map(|room| (generate::path(room), generate::nested(room, &rooms)));
    Ok(nested.chain([("template.yaml".to_owned(), root)]).collect())
}

/// What lies in `infra` of it.
fn committed() -> io::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::from([("template.yaml".to_owned(), fs::read_to_string(infra().join("template.yaml"))?)]);
    for entry in fs::read_dir(infra().join("connectors"))? {
        let entry = entry?;
        let name = format!("connectors/{}", entry.file_name().to_string_lossy());
        found.insert(name, fs::read_to_string(entry.path())?);
    }
    Ok(found)
}

fn main() -> io::Result<()> {
    let files = files()?;
    let stale = committed()?;
    for name in stale.keys().filter(|name| !files.contains_key(*name)) {
        fs::remove_file(infra().join(name))?;
        println!("removed  infra/{name}");
    }
    for (name, text) in files {
        if stale.get(&name) != Some(&text) {
            fs::write(infra().join(&name), text)?;
            println!("written  infra/{name}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_committed_is_what_would_be_written() {
        let (files, committed) = (files().unwrap(), committed().unwrap());
        let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&committed), names(&files), "cargo run -p registry --example infra");
        for (name, text) in files {
            let same = committed[&name] == text;
            assert!(same, "infra/{name} is not what the rooms say now: cargo run -p registry --example infra");
        }
    }
}
