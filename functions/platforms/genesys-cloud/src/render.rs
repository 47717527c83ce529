//! A guest's message as calls to Open Messaging. Pure.

use std::collections::BTreeMap;

use contract::{
    Answer, AnswerKind, Attachment, AttachmentSource, Call, Content, Inbound, InboundContext, MediaKind, Profile,
    Receipt, Rendering, Sticker, http::Request, stable_uuid, text::split,
};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{Settings, api, attributes::participant_data, descriptor::TEXT_LIMIT, receipts, wire};

/// The longest message id passed on as it is; a longer one is hashed. The API names no limit.
const LONGEST_ID: usize = 128;

/// The calls that a guest's message makes.
pub(crate) fn render(message: &Inbound, settings: &Settings, context: &InboundContext) -> Rendering<Call> {
    let writer = message.guest.profile.clone().or(&context.profile);
    let data = participant_data(&context.media, &context.custom_data, &writer.attributes);
    let page = Page { message, settings, writer: &writer, data: &data };
    let mut degradations = Vec::new();
    let calls = match &message.content {
        Content::Answer(answer) => match &answer.question_id {
            Some(question) => vec![page.response(answer, question)],
            None => page.posts(drafts_of_text(&page.signed(answer_text(answer)))),
        },
        Content::Typing { on: true, duration_ms } => vec![page.typing(*duration_ms)],
        // The API knows the beginning of typing only; and nobody's coming and going.
        Content::Typing { on: false, .. } | Content::Presence { .. } => Vec::new(),
        Content::Receipt(receipt) => vec![page.receipt(receipt, context)],
        content => page.posts(page.drafts(content, &mut degradations)),
    };
    Rendering { steps: calls, degradations, ..Rendering::default() }
}

/// One message to be: a text, a file, or a file with its words.
#[derive(Debug, PartialEq)]
struct Draft {
    text: Option<String>,
    file: Option<wire::Attachment>,
}

/// What is the same on all calls of one message.
struct Page<'a> {
    message: &'a Inbound,
    settings: &'a Settings,
    writer: &'a Profile,
    data: &'a BTreeMap<String, String>,
}

