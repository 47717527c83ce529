//! Puts the nested templates into the crate, whichever there are: a new room's stack is a new file, and nothing else.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let crate_folder = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let infra = Path::new(&crate_folder).parent().ok_or_else(|| io::Error::other("the crate lies in infra"))?;
    let mut list = String::from("&[\n");
    for folder in ["alarms", "connectors"] {
        println!("cargo:rerun-if-changed={}", infra.join(folder).display());
        let mut files = fs::read_dir(infra.join(folder))?.collect::<Result<Vec<_>, _>>()?;
        files.sort_by_key(fs::DirEntry::file_name);
        for file in files.into_iter().filter(|file| file.path().extension().is_some_and(|end| end == "yaml")) {
            let name = format!("{folder}/{}", file.file_name().to_string_lossy());
            list.push_str(&format!("    ({name:?}, include_str!({:?})),\n", file.path()));
        }
    }
    list.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("nested.rs"), list)
}
