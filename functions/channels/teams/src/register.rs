//! The page where a customer asks to have its organisation connected: <root>/teams/register. An administrator finds the
//! wish among the registrations, makes a tenant of it, and the page then tells where the app package is.

use std::collections::BTreeMap;

use async_trait::async_trait;
use contract::{
    Deployment, Directory, Grant, Page, Registration, RegistrationState, SendError, WebhookRequest, WebhookResponse,
};
use http::{Method, StatusCode};
use maud::{Markup, html};
use pages::{FORM_MAX, Field, Look, Takes, is_mail_address};

use crate::settings::{ACCENT, NAME_MAX, is_color, is_guid};

/// `GET` and `POST /teams/register`.
pub(crate) struct Register;

const LOOK: Look = Look { accent: "#5b5fc7", leads_away: false };
/// The longest name of an organisation, in characters.
const ORGANIZATION_MAX: usize = 100;

#[async_trait]
impl Page for Register {
    fn name(&self) -> &'static str {
        "teams-register"
    }

    fn deployment(&self, deployment: Deployment) -> Deployment {
        deployment
            .description("The page where customers ask to be connected with Microsoft Teams.")
            .route("GET", "/teams/register")
            .route("POST", "/teams/register")
            .grant(Grant::Registrations)
    }

    async fn serve(&self, request: &WebhookRequest, directory: &dyn Directory) -> WebhookResponse {
        match request.method {
            Method::GET => page(StatusCode::OK, &form(&Wish::default(), &[])),
            Method::POST if request.body.len() > FORM_MAX => WebhookResponse::empty(StatusCode::PAYLOAD_TOO_LARGE),
            Method::POST => {
                let wish = Wish::read(&request.body);
                let faults = wish.faults();
                if !faults.is_empty() {
                    return page(StatusCode::UNPROCESSABLE_ENTITY, &form(&wish, &faults));
                }
                match ask(directory, &wish, &directory.root_url(&request.headers)).await {
                    Ok((status, answer)) => page(status, &answer),
                    Err(error) => {
                        tracing::error!(code = error.code, "a registration cannot be kept");
                        page(
                            StatusCode::SERVICE_UNAVAILABLE,
                            &words("This does not work at the moment. Please try again later."),
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
        if !(1..=ORGANIZATION_MAX).contains(&characters(&self.organization)) {
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

/// Keeps the wish, or tells how the one of before stands.
async fn ask(directory: &dyn Directory, wish: &Wish, root: &str) -> Result<(StatusCode, Markup), SendError> {
    let connector = crate::DESCRIPTOR.id;
    let mut registration = Registration::new(connector, &wish.tenant, &wish.organization, &wish.email, directory.now());
    registration.details = [("botName", &wish.bot_name), ("accentColor", &wish.accent_color)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    if directory.keep_registration(&registration, 0).await? {
        tracing::info!(connector, registration = registration.id, "somebody wants to be connected");
        return Ok((StatusCode::CREATED, words("Thank you. We will connect your organisation and write to you.")));
    }
    let known = directory.registration(&wish.tenant).await?;
    Ok((StatusCode::OK, standing(known.map(|(known, _)| known), wish, root)))
}

/// Only whoever registered is told more than that it was done.
fn standing(known: Option<Registration>, wish: &Wish, root: &str) -> Markup {
    let theirs = known.filter(|known| known.email.eq_ignore_ascii_case(&wish.email)).map(|known| known.state);
    match theirs {
        Some(RegistrationState::Approved { tenant_id }) => html! {
            p {
                "Your organisation is connected. "
                a href=(format!("{root}/teams/{tenant_id}/package")) { "Download the app package" }
                " and upload it to Teams."
            }
        },
        Some(RegistrationState::Refused { reason }) => {
            html! { p { "Your organisation was not connected. " (reason) } }
        }
        _ => words("Your organisation is being connected already. We will write to you."),
    }
}

fn form(wish: &Wish, faults: &[(&str, &str)]) -> Markup {
    let accent = if wish.accent_color.is_empty() { ACCENT } else { &wish.accent_color };
    let field = |name, label, takes, value, longest, autocomplete| {
        let fault = faults.iter().find(|(field, _)| *field == name).map(|(_, why)| *why);
        Field { name, label, takes, value, longest, required: true, autocomplete, fault }
    };
    html! {
        p { "Use our bot in the Teams of your organisation. We look at every registration before it is connected." }
        form method="post" {
            (field("organization", "Organisation", Takes::Line, &wish.organization, ORGANIZATION_MAX, "organization"))
            (field("email", "Mail address", Takes::Mail, &wish.email, 254, "email"))
            (field("microsoftTenantId", "Microsoft Entra tenant ID", Takes::Line, &wish.tenant, 36, "off"))
            (field("botName", "Name of the bot", Takes::Line, &wish.bot_name, NAME_MAX, "off"))
            (field("accentColor", "Accent colour", Takes::Color, accent, 7, "off"))
            button { "Register" }
        }
    }
}

fn words(words: &str) -> Markup {
    html! { p { (words) } }
}

fn page(status: StatusCode, body: &Markup) -> WebhookResponse {
    LOOK.page(status, "Connect Microsoft Teams", body)
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
    fn faults_stand_with_their_fields() {
        let html = form(&wish(|_| {}), &[("organization", "Too long.")]).into_string();
        assert!(html.contains("<form method=\"post\">") && html.contains("value=\"Acme &amp; Sons\""), "{html}");
        assert!(html.contains("id=\"organization-fault\">Too long.</p>"), "{html}");
    }

    #[test]
    fn only_the_one_who_asked_is_told_how_it_stands() {
        let standing_for = |email: &str, state: RegistrationState| {
            let mut known = Registration::new("teams", TENANT, "Acme", "IT@acme.example", Timestamp::UNIX_EPOCH);
            known.state = state;
            standing(Some(known), &wish(|wish| wish.email = email.to_owned()), "https://um.example.com").into_string()
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
