//! Where the deployment is, and who logs in: from the command line, the environment, a file; in that order.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use crate::{arguments::General, failure::Failure, prompt};

/// Something secret, wiped when it is dropped.
pub type Hidden = Zeroizing<String>;

/// The user that a deployment begins with.
const FIRST_USER: &str = "admin";

/// The configuration file, in YAML.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct File {
    url: Option<String>,
    /// As `url`; https when it does not say.
    host: Option<String>,
    user: Option<String>,
    password: Option<String>,
    password_file: Option<PathBuf>,
    token: Option<String>,
    token_file: Option<PathBuf>,
    passphrase: Option<String>,
    passphrase_file: Option<PathBuf>,
}

/// What is known before anything is asked.
pub struct Configuration {
    /// Where the deployment is, without a slash at its end.
    pub url: String,
    /// Who logs in.
    pub user: String,
    /// The password, if it is known.
    pub password: Option<Hidden>,
    /// A token that was given.
    pub token: Option<Hidden>,
    /// The passphrase of backups, if it is known.
    pub passphrase: Option<Hidden>,
}

impl Configuration {
    /// Puts it together.
    pub fn load(general: &General) -> Result<Self, Failure> {
        let file = File::load(general)?;
        let url = general.url.clone().or(file.url).or(file.host);
        let url = url.ok_or_else(|| {
            Failure::usage("which deployment? Give --url, set UM_URL, or write `url:` into $HOME/.config/um/config")
        })?;
        let secret =
            |variable: &str, value: Option<String>, path: Option<PathBuf>| -> Result<Option<Hidden>, Failure> {
                match (env::var(variable).ok().filter(|value| !value.is_empty()).or(value), path) {
                    (Some(value), _) => Ok(Some(Zeroizing::new(value))),
                    (None, Some(path)) => first_line(&path).map(Some),
                    (None, None) => Ok(None),
                }
            };
        let mut password = secret("UM_PASSWORD", file.password, file.password_file)?;
        if general.password_stdin {
            password = Some(prompt::first_line_of_stdin()?);
        }
        Ok(Self {
            url: address(&url)?,
            user: general.user.clone().or(file.user).unwrap_or_else(|| FIRST_USER.to_owned()),
            password,
            token: secret("UM_TOKEN", file.token, file.token_file)?,
            passphrase: secret("UM_BACKUP_PASSPHRASE", file.passphrase, file.passphrase_file)?,
        })
    }
}

impl File {
    fn load(general: &General) -> Result<Self, Failure> {
        let path = match &general.config {
            Some(path) => Some(path.clone()),
            None => places().into_iter().find(|path| path.is_file()),
        };
        let Some(path) = path else { return Ok(Self::default()) };
        let text = Zeroizing::new(read(&path)?);
        // An empty file is a mapping with nothing in it.
        let file: Option<Self> = serde_norway::from_str(&text)
            .map_err(|error| Failure::usage(format!("{}: {}", path.display(), without_values(&error))))?;
        let file = file.unwrap_or_default();
        if !general.quiet && (file.password.is_some() || file.token.is_some()) && others_may_read(&path) {
            eprintln!("um: others may read {}, which holds a secret: chmod 600", path.display());
        }
        Ok(file)
    }
}

/// What is wrong, without the text at fault: it may be a password.
fn without_values(error: &serde_norway::Error) -> String {
    let place = error.location().map(|at| format!("line {}, column {}: ", at.line(), at.column())).unwrap_or_default();
    let text = error.to_string();
    match text.starts_with("unknown field") || text.starts_with("duplicate") {
        true => text,
        false => format!("{place}cannot be read as YAML with url, user, password …"),
    }
}

/// Where configuration files may be: the first there is counts.
fn places() -> Vec<PathBuf> {
    let home = env::var_os("HOME").map(PathBuf::from);
    let config = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let config = config.or_else(|| home.as_ref().map(|home| home.join(".config")));
    config.map(|config| config.join("um/config")).into_iter().chain(home.map(|home| home.join(".um"))).collect()
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_: &Path) -> bool {
    false
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// The first line of a file that holds a secret.
pub fn first_line(path: &Path) -> Result<Hidden, Failure> {
    let text = Zeroizing::new(read(path)?);
    match text.lines().next().filter(|line| !line.is_empty()) {
        Some(line) => Ok(Zeroizing::new(line.to_owned())),
        None => Err(Failure::usage(format!("{}: the first line is empty", path.display()))),
    }
}

/// A deployment's address; https when it does not say.
fn address(given: &str) -> Result<String, Failure> {
    let given = given.trim();
    let whole = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
    let wrong = || Failure::usage("the deployment's address must be such as https://um.example.com");
    let url = Url::parse(&whole).map_err(|_| wrong())?;
    let plain =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) || !plain {
        return Err(wrong());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_made_whole() {
        for (given, whole) in [
            ("um.example", Some("https://um.example")),
            ("https://um.example/", Some("https://um.example")),
            ("http://127.0.0.1:9000", Some("http://127.0.0.1:9000")),
            ("https://example/um/", Some("https://example/um")),
            ("ftp://um.example", None),
            ("https://user:secret@um.example", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(address(given).ok().as_deref(), whole, "{given}");
        }
    }
}
