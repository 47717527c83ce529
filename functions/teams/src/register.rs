//! The page where a customer asks to have its organisation connected: <root>/teams/register. An administrator finds the
//! wish among the registrations, makes a tenant of it, and the page then tells where the app package is.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use http::{HeaderValue, Method, StatusCode, header};
use shared::{
    Context, Registration, RegistrationState, WebhookRequest, WebhookResponse, lambda::HttpHandler, store::StoreError,
};

use crate::settings::{ACCENT, NAME_MAX, is_color, is_guid};

/// `GET` and `POST /teams/register`.
pub(crate) struct Register;

/// The page around what is said.
const PAGE: &str = include_str!("register.html");
/// Longest body that is looked at, in bytes.
const BODY_MAX: usize = 16 << 10;

#[async_trait]
impl HttpHandler for Register {
    async fn handle(&self, context: &Arc<Context>, request: WebhookRequest) -> WebhookResponse {
        match request.method {
            Method::GET => page(StatusCode::OK, &form(&Wish::default(), &[])),
            Method::POST if request.body.len() > BODY_MAX => WebhookResponse::empty(StatusCode::PAYLOAD_TOO_LARGE),
            Method::POST => {
                let wish = Wish::read(&request.body);
                let faults = wish.faults();
                if !faults.is_empty() {
                    return page(StatusCode::UNPROCESSABLE_ENTITY, &form(&wish, &faults));
                }
                match ask(context, &wish).await {
                    Ok((status, words)) => page(status, &words),
                    Err(error) => {
                        tracing::error!(%error, "a registration cannot be kept");
                        page(
                            StatusCode::SERVICE_UNAVAILABLE,
                            "<p>This does not work at the moment. Please try again later.</p>",
                        )
                    }
                }
            }
            _ => WebhookResponse::empty(StatusCode::METHOD_NOT_ALLOWED),
        }
    }
}

/// What a customer fills in.
#[derive(Debug, Default)]
struct Wish {
    organization: String,
    email: String,
    tenant: String,
    bot_name: String,
    accent_color: String,
}

impl Wish {
    fn read(body: &[u8]) -> Self {
        let fields: BTreeMap<_, _> = url::form_urlencoded::parse(body).collect();
        let field = |name: &str| fields.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
        Self {
            organization: field("organization"),
            email: field("email"),
            tenant: field("microsoftTenantId").to_lowercase(),
            bot_name: field("botName"),
            accent_color: field("accentColor"),
        }
    }

    /// What is wrong, field by field.
    fn faults(&self) -> Vec<(&'static str, &'static str)> {
        let mut faults = Vec::new();
        let characters = |text: &str| text.chars().count();
        if !(1..=100).contains(&characters(&self.organization)) {
            faults.push(("organization", "Please give your organisation's name, at most 100 characters."));
        }
        if !is_mail_address(&self.email) {
            faults.push(("email", "Please give a mail address where you can be reached."));
        }
        if !is_guid(&self.tenant) {
            let why =
                "The tenant ID is 32 hexadecimal digits in five groups; it is on the overview page of Microsoft Entra.";
            faults.push(("microsoftTenantId", why));
        }
        if !(1..=NAME_MAX).contains(&characters(&self.bot_name)) {
            faults.push(("botName", "The bot's name has 1 to 30 characters."));
        }
        if !is_color(&self.accent_color) {
            faults.push(("accentColor", "The accent colour is # and six hexadecimal digits, such as #5B5FC7."));
        }
        faults
    }
}

fn is_mail_address(text: &str) -> bool {
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"',;".contains(c));
    let parts = text.split_once('@');
    plain
        && text.len() <= 254
        && parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

