//! The landing page: Apple opens it in the browser of a business's administrator who chose this deployment as messaging
//! service provider, with the business in its query. What they send becomes a registration, which an administrator of ours
//! approves or refuses: nobody who comes here is known yet.
//!
//! Apple's sample uses the query's names `id`, `name` and `logo`; `businessId` is understood too.

use async_trait::async_trait;
use contract::{
    Deployment, Directory, Grant, Page, Registration, RegistrationState, SendError, SendErrorKind, WebhookRequest,
    WebhookResponse,
};
use http::{Method, StatusCode};
use maud::{Markup, html};
use pages::{FORM_MAX, Field, Look, Takes, is_mail_address};

use crate::DESCRIPTOR;

/// Answers the page and what is sent from it.
pub(crate) struct Register;

const TITLE: &str = "Apple Messages for Business";
const LOOK: Look = Look { accent: "#0066cc", leads_away: false };
/// The longest of each field, in bytes.
const FIELD_MAX: usize = 200;
const NOTES_MAX: usize = 2_000;

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
impl Page for Register {
    fn name(&self) -> &'static str {
        "apple-messages-register"
    }

    fn deployment(&self, deployment: Deployment) -> Deployment {
        deployment
            .description("The page that Apple opens for a business which chose this deployment.")
            .route("GET", "/amb/register")
            .route("POST", "/amb/register")
            .grant(Grant::Registrations)
    }

    async fn serve(&self, request: &WebhookRequest, directory: &dyn Directory) -> WebhookResponse {
        match request.method {
            Method::GET | Method::HEAD => page(StatusCode::OK, &form(&Form::of(request.query.as_bytes()), &[])),
            Method::POST if request.body.len() > FORM_MAX => {
                LOOK.message(StatusCode::PAYLOAD_TOO_LARGE, TITLE, "That is too much.")
            }
            Method::POST => take(directory, &Form::of(&request.body)).await,
            _ => WebhookResponse::empty(StatusCode::METHOD_NOT_ALLOWED),
        }
    }
}

async fn take(directory: &dyn Directory, filled: &Form) -> WebhookResponse {
    let faults = filled.faults();
    if !faults.is_empty() {
        return page(StatusCode::UNPROCESSABLE_ENTITY, &form(filled, &faults));
    }
    match save(directory, filled).await {
        Ok(true) => {
            tracing::info!(connector = DESCRIPTOR.id, "a business asks to be connected");
            LOOK.message(StatusCode::OK, "Thank you", "We will be in touch once your registration is approved.")
        }
        Ok(false) => LOOK.message(StatusCode::OK, "Thank you", "This business is connected already."),
        Err(error) => {
            tracing::error!(connector = DESCRIPTOR.id, code = error.code, "a registration cannot be kept");
            LOOK.message(StatusCode::SERVICE_UNAVAILABLE, TITLE, "Please try again in a few minutes.")
        }
    }
}

/// Keeps a registration. An account registers once: sending it again changes it until it is approved. Whether it waits
/// for approval now.
async fn save(directory: &dyn Directory, filled: &Form) -> Result<bool, SendError> {
    let mut wish =
        Registration::new(DESCRIPTOR.id, &filled.business, &filled.organization, &filled.email, directory.now());
    for (name, value) in [("contact", &filled.contact), ("notes", &filled.notes), ("logo", &filled.logo)] {
        if !value.is_empty() {
            wish.details.insert(name.to_owned(), value.clone());
        }
    }
    let version = match directory.registration(&filled.business).await? {
        Some((found, _)) if matches!(found.state, RegistrationState::Approved { .. }) => return Ok(false),
        Some((found, version)) => {
            wish.created_at = found.created_at;
            version
        }
        None => 0,
    };
    match directory.keep_registration(&wish, version).await? {
        true => Ok(true),
        false => Err(SendError::new(SendErrorKind::Internal).coded("conflict")),
    }
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

    /// What is wrong, field by field.
    fn faults(&self) -> Vec<(&'static str, &'static str)> {
        let id = &self.business;
        let mut faults = Vec::new();
        if !(8..=64).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            faults.push(("businessId", "The business ID has letters, digits and hyphens only, as Apple shows it."));
        }
        if self.organization.is_empty() {
            faults.push(("organization", "Please say what your organization is called."));
        }
        if !is_mail_address(&self.email) {
            faults.push(("email", "Please give an e-mail address that we can write to."));
        }
        faults
    }
}

fn form(filled: &Form, faults: &[(&str, &str)]) -> Markup {
    let field = |name, label, takes, value, autocomplete| {
        let fault = faults.iter().find(|(field, _)| *field == name).map(|(_, why)| *why);
        let longest = if takes == Takes::Lines { NOTES_MAX } else { FIELD_MAX };
        let required = !matches!(name, "contact" | "notes");
        Field { name, label, takes, value, longest, required, autocomplete, fault }
    };
    html! {
        p { "Connect your business with this messaging service. We look at every registration before it is approved." }
        form method="post" action="register" {
            (field("businessId", "Business ID", Takes::Line, &filled.business, "off"))
            (field("organization", "Organization", Takes::Line, &filled.organization, "organization"))
            (field("contact", "Your name", Takes::Line, &filled.contact, "name"))
            (field("email", "E-mail", Takes::Mail, &filled.email, "email"))
            (field("notes", "Anything we should know", Takes::Lines, &filled.notes, "off"))
            input type="hidden" name="logo" value=(filled.logo);
            button { "Register" }
        }
    }
}

fn page(status: StatusCode, body: &Markup) -> WebhookResponse {
    LOOK.page(status, TITLE, body)
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
        let html = form(&filled, &[]).into_string();
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
