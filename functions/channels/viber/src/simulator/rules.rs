//! What Viber refuses: <https://developers.viber.com/docs/api/rest-bot-api/#message-types>. Written from the reference and
//! not from what we send, so that it catches us.

use base64::{Engine, engine::general_purpose::STANDARD};
use contract::descriptor::TextUnit;
use serde_json::Value;

/// A fault, with Viber's status for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// 3 is bad data, 4 is missing data.
    pub status: i64,
    /// What is wrong, and where.
    pub message: String,
}

#[derive(Default)]
struct Check {
    faults: Vec<Fault>,
}

/// Whether a text can be a guest's id.
pub fn is_id(text: &str) -> bool {
    (12..=64).contains(&text.len()) && STANDARD.decode(text).is_ok()
}

/// The faults of a `send_message` that Viber's servers find.
pub fn faults(body: &Value) -> Vec<Fault> {
    let mut check = Check::default();
    if serde_json::to_vec(body).map_or(0, |json| json.len()) > 30 * 1024 {
        check.bad("the request is larger than 30kb");
    }
    check.text(body, "receiver", 1, 128);
    check.text(&body["sender"], "name", 1, 28);
    if body["sender"].get("avatar").is_some() {
        check.url(&body["sender"], "avatar", 2_000);
    }
    if body.get("tracking_data").is_some() {
        check.text(body, "tracking_data", 0, 4_000);
    }
    if body.get("min_api_version").is_some_and(|version| !version.is_u64()) {
        check.bad("min_api_version is no number");
    }
    check.message(body);
    check.faults
}

/// The faults that only a telephone finds: of keyboards and carousels. The bot is told with `failed`.
/// <https://developers.viber.com/docs/faq/>
pub fn client_faults(body: &Value) -> Vec<Fault> {
    let mut check = Check::default();
    if let Some(keyboard) = body.get("keyboard") {
        check.keyboard(keyboard);
    }
    if body["type"] == "rich_media" {
        check.carousel(&body["rich_media"]);
    }
    check.faults
}

impl Check {
    fn bad(&mut self, message: impl Into<String>) {
        self.faults.push(Fault { status: 3, message: message.into() });
    }

    fn missing(&mut self, name: &str) {
        self.faults.push(Fault { status: 4, message: format!("missing parameter: {name}") });
    }

