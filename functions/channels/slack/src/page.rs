//! Pages for people.

use contract::WebhookResponse;
use http::StatusCode;
use maud::html;
use pages::{Field, Look, Takes};

/// The form leads to our own page, and that on to Slack's.
const LOOK: Look = Look { accent: "#4a154b", leads_away: true };

/// A page of a headline and words.
pub(crate) fn message(status: StatusCode, title: &str, words: &str) -> WebhookResponse {
    LOOK.message(status, title, words)
}

/// Asks for the customer identifier; `fault` is what was wrong with the last one.
pub(crate) fn form(status: StatusCode, value: &str, fault: Option<&str>) -> WebhookResponse {
    let customer = Field {
        name: "customer",
        label: "Customer Identifier",
        takes: Takes::Line,
        value,
        longest: 64,
        required: true,
        autocomplete: "off",
        fault,
    };
    let form = html! {
        p { "Connect your Slack workspace with your contact centre." }
        form method="get" action="" { (customer) button { "Continue" } }
    };
    LOOK.page(status, "Add to Slack", &form)
}

/// Sends the browser on.
pub(crate) fn redirect(to: &str) -> WebhookResponse {
    LOOK.redirect(to)
}
