//! Pages for people.

use http::{HeaderName, HeaderValue, StatusCode, header};
use shared::WebhookResponse;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;place-items:center;min-height:100vh;\
background:#f6f6f8;color:#1d1c1d}main{background:#fff;border-radius:12px;box-shadow:0 1px 8px #0002;padding:2rem;\
max-width:28rem;margin:1rem}h1{font-size:1.3rem;margin:0 0 .5rem}label{display:block;font-weight:600;margin-top:1rem}\
input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;margin:.25rem 0 1rem;border:1px solid #868686;\
border-radius:6px}button{font:inherit;font-weight:600;padding:.6rem 1.2rem;border:0;border-radius:6px;\
background:#4a154b;color:#fff;cursor:pointer}";

/// A page of a headline and words.
pub(crate) fn message(status: StatusCode, title: &str, words: &str) -> WebhookResponse {
    html(status, title, &format!("<p>{}</p>", escape(words)))
}

/// Asks for the customer identifier; `trouble` is what was wrong with the last one.
pub(crate) fn form(status: StatusCode, trouble: Option<&str>) -> WebhookResponse {
    let trouble = trouble.map(|words| format!("<p role=\"alert\">{}</p>", escape(words))).unwrap_or_default();
    html(
        status,
        "Add to Slack",
        &format!(
            "<p>Connect your Slack workspace with your contact centre.</p>{trouble}<form method=\"get\" action=\"\">\
             <label for=\"customer\">Customer Identifier</label><input id=\"customer\" name=\"customer\" required \
             maxlength=\"64\" autocomplete=\"off\"><button>Continue</button></form>"
        ),
    )
}

/// Sends the browser on.
pub(crate) fn redirect(to: &str) -> WebhookResponse {
    let mut response = WebhookResponse::empty(StatusCode::FOUND);
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers.insert(header::LOCATION, to);
    }
    guarded(response)
}

fn html(status: StatusCode, title: &str, body: &str) -> WebhookResponse {
    let title = escape(title);
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>\
         {body}</main></body></html>"
    );
    guarded(WebhookResponse::with_body(status, "text/html; charset=utf-8", page))
}

/// Nothing of these pages is kept, framed or told to others: an address may hold a code.
fn guarded(mut response: WebhookResponse) -> WebhookResponse {
    // No form-action: the form leads to our own page, and that on to Slack's.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
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

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