    fn message(&mut self, body: &Value) {
        match body["type"].as_str() {
            Some("text") => self.text(body, "text", 1, 7_000),
            Some("picture") => {
                self.media(body, &["jpg", "jpeg", "png", "gif"]);
                self.caption(body);
            }
            Some("video") => {
                self.media(body, &["mp4"]);
                self.caption(body);
                self.size(body, 26_000_000);
                if body.get("duration").is_some_and(|seconds| seconds.as_u64().is_none_or(|seconds| seconds > 180)) {
                    self.bad("duration is more than 180");
                }
            }
            Some("file") => {
                self.media(body, &[]);
                self.size(body, 50_000_000);
                self.text(body, "file_name", 1, 256);
                let ending =
                    body["file_name"].as_str().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending);
                if ending.is_some_and(|ending| ["exe", "apk", "bat", "sh", "bin"].contains(&ending)) {
                    self.bad("the file's format is forbidden");
                }
            }
            Some("contact") => {
                self.text(&body["contact"], "name", 1, 28);
                self.text(&body["contact"], "phone_number", 1, 18);
            }
            Some("location") => {
                for (name, most) in [("lat", 90.0), ("lon", 180.0)] {
                    if !body["location"][name].as_f64().is_some_and(|degrees| degrees.abs() <= most) {
                        self.bad(format!("location.{name} is not on the map"));
                    }
                }
            }
            Some("url") => self.url(body, "media", 2_000),
            Some("sticker") if body["sticker_id"].is_u64() => {}
            Some("sticker") => self.missing("sticker_id"),
            Some("rich_media") => {
                if !body["rich_media"].is_object() {
                    self.missing("rich_media");
                }
                if body["min_api_version"].as_u64().unwrap_or(1) < 2 {
                    self.bad("rich_media needs min_api_version 2");
                }
                if body.get("alt_text").is_some() {
                    self.text(body, "alt_text", 1, 7_000);
                }
            }
            Some(_) => self.bad("type is none of the known"),
            None => self.missing("type"),
        }
    }

    fn keyboard(&mut self, keyboard: &Value) {
        if keyboard["Type"] != "keyboard" {
            self.bad("keyboard.Type is not keyboard");
        }
        let columns = 6;
        let (mut used, mut rows) = (0, 0);
        for button in self.buttons(keyboard, "keyboard", 2) {
            used += button["Columns"].as_u64().unwrap_or(6);
            if used > columns {
                used = button["Columns"].as_u64().unwrap_or(6);
                rows += 1;
            }
            if used >= columns {
                rows += button["Rows"].as_u64().unwrap_or(1);
                used = 0;
            }
        }
        if rows + u64::from(used > 0) > 24 {
            self.bad("keyboard has more than 24 rows");
        }
    }

    fn carousel(&mut self, grid: &Value) {
        if grid["Type"] != "rich_media" {
            self.bad("rich_media.Type is not rich_media");
        }
        let columns = grid["ButtonsGroupColumns"].as_u64().unwrap_or(6);
        let height = grid["ButtonsGroupRows"].as_u64().unwrap_or(7);
        if !(1..=6).contains(&columns) || !(1..=7).contains(&height) {
            self.bad("rich_media has too large a group");
            return;
        }
        let buttons = self.buttons(grid, "rich_media", 7);
        let area: u64 = buttons
            .iter()
            .map(|button| button["Columns"].as_u64().unwrap_or(columns) * button["Rows"].as_u64().unwrap_or(1))
            .sum();
        if area > 6 * columns * height {
            self.bad("rich_media has more than 6 cards");
        }
        // Ours have full rows only: a card ends where another begins.
        let mut rows = 0;
        for button in &buttons {
            rows += button["Rows"].as_u64().unwrap_or(1);
            if rows > height && button["Columns"].as_u64().unwrap_or(columns) == columns {
                self.bad("rich_media has a button across two cards");
                return;
            }
            rows %= height;
        }
    }

    fn buttons<'v>(&mut self, holder: &'v Value, at: &str, most_rows: u64) -> Vec<&'v Value> {
        let buttons: Vec<&Value> = holder["Buttons"].as_array().map(|list| list.iter().collect()).unwrap_or_default();
        if buttons.is_empty() {
            self.bad(format!("{at}.Buttons is empty"));
        }
        for (index, button) in buttons.iter().enumerate() {
            let at = format!("{at}.Buttons[{index}]");
            let kinds = ["reply", "open-url", "location-picker", "share-phone", "none"];
            let kind = button["ActionType"].as_str().unwrap_or("reply");
            if !kinds.contains(&kind) {
                self.bad(format!("{at}.ActionType is none of the known"));
            }
            if button["ActionBody"].as_str().is_none_or(str::is_empty) {
                self.bad(format!("{at}.ActionBody is empty"));
            }
            if kind == "open-url" {
                self.url(button, "ActionBody", 2_000);
            }
            if button.get("Image").is_some() {
                self.url(button, "Image", 2_000);
            }
            if !(1..=6).contains(&button["Columns"].as_u64().unwrap_or(6)) {
                self.bad(format!("{at}.Columns is not from 1 to 6"));
            }
            if !(1..=most_rows).contains(&button["Rows"].as_u64().unwrap_or(1)) {
                self.bad(format!("{at}.Rows is not from 1 to {most_rows}"));
            }
        }
        buttons
    }

    fn media(&mut self, body: &Value, endings: &[&str]) {
        self.url(body, "media", 2_000);
        let path = body["media"].as_str().unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
        let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending);
        if !endings.is_empty() && !ending.is_some_and(|ending| endings.contains(&ending.to_ascii_lowercase().as_str()))
        {
            self.bad("media has not the ending of its type");
        }
        if body.get("thumbnail").is_some() {
            self.url(body, "thumbnail", 2_000);
        }
    }

    fn caption(&mut self, body: &Value) {
        if body.get("text").is_some() {
            self.text(body, "text", 0, 512);
        }
    }

    fn size(&mut self, body: &Value, most: u64) {
        match body["size"].as_u64() {
            None => self.missing("size"),
            Some(size) if (1..=most).contains(&size) => {}
            Some(_) => self.bad(format!("size is not from 1 to {most}")),
        }
    }

    fn text(&mut self, holder: &Value, name: &str, least: usize, most: usize) {
        match holder[name].as_str() {
            None => self.missing(name),
            Some(text) if least > 0 && text.trim().is_empty() => self.missing(name),
            Some(text) if TextUnit::Utf16.measure(text) > most => self.bad(format!("{name} is longer than {most}")),
            Some(_) => {}
        }
    }

    /// Viber takes https alone; here http will do, since everything is on one machine.
    fn url(&mut self, holder: &Value, name: &str, most: usize) {
        self.text(holder, name, 1, most);
        let url = holder[name].as_str().unwrap_or_default();
        if url::Url::parse(url).map_or(true, |url| !["https", "http"].contains(&url.scheme())) {
            self.bad(format!("{name} is no address"));
        }
    }
}
