//! Pages that people outside see: where a customer registers, where an app is installed. One look, one set of headers; a
//! room brings the words, its fields and its network's colour.

use contract::WebhookResponse;
use http::{HeaderName, HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, Render, html};

const STYLE: &str = include_str!("page.css");
/// Longest form that is looked at, in bytes.
pub const FORM_MAX: usize = 16 << 10;

/// How all pages of a room look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The network's colour, dark enough for white letters on it: `#4a154b`.
    pub accent: &'static str,
    /// Whether the way on from a form leads elsewhere: browsers hold a policy for forms against redirects as well.
    pub leads_away: bool,
}

impl Look {
    /// A page of a headline and what stands below.
    pub fn page(self, status: StatusCode, title: &str, body: &Markup) -> WebhookResponse {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body style=(format!("--accent:{}", self.accent)) { main { h1 { (title) } (body) } }
            }
        };
        self.guarded(WebhookResponse::with_body(status, "text/html; charset=utf-8", page.into_string()))
    }

    /// A page of a headline and a sentence.
    pub fn message(self, status: StatusCode, title: &str, words: &str) -> WebhookResponse {
        self.page(status, title, &html! { p { (words) } })
    }

    /// Sends the browser on.
    pub fn redirect(self, to: &str) -> WebhookResponse {
        let mut response = WebhookResponse::empty(StatusCode::FOUND);
        if let Ok(to) = HeaderValue::from_str(to) {
            response.headers.insert(header::LOCATION, to);
        }
        self.guarded(response)
    }

    /// Nothing of these pages is kept, framed or told to others: an address may hold a code.
    fn guarded(self, mut response: WebhookResponse) -> WebhookResponse {
        let policy = match self.leads_away {
            true => "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
            false => {
                "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
            }
        };
        for (name, value) in [
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::CACHE_CONTROL, "no-store"),
            (header::REFERRER_POLICY, "no-referrer"),
            (HeaderName::from_static("x-content-type-options"), "nosniff"),
        ] {
            response.headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A line.
    Line,
    /// A mail address.
    Mail,
    /// A colour.
    Color,
    /// Several lines.
    Lines,
}

/// A field of a form, with its label and what was wrong with what stood in it.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Its name in the form, and its id.
    pub name: &'a str,
    /// What stands above it.
    pub label: &'a str,
    /// What it takes.
    pub takes: Takes,
    /// What stands in it.
    pub value: &'a str,
    /// The longest that fits, in UTF-16 units as browsers count.
    pub longest: usize,
    /// Whether it must be filled in.
    pub required: bool,
    /// What browsers know it as, so that they can fill it in:
    /// <https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill>.
    pub autocomplete: &'a str,
    /// What was wrong.
    pub fault: Option<&'a str>,
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let kind = match self.takes {
            Takes::Mail => "email",
            Takes::Color => "color",
            Takes::Line | Takes::Lines => "text",
        };
        let invalid = self.fault.map(|_| "true");
        let described = self.fault.map(|_| format!("{}-fault", self.name));
        let longest = (self.takes != Takes::Color).then_some(self.longest);
        html! {
            label for=(self.name) { (self.label) }
            @if self.takes == Takes::Lines {
                textarea id=(self.name) name=(self.name) maxlength=[longest] rows="4" required[self.required]
                    aria-invalid=[invalid] aria-describedby=[&described] { (self.value) }
            } @else {
                input id=(self.name) name=(self.name) type=(kind) value=(self.value) maxlength=[longest]
                    required[self.required] autocomplete=(self.autocomplete) aria-invalid=[invalid]
                    aria-describedby=[&described];
            }
            @if let Some(fault) = self.fault {
                p role="alert" id=[&described] { (fault) }
            }
        }
    }
}

/// Whether somebody may be reached there. Only a mail tells for sure.
pub fn is_mail_address(text: &str) -> bool {
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"',;".contains(c));
    let parts = text.split_once('@');
    plain
        && text.len() <= 254
        && parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LOOK: Look = Look { accent: "#0066cc", leads_away: false };

    #[test]
    fn what_is_typed_is_shown_and_not_obeyed() {
        let typed = "\"><script>alert(1)</script>";
        for takes in [Takes::Line, Takes::Lines] {
            let field = Field {
                name: "organization",
                label: "Organization",
                takes,
                value: typed,
                longest: 100,
                required: true,
                autocomplete: "organization",
                fault: Some("No <b>."),
            };
            let page = LOOK.page(StatusCode::UNPROCESSABLE_ENTITY, typed, &field.render());
            let html = std::str::from_utf8(&page.body).unwrap();
            assert!(html.contains("&lt;script&gt;") && html.contains("No &lt;b&gt;."), "{html}");
            assert!(!html.contains("<script>") && html.contains("aria-describedby=\"organization-fault\""), "{html}");
        }
    }

    #[test]
    fn nobody_frames_or_keeps_them() {
        for response in [LOOK.message(StatusCode::OK, "Installed", "Good."), LOOK.redirect("https://slack.com/x?a=b")] {
            let policy = response.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"), "{policy}");
            assert_eq!(response.headers[header::CACHE_CONTROL], "no-store");
            assert_eq!(response.headers[header::REFERRER_POLICY], "no-referrer");
        }
        let away = Look { leads_away: true, ..LOOK }.redirect("https://slack.com/");
        assert!(!away.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("form-action"));
        assert_eq!(away.headers[header::LOCATION], "https://slack.com/");
    }

    #[test]
    fn mail_addresses() {
        for (text, good) in [
            ("it@acme.example", true),
            ("a@b", false),
            ("a b@acme.example", false),
            ("a@b@acme.example", false),
            ("acme.example", false),
            ("", false),
        ] {
            assert_eq!(is_mail_address(text), good, "{text}");
        }
    }
}