/// Keeps the wish, or tells how the one of before stands.
async fn ask(context: &Context, wish: &Wish) -> Result<(StatusCode, String), StoreError> {
    let connector = crate::DESCRIPTOR.id;
    let mut registration = Registration::new(connector, &wish.tenant, &wish.organization, &wish.email, context.now());
    registration.details = [("botName", &wish.bot_name), ("accentColor", &wish.accent_color)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    match context.configuration.put(&registration, 0, &[], None).await {
        Ok(_) => {
            tracing::info!(connector, registration = registration.id, "somebody wants to be connected");
            let words = "<p>Thank you. We will connect your organisation and write to you.</p>";
            Ok((StatusCode::CREATED, words.to_owned()))
        }
        Err(StoreError::Conflict | StoreError::NameTaken) => {
            let known = context.configuration.get_closed::<Registration>(&registration.id).await?;
            Ok((StatusCode::OK, standing(known.map(|known| known.value), wish, &context.config.api_root)))
        }
        Err(error) => Err(error),
    }
}

/// Only whoever registered is told more than that it was done.
fn standing(known: Option<Registration>, wish: &Wish, root: &str) -> String {
    let theirs = known.filter(|known| known.email.eq_ignore_ascii_case(&wish.email)).map(|known| known.state);
    match theirs {
        Some(RegistrationState::Approved { tenant_id }) => format!(
            "<p>Your organisation is connected. <a href=\"{}/teams/{}/package\">Download the app package</a> and upload \
             it to Teams.</p>",
            escape(root),
            escape(tenant_id.as_str())
        ),
        Some(RegistrationState::Refused { reason }) => {
            format!("<p>Your organisation was not connected. {}</p>", escape(&reason))
        }
        _ => "<p>Your organisation is being connected already. We will write to you.</p>".to_owned(),
    }
}

fn form(wish: &Wish, faults: &[(&str, &str)]) -> String {
    let accent = if wish.accent_color.is_empty() { ACCENT } else { &wish.accent_color };
    let fields = [
        (
            "organization",
            "Organisation",
            "text",
            wish.organization.as_str(),
            "maxlength=\"100\" autocomplete=\"organization\"",
        ),
        ("email", "Mail address", "email", &wish.email, "maxlength=\"254\" autocomplete=\"email\""),
        (
            "microsoftTenantId",
            "Microsoft Entra tenant ID",
            "text",
            &wish.tenant,
            "maxlength=\"36\" spellcheck=\"false\"",
        ),
        ("botName", "Name of the bot", "text", &wish.bot_name, "maxlength=\"30\""),
        ("accentColor", "Accent colour", "color", accent, ""),
    ];
    let mut html = String::from("<form method=\"post\">");
    for (name, label, kind, value, more) in fields {
        let value = escape(value);
        html.push_str(&format!("<label for=\"{name}\">{label}</label>"));
        let fault = faults.iter().find(|(field, _)| *field == name);
        let marks = match fault {
            Some(_) => format!(" aria-invalid=\"true\" aria-describedby=\"{name}-fault\""),
            None => String::new(),
        };
        html.push_str(&format!(
            "<input id=\"{name}\" name=\"{name}\" type=\"{kind}\" value=\"{value}\" required {more}{marks}>"
        ));
        if let Some((_, why)) = fault {
            html.push_str(&format!("<p class=\"fault\" id=\"{name}-fault\">{}</p>", escape(why)));
        }
    }
    html.push_str("<button>Register</button></form>");
    html
}

fn page(status: StatusCode, inner: &str) -> WebhookResponse {
    let html = PAGE.replace("<!-- content -->", inner);
    let mut response = WebhookResponse::with_body(status, "text/html; charset=utf-8", html);
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use jiff::Timestamp;

    use super::*;

    const TENANT: &str = "00000000-0000-4000-8000-00000000e47a";

    fn wish(change: impl FnOnce(&mut Wish)) -> Wish {
        let mut wish = Wish::read(
            format!(
                "organization=Acme+%26+Sons&email=it%40acme.example&microsoftTenantId={}&botName=Acme&accentColor=%230A3D62",
                TENANT.to_uppercase()
            )
            .as_bytes(),
        );
        change(&mut wish);
        wish
    }

    #[test]
    fn a_wish_is_read_and_its_faults_are_named() {
        let good = wish(|_| {});
        assert_eq!((good.organization.as_str(), good.tenant.as_str()), ("Acme & Sons", TENANT));
        assert_eq!(good.faults(), []);
        type Change = fn(&mut Wish);
        let rows: [(Change, &str); 9] = [
            (|wish| wish.organization.clear(), "organization"),
            (|wish| wish.organization = "a".repeat(101), "organization"),
            (|wish| wish.email = "acme".to_owned(), "email"),
            (|wish| wish.email = "a@b".to_owned(), "email"),
            (|wish| wish.email = "a b@acme.example".to_owned(), "email"),
            (|wish| wish.tenant = "acme".to_owned(), "microsoftTenantId"),
            (|wish| wish.bot_name = "日".repeat(31), "botName"),
            (|wish| wish.bot_name.clear(), "botName"),
            (|wish| wish.accent_color = "red".to_owned(), "accentColor"),
        ];
        for (change, field) in rows {
            let faults: Vec<&str> = wish(change).faults().into_iter().map(|(field, _)| field).collect();
            assert_eq!(faults, [field]);
        }
    }

    #[test]
    fn what_is_typed_is_shown_and_not_obeyed() {
        let wish = wish(|wish| wish.organization = "\"><script>alert(1)</script>".to_owned());
        let html = form(&wish, &[("organization", "No <b>")]);
        assert!(html.contains("&quot;&gt;&lt;script&gt;") && html.contains("No &lt;b&gt;"), "{html}");
        assert!(!html.contains("<script>"));
        let page = page(StatusCode::OK, &html);
        assert!(std::str::from_utf8(&page.body).unwrap().contains("<form method=\"post\">"));
    }

    #[test]
    fn only_the_one_who_asked_is_told_how_it_stands() {
        let standing_for = |email: &str, state: RegistrationState| {
            let mut known = Registration::new("teams", TENANT, "Acme", "IT@acme.example", Timestamp::UNIX_EPOCH);
            known.state = state;
            standing(Some(known), &wish(|wish| wish.email = email.to_owned()), "https://um.example.com")
        };
        let approved = RegistrationState::Approved { tenant_id: "t-1".into() };
        let theirs = standing_for("it@acme.example", approved.clone());
        assert!(theirs.contains("https://um.example.com/teams/t-1/package"), "{theirs}");
        assert!(standing_for("other@acme.example", approved).contains("being connected already"));
        assert!(standing_for("it@acme.example", RegistrationState::Pending).contains("being connected already"));
        let refused = RegistrationState::Refused { reason: "No <contract>.".to_owned() };
        assert!(standing_for("it@acme.example", refused).contains("No &lt;contract&gt;."));
    }
}
