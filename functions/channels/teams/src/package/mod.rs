//! The app package that a customer uploads to Teams: what it is called, what it looks like, which bot it has. Made when it
//! is asked for, from the tenant as it is; always the same for the same.
//! <https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package>

mod icons;
mod manifest;

use std::io::{Cursor, Write};

use async_trait::async_trait;
use contract::{Deployment, Directory, Page, TenantId, WebhookRequest, WebhookResponse};
use http::{HeaderValue, Method, StatusCode, header};
use zip::{CompressionMethod, ZipWriter, result::ZipError, write::SimpleFileOptions};

pub(crate) use manifest::App;

/// `GET /teams/{tenantId}/package`. Open to whoever knows the tenant's id: nothing in it is secret.
pub(crate) struct Package;

#[async_trait]
impl Page for Package {
    fn name(&self) -> &'static str {
        "teams-package"
    }

    fn deployment(&self, deployment: Deployment) -> Deployment {
        deployment.description("Gives out the app package of a tenant.").route("GET", "/teams/{tenantId}/package")
    }

    async fn serve(&self, request: &WebhookRequest, directory: &dyn Directory) -> WebhookResponse {
        if request.method != Method::GET {
            return WebhookResponse::empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let Some(id) = tenant_of(&request.path) else {
            return WebhookResponse::empty(StatusCode::NOT_FOUND);
        };
        // Its secrets stay closed: none goes into the package.
        let app = match directory.tenant(&id).await {
            Ok(found) => found.as_ref().and_then(|tenant| App::of(tenant, &directory.root_url(&request.headers))),
            Err(error) => {
                tracing::error!(tenant = %id, code = error.code, "the tenant cannot be read");
                return WebhookResponse::empty(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        let Some(app) = app else {
            return WebhookResponse::empty(StatusCode::NOT_FOUND);
        };
        match zipped(&app) {
            Ok(bytes) => answer(bytes),
            Err(error) => {
                tracing::error!(tenant = %id, %error, "the app package cannot be made");
                WebhookResponse::empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

fn answer(bytes: Vec<u8>) -> WebhookResponse {
    let mut response = WebhookResponse::with_body(StatusCode::OK, "application/zip", bytes);
    let headers = &mut response.headers;
    let disposition = HeaderValue::from_static("attachment; filename=\"teams-app.zip\"");
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The tenant's id in `/teams/{tenantId}/package`.
fn tenant_of(path: &str) -> Option<TenantId> {
    TenantId::parse(path.strip_prefix(crate::DESCRIPTOR.path)?.strip_prefix('/')?.strip_suffix("/package")?)
}

/// Stored, not deflated: there is little in it but pictures, which are deflated already.
pub(crate) fn zipped(app: &App) -> Result<Vec<u8>, ZipError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in [
        ("manifest.json", format!("{:#}", app.manifest()).into_bytes()),
        ("color.png", icons::color(app.accent())),
        ("outline.png", icons::outline()),
    ] {
        zip.start_file(name, options)?;
        zip.write_all(&bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Read;

    use contract::PageTenant;
    use image::GenericImageView;
    use serde_json::{Value, json};

    use super::*;

    fn tenant(version: u64, change: impl FnOnce(&mut Value)) -> PageTenant {
        let mut settings = json!({
            "botId": "00000000-0000-4000-8000-00000000b071", "clientSecret": "", "appType": "MultiTenant",
            "botName": "Acme Support", "accentColor": "#0A3D62",
        });
        change(&mut settings);
        PageTenant { name: "Acme Teams".to_owned(), enabled: true, version, settings }
    }

    fn file(zip: &[u8], name: &str) -> Vec<u8> {
        let mut archive = zip::ZipArchive::new(Cursor::new(zip.to_vec())).unwrap();
        let mut bytes = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn package(tenant: &PageTenant) -> Vec<u8> {
        zipped(&App::of(tenant, "https://um.example.com").unwrap()).unwrap()
    }

    #[test]
    fn what_is_in_it() {
        let zip = package(&tenant(3, |_| {}));
        let manifest: Value = serde_json::from_slice(&file(&zip, "manifest.json")).unwrap();
        assert_eq!(
            manifest,
            json!({
                "$schema": "https://developer.microsoft.com/json-schemas/teams/v1.16/MicrosoftTeams.schema.json",
                "manifestVersion": "1.16",
                "version": "1.0.3",
                "id": "00000000-0000-4000-8000-00000000b071",
                "developer": {
                    "name": "Acme Teams",
                    "websiteUrl": "https://um.example.com",
                    "privacyUrl": "https://um.example.com",
                    "termsOfUseUrl": "https://um.example.com",
                },
                "name": { "short": "Acme Support", "full": "Acme Support" },
                "description": {
                    "short": "Chat with Acme Support",
                    "full": "Write to Acme Support, alone or in a team, and people answer.",
                },
                "icons": { "color": "color.png", "outline": "outline.png" },
                "accentColor": "#0A3D62",
                "bots": [{
                    "botId": "00000000-0000-4000-8000-00000000b071",
                    "scopes": ["personal", "team", "groupchat"],
                    "supportsFiles": true,
                    "isNotificationOnly": false,
                }],
                "permissions": ["identity", "messageTeamMembers"],
                "validDomains": ["um.example.com"],
            })
        );
        let color = image::load_from_memory(&file(&zip, "color.png")).unwrap();
        assert_eq!(color.dimensions(), (192, 192));
        assert_eq!(color.get_pixel(2, 2).0, [0x0a, 0x3d, 0x62, 255], "the accent colour");
        assert_eq!(color.get_pixel(96, 60).0, [255, 255, 255, 255], "a speech bubble");
        let outline = image::load_from_memory(&file(&zip, "outline.png")).unwrap();
        assert_eq!(outline.dimensions(), (32, 32));
        assert_eq!(outline.get_pixel(0, 0).0[3], 0, "transparent");
        assert!(outline.pixels().all(|(_, _, pixel)| pixel.0[3] == 0 || pixel.0[..3] == [255; 3]), "white or nothing");
    }

    #[test]
    fn the_same_tenant_has_the_same_package_and_a_changed_one_a_higher_version() {
        let first = tenant(3, |_| {});
        assert_eq!(package(&first), package(&first));
        let renamed = package(&tenant(4, |settings| settings["botName"] = json!("Acme")));
        let manifest: Value = serde_json::from_slice(&file(&renamed, "manifest.json")).unwrap();
        assert_eq!((&manifest["version"], &manifest["name"]["short"]), (&json!("1.0.4"), &json!("Acme")));
    }

    #[test]
    fn names_and_colours_that_do_not_fit() {
        let long = package(&tenant(1, |settings| {
            settings["botName"] = json!("日本語".repeat(40));
            settings["accentColor"] = json!(null);
        }));
        let manifest: Value = serde_json::from_slice(&file(&long, "manifest.json")).unwrap();
        let length = |text: &Value| text.as_str().unwrap().chars().count();
        assert!(length(&manifest["name"]["short"]) <= 30 && length(&manifest["name"]["full"]) <= 100);
        assert!(length(&manifest["description"]["short"]) <= 80);
        assert_eq!(manifest["accentColor"], "#5B5FC7");
    }

    #[test]
    fn who_has_none() {
        let root = "https://um.example.com";
        assert!(App::of(&tenant(1, |settings| *settings = json!({})), root).is_none());
        for (path, tenant) in [
            ("/teams/t-1/package", Some("t-1")),
            ("/teams/t-1", None),
            ("/teams/t-1/x/package", None),
            ("/teams//package", None),
            ("/slack/t-1/package", None),
        ] {
            assert_eq!(tenant_of(path).map(|id| id.as_str().to_owned()).as_deref(), tenant, "{path}");
        }
    }
}