impl Page<'_> {
    fn drafts(&self, content: &Content, degradations: &mut Vec<String>) -> Vec<Draft> {
        let mut degraded = |what: &str, to: &str, why: &str| degradations.push(format!("{what} → {to}: {why}"));
        let no_such = "Open Messaging takes texts and files from guests only";
        match content {
            Content::Text { text } => drafts_of_text(&self.signed(text)),
            Content::Attachment(attachment) => match file(attachment) {
                Some(file) => self.draft_of_file(attachment, file),
                None => {
                    degraded("attachment", "text", "no public URL");
                    let words = attachment.caption.as_deref().unwrap_or_default();
                    let name = attachment.name.as_deref().unwrap_or_default();
                    let line = format!("[{}] {name}\n{words}", attachment.kind.word());
                    drafts_of_text(&self.signed(line.trim()))
                }
            },
            Content::Location(location) => {
                degraded("location", "text with a link to a map", no_such);
                drafts_of_text(&self.signed(&location.describe()))
            }
            Content::Sticker(sticker) => match &sticker.image_url {
                Some(url) => {
                    degraded("sticker", "picture", no_such);
                    let words = self.in_group().then(|| self.signed(&sticker_words(sticker)));
                    vec![Draft { text: words, file: Some(sticker_file(url)) }]
                }
                None => {
                    degraded("sticker", "text", "it has no picture");
                    drafts_of_text(&self.signed(&sticker_words(sticker)))
                }
            },
            Content::Edited { text, .. } => drafts_of_text(&self.signed(&format!("✏️ (edited) {text}"))),
            Content::Note { text } => drafts_of_text(&format!("ℹ️ {text}")),
            Content::Native { json, .. } => {
                degraded("native", "text", no_such);
                drafts_of_text(&self.signed(&json.to_string()))
            }
            Content::QuickReplies { text, options } => {
                degraded("quickReplies", "text", no_such);
                drafts_of_text(&self.signed(&listed(text, options.iter().map(|option| option.text.as_str()))))
            }
            Content::List { title, items, .. } => {
                degraded("list", "text", no_such);
                drafts_of_text(&self.signed(&listed(title, items.iter().map(|item| item.text.as_str()))))
            }
            Content::Card(card) => {
                degraded("card", "text", no_such);
                drafts_of_text(&self.signed(&listed(&card.title, card.description.as_deref())))
            }
            Content::Carousel { cards } => {
                degraded("carousel", "text", no_such);
                drafts_of_text(&self.signed(&listed("", cards.iter().map(|card| card.title.as_str()))))
            }
            Content::DatePicker(picker) => {
                degraded("datePicker", "text", no_such);
                drafts_of_text(&self.signed(&listed(&picker.title, picker.subtitle.as_deref())))
            }
            Content::Form { title, fields } => {
                degraded("form", "text", no_such);
                drafts_of_text(&self.signed(&listed(title, fields.iter().map(|field| field.label.as_str()))))
            }
            Content::Answer(_) | Content::Receipt(_) | Content::Typing { .. } | Content::Presence { .. } => Vec::new(),
        }
    }

    /// A file, with its words in the same message as far as they fit.
    fn draft_of_file(&self, attachment: &Attachment, file: wire::Attachment) -> Vec<Draft> {
        let words = attachment.caption.as_deref().filter(|words| !words.is_empty());
        let words = match words {
            Some(words) => self.signed(words),
            None if self.in_group() => self.signed(attachment.name.as_deref().unwrap_or(attachment.kind.word())),
            None => String::new(),
        };
        let mut drafts = drafts_of_text(&words);
        match drafts.first_mut() {
            Some(first) => first.file = Some(file),
            None => drafts.push(Draft { text: None, file: Some(file) }),
        }
        drafts
    }

    fn in_group(&self) -> bool {
        self.message.guest.writer_id.is_some()
    }

    /// The text with the writer's name before it, in a group.
    fn signed(&self, text: &str) -> String {
        let Some(writer_id) = &self.message.guest.writer_id else { return text.to_owned() };
        let name = self.writer.nickname.as_ref().or(self.writer.first_name.as_ref()).unwrap_or(writer_id);
        format!("{name}: {text}")
    }

    fn from(&self) -> wire::From<'_> {
        let id = self.message.guest.id.as_str();
        // A group is not one of its members: only the name and the face are the writer's.
        let writer = self.writer;
        let private = !self.in_group();
        wire::From {
            id,
            id_type: id_type(id),
            nickname: said(&writer.nickname),
            first_name: said(&writer.first_name).filter(|_| private),
            last_name: said(&writer.last_name).filter(|_| private),
            image: said(&writer.image_url),
            email: said(&writer.email).filter(|_| private),
        }
    }

    /// The head of a message or an answer. Its id comes from the event's: a network may use one message id for several
    /// events (a picture and its caption, a message and its edit), and of two with the same id the second is discarded.
    /// Parts of one message are a millisecond apart, so that they stay in order.
    fn channel(&self, part: usize) -> wire::Channel<'_> {
        let event = self.message.event_id.as_str();
        let base = if event.len() <= LONGEST_ID { event.to_owned() } else { stable_uuid(&[event]).to_string() };
        let message_id = if part == 0 { base } else { format!("{base}-{}", part + 1) };
        wire::Channel {
            from: self.from(),
            to: Some(wire::To { id: self.integration() }),
            message_id: Some(message_id),
            time: time(self.message.at, part),
            metadata: (!self.data.is_empty()).then_some(wire::Metadata { custom_attributes: self.data }),
        }
    }

    fn posts(&self, drafts: Vec<Draft>) -> Vec<Call> {
        let post = |(part, draft): (usize, &Draft)| {
            let element = |attachment| wire::ContentElement { content_type: "Attachment", attachment };
            let body = wire::Message {
                channel: self.channel(part),
                text: draft.text.as_deref(),
                content: draft.file.clone().map(element).into_iter().collect(),
            };
            Call::new(self.call("message?prefetchConversationId=true", &body))
        };
        drafts.iter().enumerate().map(post).collect()
    }

    fn response(&self, answer: &Answer, question: &str) -> Call {
        let body = wire::StructuredResponse {
            channel: self.channel(0),
            originating_message_id: question,
            button_response: wire::ButtonResponse {
                kind: match answer.kind {
                    AnswerKind::QuickReply => "QuickReply",
                    AnswerKind::Button => "Button",
                    AnswerKind::DatePicker => "DatePicker",
                },
                text: answer_text(answer),
                payload: if answer.payload.is_empty() { &answer.text } else { &answer.payload },
            },
        };
        // An answer to a question that Genesys Cloud has forgotten is still something the guest said.
        let text = drafts_of_text(&self.signed(answer_text(answer)));
        let call = Call::new(self.call("structured/response", &body));
        match self.posts(text).into_iter().next() {
            Some(post) => call.or(post.request),
            None => call,
        }
    }

    fn typing(&self, duration: Option<u64>) -> Call {
        let typing = wire::Typing { kind: "On", duration };
        let channel = wire::Channel {
            from: self.from(),
            to: None,
            message_id: None,
            time: time(self.message.at, 0),
            metadata: None,
        };
        let body = wire::Event { channel, events: [wire::TypingEvent { event_type: "Typing", typing }] };
        Call::best_effort(self.call("event", &body))
    }

    fn receipt(&self, receipt: &Receipt, context: &InboundContext) -> Call {
        let (status, is_final_receipt) = receipts::word_of(receipt.status, context.reports_delivery);
        let body = wire::Receipt {
            id: &receipt.message_id,
            channel: wire::ReceiptChannel {
                to: wire::To { id: self.message.guest.id.as_str() },
                time: time(self.message.at, 0),
            },
            status,
            is_final_receipt,
            reasons: receipt
                .reason
                .iter()
                .map(|reason| wire::Reason { code: receipts::code_of(reason.kind), message: &reason.sentence })
                .collect(),
        };
        Call::new(self.call("receipt", &body))
    }

    /// The id of the integration. Empty while there is none: `send` then makes no request.
    fn integration(&self) -> &str {
        self.settings.integration().unwrap_or_default()
    }

    fn call(&self, what: &str, body: &impl Serialize) -> Request {
        let integration = api::segment(self.integration());
        let path = format!("/api/v2/conversations/messages/{integration}/inbound/open/{what}");
        Request::new(Method::POST, self.settings.region.api(&path)).json(body)
    }
}

