//! Which crate may depend on which, read from the manifests: an arrow goes one way, and nobody sees more than it needs.
#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A crate of the workspace.
#[derive(Default)]
struct Manifest {
    /// Its folder, from the workspace's root.
    folder: String,
    /// What it is built of; optional ones only with the feature that asks for them.
    required: BTreeSet<String>,
    optional: BTreeSet<String>,
    /// What its tests are built of besides. Itself, with another feature, does not count.
    tests: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// As much of a manifest as is needed: `name.workspace = true` and `name = { … }`, a dependency a line.
fn read(folder: &str, text: &str) -> (String, Manifest) {
    let mut manifest = Manifest { folder: folder.to_owned(), ..Manifest::default() };
    let (mut section, mut package) = ("", String::new());
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let name = key.split('.').next().unwrap().trim().to_owned();
        match section {
            "[package]" if name == "name" => package = value.trim().trim_matches('"').to_owned(),
            "[dependencies]" | "[build-dependencies]" if value.contains("optional = true") => {
                manifest.optional.insert(name);
            }
            "[dependencies]" | "[build-dependencies]" => {
                manifest.required.insert(name);
            }
            "[dev-dependencies]" if !value.contains("path = \".\"") => {
                manifest.tests.insert(name);
            }
            _ => {}
        }
    }
    (package, manifest)
}

/// All crates of the workspace, by package.
fn workspace() -> BTreeMap<String, Manifest> {
    fn look(folder: &Path, at: &str, found: &mut BTreeMap<String, Manifest>) {
        if let Ok(text) = fs::read_to_string(folder.join("Cargo.toml"))
            && !at.is_empty()
        {
            found.extend([read(at, &text)]);
        }
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() && !matches!(name.as_str(), "src" | "target" | "node_modules" | "website") {
                look(&entry.path(), format!("{at}/{name}").trim_start_matches('/'), found);
            }
        }
    }
    let mut found = BTreeMap::new();
    for folder in ["shared", "functions", "infra", "tests", "cli"] {
        look(&root().join(folder), folder, &mut found);
    }
    assert!(found.contains_key("line") && found.contains_key("contract"), "{:?}", found.keys());
    found
}

/// The kind of room a crate is; none when it is no room.
fn kind(manifest: &Manifest) -> Option<&str> {
    let kind = manifest.folder.strip_prefix("functions/")?.split_once('/')?.0;
    matches!(kind, "channels" | "platforms" | "storages" | "notifiers" | "services").then_some(kind)
}

/// What breaks the rules.
fn faults(crates: &BTreeMap<String, Manifest>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut only = |who: &str, what: &str, found: &BTreeSet<String>, allowed: &[&str]| {
        let ours = found.iter().filter(|name| crates.contains_key(*name));
        let wrong = ours.filter(|name| !allowed.contains(&name.as_str()));
        faults.extend(wrong.map(|name| format!("{who}: {what} {name}, and may on {allowed:?} only")));
    };
    for (name, manifest) in crates {
        match kind(manifest) {
            Some("channels") => {
                only(name, "depends on", &manifest.required, &["contract", "compose", "media", "pages"]);
                only(name, "depends optionally on", &manifest.optional, &["simulation"]);
                only(name, "is tested with", &manifest.tests, &["compose", "conformance", "simulation"]);
            }
            Some("platforms") => {
                only(name, "depends on", &manifest.required, &["contract", "compose", "media"]);
                only(name, "depends optionally on", &manifest.optional, &["simulation"]);
                only(name, "is tested with", &manifest.tests, &["compose", "conformance", "simulation"]);
            }
            Some(_) => only(name, "depends on", &manifest.required, &["contract", "compose", "media", "aws"]),
            None => {}
        }
        match name.as_str() {
            "contract" => only(name, "depends on", &manifest.required, &[]),
            "compose" | "media" | "pages" | "conformance" | "simulation" => {
                only(name, "depends on", &manifest.required, &["contract", "compose"]);
            }
            "aws" => only(name, "depends on", &manifest.required, &["contract", "media"]),
            "engine" => only(name, "depends on", &manifest.required, &["aws", "contract", "media", "compose"]),
            _ => {}
        }
    }
    for (name, manifest) in crates {
        let of = [&manifest.required, &manifest.optional, &manifest.tests];
        let all = || of.into_iter().flatten();
        if matches!(kind(manifest), Some("channels" | "platforms")) {
            let heavy = |it: &&String| {
                let it = it.as_str();
                matches!(it, "tokio" | "reqwest" | "hyper" | "axum" | "lambda_runtime" | "aws_lambda_events")
                    || (it.starts_with("aws-") && it != "aws-lc-rs")
            };
            faults.extend(manifest.required.iter().filter(heavy).map(|it| format!("{name}: depends on {it}")));
        }
        let is_room = |it: &&String| crates.get(*it).is_some_and(|it| kind(it).is_some());
        if kind(manifest).is_some() {
            faults.extend(all().filter(is_room).map(|room| format!("{name}: depends on the room {room}")));
        }
        let sees_all = all().any(|it| it == "registry");
        let may = ["functions/bin", "functions/api", "infra/local", "infra/template", "tests", "tests/bench"];
        if sees_all && !may.contains(&manifest.folder.as_str()) {
            faults.push(format!("{name}: depends on registry"));
        }
    }
    faults
}

#[test]
fn arrows_go_one_way() {
    assert_eq!(faults(&workspace()), Vec::<String>::new());
}

#[test]
fn a_wrong_arrow_is_noticed() {
    for (package, dependency, words) in [
        ("line", "aws.workspace = true", "line: depends on aws"),
        ("line", "tokio.workspace = true", "line: depends on tokio"),
        ("line", "aws-sdk-s3 = \"1\"", "line: depends on aws-sdk-s3"),
        ("line", "engine = { workspace = true, optional = true }", "line: depends optionally on engine"),
        ("slack", "s3.workspace = true", "slack: depends on the room s3"),
        ("genesys-cloud", "registry.workspace = true", "genesys-cloud: depends on registry"),
        ("engine", "pages.workspace = true", "engine: depends on pages"),
        ("contract", "media.workspace = true", "contract: depends on media"),
    ] {
        let mut crates = workspace();
        let folder = crates[package].folder.clone();
        let text = fs::read_to_string(root().join(&folder).join("Cargo.toml")).unwrap();
        let text = text.replacen("[dependencies]\n", &format!("[dependencies]\n{dependency}\n"), 1);
        crates.extend([read(&folder, &text)]);
        let faults = faults(&crates);
        assert!(faults.iter().any(|fault| fault.starts_with(words)), "{package} + {dependency}: {faults:?}");
    }
}
