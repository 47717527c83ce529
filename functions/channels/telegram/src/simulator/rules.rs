//! What Telegram refuses: <https://core.telegram.org/bots/api#available-methods>. Written from the reference and not from
//! what we send, so that it catches us.

use serde_json::Value;

/// Telegram's description of the first fault in a call's parameters, if there is one.
pub fn fault(method: &str, body: &Value) -> Option<String> {
    check(method, body).err().map(|what| format!("Bad Request: {what}"))
}

type Checked = Result<(), String>;

fn check(method: &str, body: &Value) -> Checked {
    if !method.starts_with("get") && method != "answerCallbackQuery" {
        require(
            body["chat_id"].is_i64() || body["chat_id"].as_str().is_some_and(|id| !id.is_empty()),
            "chat_id is empty",
        )?;
    }
    match method {
        "sendMessage" | "editMessageText" => {
            let text = text(body, "text", 4_096, "message is too long")?.ok_or("message text is empty")?;
            entities(body, "entities", text)?;
            markup_language(body, text)?;
        }
        "sendPhoto" => media(body, "photo")?,
        "sendVideo" => media(body, "video")?,
        "sendAnimation" => media(body, "animation")?,
        "sendAudio" => media(body, "audio")?,
        "sendVoice" => media(body, "voice")?,
        "sendVideoNote" => media(body, "video_note")?,
        "sendDocument" => media(body, "document")?,
        "sendSticker" => {
            file(&body["sticker"])?;
            require(body.get("caption").is_none(), "stickers have no caption")?;
        }
        "sendMediaGroup" => {
            let items = body["media"].as_array().ok_or("parameter \"media\" is required")?;
            require((2..=10).contains(&items.len()), "expected 2 to 10 elements in media group")?;
            require(body.get("reply_markup").is_none(), "media groups have no reply_markup")?;
            for item in items {
                let kind = item["type"].as_str().unwrap_or_default();
                require(["photo", "video", "audio", "document"].contains(&kind), "media type is invalid")?;
                file(&item["media"])?;
                caption(item)?;
            }
        }
        "sendLocation" | "sendVenue" => {
            for (name, most) in [("latitude", 90.0), ("longitude", 180.0)] {
                require(body[name].as_f64().is_some_and(|degrees| degrees.abs() <= most), "invalid location")?;
            }
            if method == "sendVenue" {
                for name in ["title", "address"] {
                    text(body, name, 4_096, "venue is too long")?.ok_or("venue title must be non-empty")?;
                }
            }
        }
        "sendContact" => {
            for name in ["phone_number", "first_name"] {
                text(body, name, 256, "contact is too long")?.ok_or("contact is empty")?;
            }
        }
        "sendPoll" => {
            text(body, "question", 300, "poll question must not exceed 300 characters")?
                .ok_or("poll question is empty")?;
            let options = body["options"].as_array().map_or(0, Vec::len);
            require((2..=12).contains(&options), "poll must have at least 2 option")?;
        }
        "sendChatAction" => {
            let action = body["action"].as_str().unwrap_or_default();
            let known = ["typing", "choose_sticker", "find_location"].contains(&action)
                || ["upload_", "record_"].iter().any(|start| action.starts_with(start));
            require(known, "wrong parameter action in request")?;
        }
        "answerCallbackQuery" => {
            text(body, "callback_query_id", 64, "query ID is invalid")?.ok_or("query ID is invalid")?;
            text(body, "text", 200, "MESSAGE_TOO_LONG")?;
        }
        _ => {}
    }
    keyboard(&body["reply_markup"])
}

fn require(holds: bool, or_else: &str) -> Checked {
    if holds { Ok(()) } else { Err(or_else.to_owned()) }
}

fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A text of at most so many UTF-16 units; none when it is missing or shows nothing.
fn text<'v>(body: &'v Value, name: &str, most: usize, or_else: &str) -> Result<Option<&'v str>, String> {
    let Some(text) = body[name].as_str().filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    require(utf16(text) <= most, or_else)?;
    Ok(Some(text))
}

fn caption(body: &Value) -> Checked {
    let caption = text(body, "caption", 1_024, "message caption is too long")?.unwrap_or_default();
    entities(body, "caption_entities", caption)?;
    markup_language(body, caption)
}

fn media(body: &Value, field: &str) -> Checked {
    file(&body[field])?;
    caption(body)
}

/// A file id or an address; what is uploaded has become a file id by now. Telegram takes http, too.
fn file(value: &Value) -> Checked {
    let name = value.as_str().unwrap_or_default();
    let is_address = name.starts_with("https://") || name.starts_with("http://");
    let is_id = name.len() >= 16 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    require((is_address || is_id) && !name.contains(char::is_whitespace), "wrong file identifier/HTTP URL specified")
}

fn entities(body: &Value, name: &str, text: &str) -> Checked {
    for entity in body[name].as_array().into_iter().flatten() {
        let (offset, length) = (entity["offset"].as_u64(), entity["length"].as_u64());
        let end = offset.zip(length).map(|(offset, length)| offset + length);
        let fits = length > Some(0) && end.is_some_and(|end| end <= utf16(text) as u64);
        require(fits && entity["type"].is_string(), "ENTITY_BOUNDS_INVALID")?;
    }
    Ok(())
}

/// Roughly: every tag is closed, every mark is one of two.
fn markup_language(body: &Value, text: &str) -> Checked {
    let balanced = match body["parse_mode"].as_str().map(str::to_ascii_lowercase).as_deref() {
        None => true,
        Some("html") => {
            let opened = text.matches('<').count() - text.matches("</").count();
            opened == text.matches("</").count() && text.matches('<').count() == text.matches('>').count()
        }
        Some("markdown" | "markdownv2") => text.matches('*').count().is_multiple_of(2),
        Some(_) => return Err("unsupported parse_mode".to_owned()),
    };
    require(balanced, "can't parse entities: Can't find end of the entity starting at byte offset 0")
}

fn keyboard(markup: &Value) -> Checked {
    if markup.is_null() {
        return Ok(());
    }
    require(markup.is_object(), "object expected as reply markup")?;
    require(markup.to_string().len() <= 10_000, "reply markup is too long")?;
    let rows = |name: &str| -> Vec<&Value> {
        let rows = markup[name].as_array().into_iter().flatten();
        rows.flat_map(|row| row.as_array().into_iter().flatten()).collect()
    };
    let inline = rows("inline_keyboard");
    require(inline.len() <= 100, "reply markup has too many buttons")?;
    for button in &inline {
        require(!button["text"].as_str().unwrap_or_default().trim().is_empty(), "BUTTON_TEXT_INVALID")?;
        match (button["callback_data"].as_str(), button["url"].as_str()) {
            (Some(data), None) => require((1..=64).contains(&data.len()), "BUTTON_DATA_INVALID")?,
            (None, Some(url)) => {
                let opens = ["https://", "http://", "tg://"].iter().any(|scheme| url.starts_with(scheme));
                require(opens && !url.contains(char::is_whitespace), "BUTTON_URL_INVALID")?;
            }
            (None, None) => require(button.as_object().is_some_and(|b| b.len() > 1), "BUTTON_TYPE_INVALID")?,
            _ => return Err("BUTTON_TYPE_INVALID".to_owned()),
        }
    }
    for button in rows("keyboard") {
        let text = button["text"].as_str().or(button.as_str()).unwrap_or_default();
        require(!text.trim().is_empty(), "keyboard button text must be non-empty")?;
    }
    Ok(())
}