fn said(field: &Option<String>) -> Option<&str> {
    field.as_deref().filter(|text| !text.is_empty())
}

fn drafts_of_text(text: &str) -> Vec<Draft> {
    split(text, TEXT_LIMIT).into_iter().map(|part| Draft { text: Some(part.to_owned()), file: None }).collect()
}

/// RFC 3339 with milliseconds.
fn time(at: Timestamp, part: usize) -> String {
    let later = SignedDuration::from_millis(i64::try_from(part).unwrap_or_default());
    format!("{:.3}", at.checked_add(later).unwrap_or(at))
}

/// What sort of id the guest's is. Genesys Cloud matches telephone numbers and mail addresses with its contacts.
fn id_type(id: &str) -> &'static str {
    if let Some(number) = id.strip_prefix('+') {
        // E.164: at most 15 digits.
        let digits = (7..=15).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        return if digits && !number.starts_with('0') { "Phone" } else { "Opaque" };
    }
    let is_address = id.split_once('@').is_some_and(|(local, domain)| {
        let atom = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+-=?^_`{|}~".contains(&b);
        let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        !local.is_empty() && local.bytes().all(atom) && domain.contains('.') && domain.split('.').all(label)
    });
    if is_address { "Email" } else { "Opaque" }
}

fn answer_text(answer: &Answer) -> &str {
    if answer.text.is_empty() { &answer.payload } else { &answer.text }
}

fn file(attachment: &Attachment) -> Option<wire::Attachment> {
    let AttachmentSource::Url { url } = &attachment.source else { return None };
    let media_type = match attachment.kind {
        MediaKind::Image => "Image",
        MediaKind::Video => "Video",
        MediaKind::Audio => "Audio",
        MediaKind::File => "File",
    };
    Some(wire::Attachment {
        media_type,
        url: url.clone(),
        mime: attachment.mime.clone(),
        filename: attachment.name.clone(),
    })
}

fn sticker_words(sticker: &Sticker) -> String {
    format!("[sticker] {}", sticker.text.as_ref().filter(|text| !text.is_empty()).unwrap_or(&sticker.sticker_id))
}

fn sticker_file(url: &str) -> wire::Attachment {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let mime = match path.rsplit('.').next() {
        Some("png") => Some("image/png"),
        Some("jpg" | "jpeg") => Some("image/jpeg"),
        Some("gif") => Some("image/gif"),
        Some("webp") => Some("image/webp"),
        _ => None,
    };
    wire::Attachment { media_type: "Image", url: url.to_owned(), mime: mime.map(str::to_owned), filename: None }
}

/// A headline and its items, a line each.
fn listed<'a>(headline: &str, items: impl IntoIterator<Item = &'a str>) -> String {
    let items = items.into_iter().map(|item| format!("• {item}"));
    let lines: Vec<String> =
        Some(headline.to_owned()).into_iter().filter(|line| !line.is_empty()).chain(items).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_by_sort() {
        for (id, expected) in [
            ("U4af4980629", "Opaque"),
            ("+819012345678", "Phone"),
            ("+0312345678", "Opaque"),
            ("+12", "Opaque"),
            ("+81901234567890123", "Opaque"),
            ("ann@example.com", "Email"),
            ("ann+chat@mail.example.co.jp", "Email"),
            ("abcdef12345@socialmedia", "Opaque"),
            ("19:meeting_abc@thread.tacv2", "Opaque"),
            ("ann@@example.com", "Opaque"),
            ("@example.com", "Opaque"),
            ("ann@example..com", "Opaque"),
            ("52b5eb487cebd87a|97147047050", "Opaque"),
        ] {
            assert_eq!(id_type(id), expected, "{id}");
        }
    }
}
