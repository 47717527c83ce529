//! Slack's text and everybody else's. <https://docs.slack.dev/messaging/formatting-message-text>
//!
//! Towards the agent, entities become characters, mentions names, links words with their address. `*bold*` and its like
//! stay as they were typed. Towards the guest, only the three characters that Slack gives a meaning are escaped.

use serde_json::Value;

/// A text with `&`, `<` and `>` escaped, so that it is shown as it is.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text without its escapes.
pub(crate) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Whether a text calls this user.
pub(crate) fn mentions(text: &str, user: &str) -> bool {
    !user.is_empty() && (text.contains(&format!("<@{user}>")) || text.contains(&format!("<@{user}|")))
}

/// The text as an agent reads it, without the calls to `bot`. `blocks` is the message in blocks: emojis stand in the text by
/// their names (`:wave:`), and there by their characters.
pub(crate) fn to_text(text: &str, bot: Option<&str>, blocks: Option<&Value>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // A mention that was cut takes the space on its side with it.
    let mut cut = false;
    while let Some(open) = rest.find('<') {
        push(&mut out, &rest[..open], &mut cut);
        let inside = &rest[open + 1..];
        let Some(close) = inside.find('>') else {
            rest = &rest[open..];
            break;
        };
        match spelled(&inside[..close], bot) {
            Some(words) => push(&mut out, &words, &mut cut),
            None => cut = true,
        }
        rest = &inside[close + 1..];
    }
    push(&mut out, rest, &mut cut);
    let text = unescape(&out);
    match blocks {
        Some(blocks) if text.contains(':') => with_emojis(text, blocks),
        _ => text,
    }
}

fn push(out: &mut String, words: &str, cut: &mut bool) {
    let doubled = *cut && (out.is_empty() || out.ends_with([' ', '\n']));
    out.push_str(if doubled { words.strip_prefix(' ').unwrap_or(words) } else { words });
    *cut = *cut && words.is_empty();
}

/// What stands between the angle brackets, in words; none for a call to the bot. Still escaped.
fn spelled(token: &str, bot: Option<&str>) -> Option<String> {
    let (target, label) = match token.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (token, None),
    };
    Some(match target.split_at_checked(1) {
        Some(("@", user)) if bot == Some(user) => return None,
        Some(("@", user)) => format!("@{}", label.unwrap_or(user)),
        Some(("#", channel)) => format!("#{}", label.unwrap_or(channel)),
        Some(("!", command)) => match (label, command.split('^').next().unwrap_or_default()) {
            (Some(label), _) => label.to_owned(),
            (None, name) => format!("@{name}"),
        },
        _ => match label {
            None => bare(target).to_owned(),
            Some(label) if is_its_own_label(target, label) => label.to_owned(),
            Some(label) => format!("{label} ({})", bare(target)),
        },
    })
}

/// Slack makes links of what looks like one: `<http://acme.com|acme.com>`, `<mailto:a@acme.com|a@acme.com>`.
fn is_its_own_label(target: &str, label: &str) -> bool {
    let naked = |url: &str| {
        let url = bare(url);
        let url = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url);
        url.trim_end_matches('/').to_owned()
    };
    naked(target) == naked(label)
}

fn bare(target: &str) -> &str {
    target.strip_prefix("mailto:").or_else(|| target.strip_prefix("tel:")).unwrap_or(target)
}

/// Puts emojis where their names stand.
fn with_emojis(mut text: String, blocks: &Value) -> String {
    let mut emojis = Vec::new();
    collect(blocks, &mut emojis);
    for (name, characters) in emojis {
        text = text.replace(&name, &characters);
    }
    text
}

/// `{"type":"emoji","name":"wave","skin_tone":2,"unicode":"1f44b-1f3fb"}`, wherever it stands; the longest names first, so that
/// `:wave::skin-tone-2:` is one emoji.
fn collect(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, found)),
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|kind| kind == "emoji") {
                let (name, code) = (value["name"].as_str(), value["unicode"].as_str());
                if let Some((name, characters)) = name.zip(code.and_then(characters)) {
                    // The tone is in the name, or beside it.
                    let tone = value["skin_tone"].as_u64().filter(|_| !name.contains("::skin-tone-"));
                    if let Some(tone) = tone {
                        found.push((format!(":{name}::skin-tone-{tone}:"), characters.clone()));
                    }
                    found.push((format!(":{name}:"), characters));
                }
            } else {
                fields.values().for_each(|part| collect(part, found));
            }
        }
        _ => {}
    }
    found.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    found.truncate(500);
}

fn characters(code: &str) -> Option<String> {
    let character = |part: &str| u32::from_str_radix(part, 16).ok().and_then(char::from_u32);
    code.split('-').map(character).collect::<Option<String>>().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn slacks_text_is_read() {
        for (slack, text) in [
            ("hello", "hello"),
            ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
            ("<@UBOT> hello", "hello"),
            ("hello <@UBOT>", "hello "),
            ("hello <@UBOT> there", "hello there"),
            ("<@UBOT|bot>hello", "hello"),
            ("<@U1> and <@U2|bob>", "@U1 and @bob"),
            ("see <#C1|general> and <#C2>", "see #general and #C2"),
            ("<!here> <!subteam^S1|@admins> <!date^1392734382^{date}|18 Feb 2014>", "@here @admins 18 Feb 2014"),
            ("<https://x.example/?a=1&amp;b=2>", "https://x.example/?a=1&b=2"),
            ("<https://x.example|our page>", "our page (https://x.example)"),
            ("<http://acme.com|acme.com>", "acme.com"),
            ("<https://acme.com/|acme.com>", "acme.com"),
            ("<mailto:a@acme.com|a@acme.com>", "a@acme.com"),
            ("<tel:+8112|+8112>", "+8112"),
            ("*bold* _it_ ~no~ `code`", "*bold* _it_ ~no~ `code`"),
            ("an open < bracket", "an open < bracket"),
            ("<>", ""),
        ] {
            assert_eq!(to_text(slack, Some("UBOT"), None), text, "{slack}");
        }
    }

    #[test]
    fn emojis_are_characters() {
        let blocks = json!([{ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [
            { "type": "emoji", "name": "wave", "unicode": "1f44b" },
            { "type": "emoji", "name": "wave", "skin_tone": 4, "unicode": "1f44b-1f3fd" },
            { "type": "emoji", "name": "acme" },
        ] }] }]);
        let text = to_text(":wave: :wave::skin-tone-4: :acme: 10:30:15", None, Some(&blocks));
        assert_eq!(text, "👋 👋🏽 :acme: 10:30:15");
    }

    #[test]
    fn what_is_escaped_comes_back() {
        for text in ["a & b", "<b>&amp;</b>", "1 < 2 > 0", "&lt;"] {
            assert_eq!(unescape(&escape(text)), text);
        }
    }
}
