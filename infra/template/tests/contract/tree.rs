//! Binaries ↔ functions of the template ↔ sample events, one to one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::subject::{Subject, assert_none};

/// What lies in the folders.
#[derive(Clone, Default)]
struct Tree {
    binaries: BTreeSet<String>,
    /// Sample events by folder: file name and content.
    events: BTreeMap<String, Vec<(String, String)>>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace").to_owned()
}

pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    paths.sort();
    paths
}

/// The folders of the crates below one of the workspace's folders.
pub(crate) fn crates(folder: &str) -> Vec<PathBuf> {
    fn find(folder: PathBuf, found: &mut Vec<PathBuf>) {
        for path in entries(&folder).into_iter().filter(|path| path.is_dir() && !path.ends_with("src")) {
            find(path, found);
        }
        if folder.join("Cargo.toml").is_file() {
            found.push(folder);
        }
    }
    let mut found = Vec::new();
    find(root().join(folder), &mut found);
    found
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

impl Tree {
    fn real() -> Self {
        let mut tree = Self::default();
        for room in crates("functions") {
            tree.binaries.extend(entries(&room.join("src/bin")).iter().map(|path| name(path)));
            let manifest = fs::read_to_string(room.join("Cargo.toml")).unwrap_or_default();
            for section in manifest.split("[[bin]]").skip(1) {
                let named = section.lines().find_map(|line| line.trim().strip_prefix("name = "));
                tree.binaries.extend(named.map(|name| name.trim_matches('"').to_owned()));
            }
        }
        for folder in entries(&root().join("events")).into_iter().filter(|path| path.is_dir()) {
            let files = entries(&folder).into_iter().filter(|path| path.extension().is_some_and(|end| end == "json"));
            let files = files.map(|path| (name(&path), fs::read_to_string(&path).unwrap_or_default()));
            tree.events.insert(name(&folder), files.collect());
        }
        tree
    }
}

fn binary_faults(subject: &Subject, tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut seen, mut used) = (BTreeMap::new(), BTreeSet::new());
    for function in subject.functions() {
        let (id, name, binary) = (&function.logical_id, &function.name, &function.binary);
        if !tree.binaries.contains(binary) {
            faults.push(format!("{id} of the template has no binary src/bin/{binary}.rs"));
        }
        used.insert(binary);
        if let Some(other) = seen.insert(name, id) {
            faults.push(format!("{id} and {other} of the template are both the function {name}"));
        }
        // Relative to the template it stands in.
        let (property, up) =
            if subject.template.resource(id).is_some() { ("CodeUri", "..") } else { ("Code", "../..") };
        let expected = format!("{up}/target/lambda/{binary}/");
        if subject.property(id, property) != &*expected {
            faults.push(format!("{id}: {property} should be {expected}, where `cargo lambda build` puts it"));
        }
        if !function.function_name.ends_with(&format!("-{name}")) {
            faults.push(format!("{id}: FunctionName {} should end in its name {name}", function.function_name));
        }
    }
    let unused = tree.binaries.iter().filter(|binary| !used.contains(binary));
    faults.extend(unused.map(|binary| format!("the binary {binary} is no function of the template")));
    faults
}

fn event_faults(subject: &Subject, tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for function in subject.functions() {
        match tree.events.get(&function.name).map(Vec::as_slice) {
            None | Some([]) => faults.push(format!("there is no sample event events/{}/*.json", function.name)),
            Some(files) => {
                let broken = files.iter().filter(|(_, text)| serde_json::from_str::<serde_json::Value>(text).is_err());
                faults.extend(broken.map(|(file, _)| format!("events/{}/{file}.json is not JSON", function.name)));
            }
        }
    }
    let unknown = tree.events.keys().filter(|folder| subject.stack.function(folder).is_none());
    faults.extend(unknown.map(|folder| format!("events/{folder} belongs to no function of the template")));
    faults
}

/// A tree as it should be for a template.
fn fitting(subject: &Subject) -> Tree {
    let names = subject.functions().iter().map(|function| function.name.clone());
    Tree {
        binaries: subject.functions().iter().map(|function| function.binary.clone()).collect(),
        events: names.map(|name| (name, vec![("sample".to_owned(), "{}".to_owned())])).collect(),
    }
}

#[test]
fn every_function_is_a_binary_and_every_binary_a_function() {
    assert_none("binaries and template differ", &binary_faults(&Subject::real(), &Tree::real()));
}

#[test]
fn every_function_has_sample_events() {
    assert_none("sample events and template differ", &event_faults(&Subject::real(), &Tree::real()));
}

#[test]
fn differing_binaries_are_noticed() {
    let subject = Subject::real();
    assert_none("a fitting tree", &binary_faults(&subject, &fitting(&subject)));
    let mut without = fitting(&subject);
    without.binaries.remove("webhook");
    assert!(
        binary_faults(&subject, &without)
            .iter()
            .any(|fault| fault.contains("LineWebhook of the template has no binary"))
    );
    let mut more = fitting(&subject);
    more.binaries.insert("fax-webhook".to_owned());
    assert!(binary_faults(&subject, &more)[0].contains("fax-webhook is no function"));
    for (piece, replacement, words) in [
        ("Handler: line-webhook", "Handler: line-deliver", "are both the function line-deliver"),
        ("../../target/lambda/webhook/", "../../target/webhook/", "Code should be"),
        ("../target/lambda/api/", "../../target/lambda/api/", "CodeUri should be"),
        ("um-${Environment}-line-webhook\n", "um-${Environment}-line\n", "should end in its name"),
    ] {
        let broken = Subject::broken(piece, replacement);
        let faults = binary_faults(&broken, &fitting(&broken));
        assert!(faults.iter().any(|fault| fault.contains(words)), "{replacement}: {faults:?}");
    }
}

#[test]
fn differing_events_are_noticed() {
    let subject = Subject::real();
    assert_none("a fitting tree", &event_faults(&subject, &fitting(&subject)));
    type Breaking = fn(&mut Tree);
    let cases: [(Breaking, &str); 4] = [
        (|tree| drop(tree.events.remove("line-webhook")), "no sample event events/line-webhook/*.json"),
        (|tree| drop(tree.events.insert("line-webhook".into(), vec![])), "no sample event events/line-webhook/*.json"),
        (|tree| drop(tree.events.insert("fax-webhook".into(), vec![])), "events/fax-webhook belongs to no function"),
        (
            |tree| drop(tree.events.insert("line-webhook".into(), vec![("text".into(), "{".into())])),
            "events/line-webhook/text.json is not JSON",
        ),
    ];
    for (breaking, words) in cases {
        let mut tree = fitting(&subject);
        breaking(&mut tree);
        let faults = event_faults(&subject, &tree);
        assert!(faults.iter().any(|fault| fault.contains(words)), "{words}: {faults:?}");
    }
}
