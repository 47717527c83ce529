//! A conversation's id as the API shows it: begins with the tenant's, so that it can be found.

use contract::{ConversationId, TenantId};

/// The id as it is shown.
pub fn show(tenant: &TenantId, id: &ConversationId) -> String {
    format!("{tenant}.{id}")
}

/// The tenant and the conversation of such an id.
pub fn read(text: &str) -> Option<(TenantId, ConversationId)> {
    let (tenant, id) = text.split_once('.')?;
    Some((TenantId::parse(tenant)?, is_hash(id).then(|| id.into())?))
}

/// Whether a text can be a conversation's id within its tenant.
pub fn is_hash(id: &str) -> bool {
    id.len() == 40 && id.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back() {
        let (tenant, id) = (TenantId::from("259bb4e2-f7e5"), ConversationId::of(&"t".into(), "line", &"U1".into()));
        assert_eq!(read(&show(&tenant, &id)), Some((tenant, id)));
        for bad in ["", "t", "t.x", ".", &format!("t#.{}", "a".repeat(40)), &format!("t.{}", "g".repeat(40))] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
