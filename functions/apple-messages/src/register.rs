//! The landing page: Apple opens it in the browser of a business's administrator who chose this deployment as messaging
//! service provider, with the business in its query. What they send becomes a registration, which an administrator of ours
//! approves or refuses: nobody who comes here is known yet.
//!
//! Apple's sample uses the query's names `id`, `name` and `logo`; `businessId` is understood too.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderValue, Method, StatusCode, header};
use shared::{
    Context, Registration, RegistrationState, WebhookRequest, WebhookResponse, lambda::HttpHandler, store::StoreError,
};

use crate::DESCRIPTOR;

/// Answers the page and what is sent from it.
pub(crate) struct Register;

/// The longest of each field, in bytes.
const FIELD_MAX: usize = 200;
const NOTES_MAX: usize = 2_000;
const BODY_MAX: usize = 16 << 10;

/// What the page asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Form {
    business: String,
    organization: String,
    contact: String,
    email: String,
    notes: String,
    logo: String,
}

#[async_trait]
impl HttpHandler for Register {
    async fn handle(&self, context: &Arc<Context>, request: WebhookRequest) -> WebhookResponse {
        match request.method {
            Method::GET | Method::HEAD => page(StatusCode::OK, &form(&Form::of(request.query.as_bytes()), &[])),
            Method::POST if request.body.len() > BODY_MAX => {
                page(StatusCode::PAYLOAD_TOO_LARGE, "<p>That is too much.</p>")
            }
            Method::POST => take(context, &Form::of(&request.body)).await,
            _ => WebhookResponse::empty(StatusCode::METHOD_NOT_ALLOWED),
        }
    }
}

async fn take(context: &Context, filled: &Form) -> WebhookResponse {
    let faults = filled.faults();
    if !faults.is_empty() {
        return page(StatusCode::UNPROCESSABLE_ENTITY, &form(filled, &faults));
    }
    match save(context, filled).await {
        Ok(true) => {
            tracing::info!(connector = DESCRIPTOR.id, "a business asks to be connected");
            page(StatusCode::OK, "<h1>Thank you</h1><p>We will be in touch once your registration is approved.</p>")
        }
        Ok(false) => page(StatusCode::OK, "<h1>Thank you</h1><p>This business is connected already.</p>"),
        Err(error) => {
            tracing::error!(connector = DESCRIPTOR.id, %error, "a registration cannot be kept");
            page(StatusCode::SERVICE_UNAVAILABLE, "<p>Please try again in a few minutes.</p>")
        }
    }
}

/// Keeps a registration. An account registers once: sending it again changes it until it is approved. Whether it waits
/// for approval now.
async fn save(context: &Context, filled: &Form) -> Result<bool, StoreError> {
    let mut wish =
        Registration::new(DESCRIPTOR.id, &filled.business, &filled.organization, &filled.email, context.now());
    for (name, value) in [("contact", &filled.contact), ("notes", &filled.notes), ("logo", &filled.logo)] {
        if !value.is_empty() {
            wish.details.insert(name.to_owned(), value.clone());
        }
    }
    let found = context.configuration.get::<Registration>(&wish.id).await?;
    let version = match &found {
        Some(found) if matches!(found.value.state, RegistrationState::Approved { .. }) => return Ok(false),
        Some(found) => {
            wish.created_at = found.value.created_at;
            found.version
        }
        None => 0,
    };
    context.configuration.put(&wish, version, &[], None).await.map(|_| true)
}

impl Form {
    /// From a query or a form's body: the names of both.
    fn of(pairs: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in url::form_urlencoded::parse(pairs) {
            let (field, most) = match name.as_ref() {
                "id" | "businessId" => (&mut form.business, FIELD_MAX),
                "name" | "organization" => (&mut form.organization, FIELD_MAX),
                "contact" => (&mut form.contact, FIELD_MAX),
                "email" => (&mut form.email, FIELD_MAX),
                "logo" => (&mut form.logo, NOTES_MAX),
                "notes" => (&mut form.notes, NOTES_MAX),
                _ => continue,
            };
            let value = value.trim();
            let mut end = value.len().min(most);
            while !value.is_char_boundary(end) {
                end -= 1;
            }
            value[..end].clone_into(field);
        }
        // It is shown to our administrators: an address, or nothing.
        if !crate::links::is_address(&form.logo) || !form.logo.starts_with("https://") {
            form.logo.clear();
        }
        form
    }

