//! Files that guests send: Slack keeps them, and gives them to whoever has the workspace's token.
//! <https://docs.slack.dev/reference/objects/file-object>

use std::time::Duration;

use contract::{Attachment, AttachmentSource, Fetched, Io, SendError, SendErrorKind, http::Request};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{install, limits, settings::Settings};

const TIMEOUT: Duration = Duration::from_secs(60);

/// What an attachment's reference holds.
#[derive(Serialize, Deserialize)]
struct Reference<'a> {
    install: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// How [`fetch`] finds a file again. Of a file shared from another workspace an event may tell the id alone.
pub(crate) fn reference(install: &str, id: &str, url: Option<&str>) -> String {
    serde_json::to_string(&Reference { install, id, url: url.map(str::to_owned) }).unwrap_or_default()
}

/// Fetches a file.
pub(crate) async fn fetch(io: &Io<'_, Settings>, attachment: &Attachment) -> Result<Fetched, SendError> {
    let AttachmentSource::Network { reference } = &attachment.source else {
        return Err(SendErrorKind::MediaUnavailable.into());
    };
    let reference: Reference<'_> =
        serde_json::from_str(reference).map_err(|_| SendError::new(SendErrorKind::MediaUnavailable))?;
    let url = match reference.url {
        Some(url) => url,
        None => ask(io, reference.install, reference.id).await?,
    };
    if !is_slacks(&url) {
        return Err(SendError::new(SendErrorKind::MediaUnavailable).coded("host"));
    }
    let request = Request::get(url).timeout(TIMEOUT).max_response(limits::FILE);
    let response = install::authorized(io, reference.install, request).await.map_err(|error| match error.kind {
        SendErrorKind::TooLarge => error.saying("The guest's file is larger than 50 MB and was not fetched."),
        _ => error,
    })?;
    let mime = response.header_str("content-type").and_then(|mime| mime.split(';').next()).map(str::trim);
    let is_page = mime == Some("text/html") && attachment.mime.as_deref() != Some("text/html");
    // Slack shows its login page to a token that may not read the file.
    if response.status.is_redirection() || (response.status.is_success() && is_page) {
        return Err(SendError::new(SendErrorKind::MediaUnavailable)
            .coded("login")
            .saying("The Slack app may not read files in this workspace. Please tell the administrator."));
    }
    if let Some(error) = response.error(io.now()) {
        return Err(match response.status.as_u16() {
            404 | 410 => SendError { kind: SendErrorKind::MediaUnavailable, ..error }
                .saying("Slack no longer has the guest's file."),
            _ => error,
        });
    }
    let mime = mime.filter(|mime| !mime.is_empty()).map(str::to_owned);
    Ok(Fetched { bytes: response.body, mime, name: attachment.name.clone() })
}

/// Where a file is that came without its address.
async fn ask(io: &Io<'_, Settings>, install: &str, id: &str) -> Result<String, SendError> {
    let found = install::read(io, install, "files.info", &[("file", id)]).await?;
    let url = ["url_private_download", "url_private"].iter().find_map(|name| found["file"][*name].as_str());
    url.map(str::to_owned).ok_or_else(|| SendError::new(SendErrorKind::MediaUnavailable).coded("files.info"))
}

/// The workspace's token goes to Slack alone.
fn is_slacks(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default();
    let slacks = ["slack.com", "slack-files.com", "slack-gov.com"];
    url.scheme() == "https"
        && slacks.iter().any(|own| host == *own || host.strip_suffix(own).is_some_and(|sub| sub.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_to_slack_alone() {
        for url in ["https://files.slack.com/files-pri/T1-F1/a.png", "https://acme.slack.com/x", "https://slack.com/x"]
        {
            assert!(is_slacks(url), "{url}");
        }
        for url in [
            "http://files.slack.com/x",
            "https://files.slack.com.evil.example/x",
            "https://evilslack.com/x",
            "https://evil.example/files.slack.com",
            "https://files.slack.com@evil.example/",
            "",
        ] {
            assert!(!is_slacks(url), "{url}");
        }
    }
}
