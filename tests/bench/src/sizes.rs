//! Sizes of the shipped binaries.

use std::path::Path;

pub fn run() -> anyhow::Result<()> {
    let Ok(entries) = std::fs::read_dir("target/lambda") else {
        println!("\nsizes: nothing in target/lambda; see infra/README.md for how to build what is shipped");
        return Ok(());
    };
    let mut sizes: Vec<(u64, String)> = entries
        .flatten()
        .filter_map(|entry| {
            let size = size(&entry.path().join("bootstrap"))?;
            Some((size, entry.file_name().to_string_lossy().into_owned()))
        })
        .collect();
    sizes.sort_unstable();
    println!("\nshipped binaries (target ≤ 7 MB each)");
    for (size, name) in sizes {
        println!("  {name:24} {:6.2} MB", size as f64 / 1e6);
    }
    Ok(())
}

fn size(path: &Path) -> Option<u64> {
    Some(std::fs::metadata(path).ok()?.len())
}