    fn faults(&self) -> Vec<&'static str> {
        let id = &self.business;
        let mut faults = Vec::new();
        if !(8..=64).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            faults.push("The business ID has letters, digits and hyphens only, as Apple shows it.");
        }
        if self.organization.is_empty() {
            faults.push("Please say what your organization is called.");
        }
        if !self.email.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')) {
            faults.push("Please give an e-mail address that we can write to.");
        }
        faults
    }
}

fn form(filled: &Form, faults: &[&str]) -> String {
    let faults: String = faults.iter().map(|fault| format!("<p role=\"alert\">{}</p>", escaped(fault))).collect();
    let field = |name: &str, label: &str, kind: &str, value: &str, required: &str| {
        format!(
            "<label>{label}<input name=\"{name}\" type=\"{kind}\" value=\"{}\" maxlength=\"{FIELD_MAX}\"{required}></label>",
            escaped(value)
        )
    };
    let required = " required";
    format!(
        "<h1>Apple Messages for Business</h1>\
         <p>Connect your business with this messaging service. We look at every registration before it is approved.</p>\
         {faults}<form method=\"post\" action=\"register\">{}{}{}{}\
         <label>Anything we should know<textarea name=\"notes\" maxlength=\"{NOTES_MAX}\" rows=\"4\">{}</textarea></label>\
         <input type=\"hidden\" name=\"logo\" value=\"{}\"><button>Register</button></form>",
        field("businessId", "Business ID", "text", &filled.business, required),
        field("organization", "Organization", "text", &filled.organization, required),
        field("contact", "Your name", "text", &filled.contact, ""),
        field("email", "E-mail", "email", &filled.email, required),
        escaped(&filled.notes),
        escaped(&filled.logo),
    )
}

fn page(status: StatusCode, body: &str) -> WebhookResponse {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>Apple Messages for Business</title><style>\
         body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem;color:#1d1d1f}}\
         label{{display:block;margin:1rem 0}}input,textarea{{display:block;width:100%;box-sizing:border-box;font:inherit;\
         padding:.5rem;border:1px solid #8e8e93;border-radius:.4rem}}[role=alert]{{color:#b00020}}\
         button{{font:inherit;padding:.6rem 1.4rem;border:0;border-radius:.4rem;background:#0066cc;color:#fff}}\
         @media(prefers-color-scheme:dark){{body{{background:#111;color:#eee}}[role=alert]{{color:#ff8a80}}}}\
         </style><main>{body}</main></html>"
    );
    let mut response = WebhookResponse::with_body(status, "text/html; charset=utf-8", html);
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apples_query_fills_the_page_in() {
        let query = b"id=f6cc3a60-3e4b-11e9-b210-d663bd873d93&name=%22Acme%22+%3Cb%3E&logo=https%3A%2F%2Facme.example%2Fl.png&x=1";
        let filled = Form::of(query);
        assert_eq!(filled.business, "f6cc3a60-3e4b-11e9-b210-d663bd873d93");
        assert_eq!(filled.logo, "https://acme.example/l.png");
        let html = form(&filled, &[]);
        assert!(html.contains("value=\"&quot;Acme&quot; &lt;b&gt;\""), "{html}");
        assert!(!html.contains("<b>"), "{html}");
    }

    #[test]
    fn what_is_missing_is_said() {
        for (body, faults) in [
            ("businessId=f6cc3a60-3e4b&organization=Acme&email=a%40acme.example", 0),
            ("businessId=short&organization=Acme&email=a%40acme.example", 1),
            ("businessId=f6cc3a60_3e4b&organization=+&email=acme.example", 3),
            ("", 3),
        ] {
            assert_eq!(Form::of(body.as_bytes()).faults().len(), faults, "{body}");
        }
        assert_eq!(Form::of(b"logo=javascript:alert(1)").logo, "");
        assert_eq!(Form::of(format!("notes={}", "あ".repeat(3_000)).as_bytes()).notes.len(), 1_998);
    }
}
