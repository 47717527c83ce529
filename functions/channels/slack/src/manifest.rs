//! The app's manifest, to be pasted at Slack: who it is, what it may do, where it reaches this deployment.
//! <https://docs.slack.dev/reference/app-manifest>

use async_trait::async_trait;
use contract::{Deployment, Directory, Page, TenantId, WebhookRequest, WebhookResponse};
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{DESCRIPTOR, limits, register};

/// What the app may do in a workspace.
pub(crate) const SCOPES: [&str; 16] = [
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "chat:write.customize",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "mpim:history",
    "mpim:read",
    "team:read",
    "users:read",
    "users:read.email",
];

/// What Slack tells the app of.
const EVENTS: [&str; 7] = [
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "tokens_revoked",
];

/// Serves a tenant's manifest. There is no secret in it.
pub(crate) struct Manifest;

#[async_trait]
impl Page for Manifest {
    fn name(&self) -> &'static str {
        "slack-manifest"
    }

    fn deployment(&self, deployment: Deployment) -> Deployment {
        deployment
            .description("Tells Slack what the app of a tenant is made of.")
            .route("GET", "/slack/{tenantId}/manifest")
    }

    async fn serve(&self, request: &WebhookRequest, directory: &dyn Directory) -> WebhookResponse {
        if request.method != Method::GET {
            return WebhookResponse::empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let id = request.path.strip_prefix(DESCRIPTOR.path).and_then(|rest| rest.strip_suffix("/manifest"));
        let Some(id) = id.and_then(|rest| TenantId::parse(rest.strip_prefix('/')?)) else {
            return WebhookResponse::empty(StatusCode::NOT_FOUND);
        };
        // Its secrets stay closed: none goes into the manifest.
        let tenant = match directory.tenant(&id).await {
            Ok(Some(tenant)) => tenant,
            Ok(None) => return WebhookResponse::empty(StatusCode::NOT_FOUND),
            Err(error) => {
                tracing::error!(tenant = %id, code = error.code, "the tenant cannot be read");
                return WebhookResponse::empty(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        let manifest = of(&directory.root_url(&request.headers), &id, &tenant.name);
        let body = format!("{manifest:#}\n");
        let mut response = WebhookResponse::with_body(StatusCode::OK, "application/json", body);
        response.headers.insert(header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
        response
    }
}

/// The manifest of a tenant's app.
pub(crate) fn of(root: &str, tenant: &TenantId, name: &str) -> Value {
    let name = match limits::clip(name.trim(), 35) {
        empty if empty.is_empty() => "Universal Messaging".to_owned(),
        name => name,
    };
    json!({
        "_metadata": { "major_version": 2, "minor_version": 1 },
        "display_information": {
            "name": name,
            "description": "Chat with our agents from Slack.",
            "background_color": "#4a154b",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": false,
                "messages_tab_enabled": true,
                "messages_tab_read_only_enabled": false,
            },
            "bot_user": { "display_name": bot_name(&name), "always_online": true },
        },
        "oauth_config": {
            "redirect_urls": [register::callback(root)],
            "scopes": { "bot": SCOPES },
        },
        "settings": {
            "event_subscriptions": {
                "request_url": format!("{root}{}/{tenant}/events", DESCRIPTOR.path),
                "bot_events": EVENTS,
            },
            "interactivity": {
                "is_enabled": true,
                "request_url": format!("{root}{}/{tenant}/interactivity", DESCRIPTOR.path),
            },
            "org_deploy_enabled": false,
            "socket_mode_enabled": false,
            "token_rotation_enabled": false,
        },
    })
}

/// Letters, digits, `-`, `_` and `.` alone, at most 80.
fn bot_name(name: &str) -> String {
    let mut bot = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() || c == '_' || c == '.' {
            bot.push(c);
        } else if !bot.is_empty() && !bot.ends_with('-') {
            bot.push('-');
        }
    }
    match bot.trim_matches(['-', '.', '_']) {
        "" => "universal-messaging".to_owned(),
        bot => bot.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_slack_takes() {
        for (name, shown, bot) in [
            ("Acme Slack", "Acme Slack", "acme-slack"),
            ("  ", "Universal Messaging", "universal-messaging"),
            ("株式会社アクメ", "株式会社アクメ", "universal-messaging"),
            ("Ärzte & Co. (JP)", "Ärzte & Co. (JP)", "rzte-co.-jp"),
        ] {
            let manifest = of("https://um.example", &"t-1".into(), name);
            assert_eq!(manifest["display_information"]["name"], shown);
            assert_eq!(manifest["features"]["bot_user"]["display_name"], bot);
        }
        let long = of("https://um.example", &"t-1".into(), &"x".repeat(90));
        assert!(long["display_information"]["name"].as_str().is_some_and(|name| name.chars().count() == 35));
    }

    #[test]
    fn it_leads_here() {
        let manifest = of("https://um.example", &"t-1".into(), "Acme");
        let at = |pointer: &str| manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        assert_eq!(at("/settings/event_subscriptions/request_url"), "https://um.example/slack/t-1/events");
        assert_eq!(at("/settings/interactivity/request_url"), "https://um.example/slack/t-1/interactivity");
        assert_eq!(at("/oauth_config/redirect_urls/0"), "https://um.example/slack/oauth/callback");
    }
}
