//! Who writes, and where:
//! <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context>.

use contract::{Guest, Io, Profile, SendError, http::Request};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    address::{Conversation, Destination, Service, encode, is_person},
    errors,
    settings::Settings,
    token,
};

/// Somebody on a conversation's roster. Of anonymous and invited people only the name is told.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Member {
    name: Option<String>,
    given_name: Option<String>,
    surname: Option<String>,
    email: Option<String>,
    user_principal_name: Option<String>,
    tenant_id: Option<String>,
}

/// The writer's entry in the roster; in a team's channel also the team's name and the channel's.
pub(crate) async fn look_up(
    io: &Io<'_, Settings>,
    guest: &Guest,
    context: Option<&Value>,
) -> Result<Option<Profile>, SendError> {
    let told = |name: &str| guest.profile.attributes.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let destination = Destination::of(context, guest.id.as_str());
    let service = destination.service().clone();
    let conversation = match (told("teamsConversationId"), destination) {
        (Some(id), _) => Some(Conversation { service: service.clone(), id: id.to_owned() }),
        (None, Destination::Conversation(conversation)) => Some(conversation),
        // The chat was never opened.
        (None, Destination::Person { .. }) => None,
    };
    let private = guest.writer_id.is_none() && is_person(guest.id.as_str());
    let mut profile = Profile::default();
    if let Some(conversation) = conversation
        && let Some(person) = guest.writer_id.as_deref().or(private.then(|| guest.id.as_str()))
        && let Some(member) = get::<Member>(io, &conversation.member(person)).await?
    {
        profile = member.profile(private);
    }
    if let (Some(team), Some(channel)) = (told("teamsTeamId"), told("teamsChannelId")) {
        names(io, &service, team, channel, &mut profile).await?;
    }
    Ok((profile != Profile::default()).then_some(profile))
}

impl Member {
    fn profile(self, private: bool) -> Profile {
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let principal = filled(self.user_principal_name).filter(|name| name.contains('@'));
        let mut profile = Profile {
            nickname: filled(self.name),
            first_name: filled(self.given_name),
            last_name: filled(self.surname),
            email: filled(self.email).or(principal),
            ..Profile::default()
        };
        if private {
            let attributes = [
                ("teamsUserName", profile.nickname.clone()),
                ("teamsUserGivenName", profile.first_name.clone()),
                ("teamsUserSurname", profile.last_name.clone()),
                ("teamsUserEmail", profile.email.clone()),
                ("teamsTenantId", filled(self.tenant_id)),
            ];
            let known = attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            profile.attributes.extend(known);
        }
        profile
    }
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    id: String,
    /// The channel "General" has none.
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
struct Channels {
    conversations: Vec<Named>,
}

async fn names(
    io: &Io<'_, Settings>,
    service: &Service,
    team: &str,
    channel: &str,
    profile: &mut Profile,
) -> Result<(), SendError> {
    let path = format!("teams/{}", encode(team));
    if let Some(found) = get::<Named>(io, &service.at(&path)).await? {
        profile.attributes.extend(found.name.map(|name| ("teamsTeamName".to_owned(), name)));
    }
    if let Some(found) = get::<Channels>(io, &service.at(&format!("{path}/conversations"))).await?
        && let Some(named) = found.conversations.into_iter().find(|named| named.id == channel)
    {
        let name = named.name.unwrap_or_else(|| "General".to_owned());
        profile.attributes.insert("teamsChannelName".to_owned(), name);
    }
    Ok(())
}

/// `None` for whoever left, for a bot that was removed, for an id that the service does not take.
async fn get<T: serde::de::DeserializeOwned>(io: &Io<'_, Settings>, url: &str) -> Result<Option<T>, SendError> {
    let response = token::authorized(io, &Request::get(url)).await?;
    if let 400 | 403 | 404 = response.status.as_u16() {
        return Ok(None);
    }
    errors::check(&response, io.now())?;
    response.parse().map(Some)
}
