//! Tokens of `um login`, kept in a file for its owner alone, by deployment and user.

use std::{
    collections::BTreeMap,
    env, fs,
    io::Write,
    path::{Path, PathBuf},
};

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{configuration::Hidden, failure::Failure};

/// A token must be good for so long still, in seconds, to be used.
const MARGIN_S: i64 = 60;

/// Kept tokens, by deployment and user.
type Kept = BTreeMap<String, Token>;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    token: String,
    expires_at: Timestamp,
}

fn folder() -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".local/state")));
    state.map(|state| state.join("um"))
}

fn key(url: &str, user: &str) -> String {
    format!("{} {url}", user.to_lowercase())
}

fn load() -> Kept {
    let text = folder().and_then(|folder| fs::read_to_string(folder.join("tokens.json")).ok());
    // What cannot be read is not there: logging in writes it anew.
    text.map(Zeroizing::new).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// The token of a user, if one is kept that is still good.
pub fn find(url: &str, user: &str) -> Option<Hidden> {
    let found = load().remove(&key(url, user))?;
    let good = found.expires_at > Timestamp::now().saturating_add(MARGIN_S.seconds()).ok()?;
    good.then(|| Zeroizing::new(found.token))
}

/// Keeps a token, and forgets those that are over.
pub fn keep(url: &str, user: &str, token: &str, expires_at: Timestamp) -> Result<(), Failure> {
    let mut kept = load();
    kept.insert(key(url, user), Token { token: token.to_owned(), expires_at });
    store(kept)
}

/// Forgets a token.
pub fn forget(url: &str, user: &str) -> Result<(), Failure> {
    let mut kept = load();
    if kept.remove(&key(url, user)).is_some() { store(kept) } else { Ok(()) }
}

fn store(mut kept: Kept) -> Result<(), Failure> {
    let folder = folder().ok_or_else(|| Failure::usage("no place to keep the token: set HOME or XDG_STATE_HOME"))?;
    let now = Timestamp::now();
    kept.retain(|_, token| token.expires_at > now);
    let json = Zeroizing::new(serde_json::to_string(&kept).unwrap_or_default());
    let fault =
        |error: std::io::Error| Failure::failed(format!("the token cannot be kept in {}: {error}", folder.display()));
    fs::create_dir_all(&folder).map_err(fault)?;
    write_private(&folder.join("tokens.json"), json.as_bytes()).map_err(fault)
}

/// Writes a file that only its owner may read: all of it, or nothing.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let written = written.and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}
