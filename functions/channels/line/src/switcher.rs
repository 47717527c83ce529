//! The LINE Switcher API: one account, several bots, and each guest talks with one of them at a time.
//!
//! LINE describes the call that switches a guest to its partners only. What is here is assumed, after the settings that
//! its console shows (destination ID, service code): `POST {url}` with the account's access token and
//! `{"userId": …, "destinationId": …, "serviceCode": …}`. Address and field names are settings of the tenant's.

use contract::{GuestId, Io, SendError, SendErrorKind, http::Request};
use serde_json::{Map, Value};

use crate::{errors, notification, settings::Settings, token};

/// Where a guest is switched, unless the tenant says otherwise.
const SWITCH: &str = "https://api.line.me/switcher/v1/switch";

/// Hands a guest over.
pub(crate) async fn switch(io: &Io<'_, Settings>, guest: &GuestId, destination: Option<&str>) -> Result<(), SendError> {
    fn set(value: &Option<String>) -> Option<&str> {
        value.as_deref().filter(|value| !value.is_empty())
    }
    let settings = io.settings;
    let Some(destination) = destination.or(set(&settings.switcher_destination_id)) else {
        return Err(SendError::new(SendErrorKind::Unsupported)
            .saying("The tenant has no Switcher destination ID, and the request names none."));
    };
    // By number as by id; a number is told as everywhere, by its hash.
    let guest = notification::recipient(guest.as_str()).unwrap_or_else(|| guest.to_string());
    let mut body = Map::new();
    body.insert(set(&settings.switcher_user_field).unwrap_or("userId").to_owned(), guest.into());
    body.insert(set(&settings.switcher_destination_field).unwrap_or("destinationId").to_owned(), destination.into());
    if let Some(code) = set(&settings.switcher_service_code) {
        body.insert("serviceCode".to_owned(), code.into());
    }
    let url = set(&settings.switcher_url).unwrap_or(SWITCH);
    let response = token::authorized(io, &Request::post_json(url, &Value::Object(body))).await?;
    match notification::refused(&response).or_else(|| errors::error_of(&response, io.now())) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}
