//! DynamoDB and its streams: [`dynoxide`] behind the AWS JSON protocol.
//!
//! Dynoxide's own HTTP server wants a listener for itself, so requests are read and answered here and carried out by
//! its [`Database`], which holds all the behaviour.

use axum::response::Response;
use bytes::Bytes;
use dynoxide::{Database, DynoxideError};
use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::wire;

/// Shard ids are 20 characters in dynoxide and at least 28 in AWS, which boto3 checks before it sends one back.
const SHARD_SUFFIX: &str = "-00000000";

/// Carries one request out. A file is written to in a thread for such work; memory answers at once.
pub(crate) async fn handle(database: &Database, on_disk: bool, action: &str, body: Bytes) -> Response {
    let result = if on_disk {
        let (database, action) = (database.clone(), action.to_owned());
        let work = tokio::task::spawn_blocking(move || run(&database, &action, &body));
        work.await.unwrap_or_else(|error| Err(DynoxideError::InternalServerError(error.to_string())))
    } else {
        run(database, action, &body)
    };
    match result {
        Ok(body) => wire::json(StatusCode::OK, "1.0", body),
        Err(error) => {
            let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
            wire::json(status, "1.0", error.to_json())
        }
    }
}

/// Carries one request out, bytes to bytes.
pub(crate) fn run(db: &Database, action: &str, body: &[u8]) -> Result<String, DynoxideError> {
    macro_rules! actions {
        ($($name:literal => $method:ident,)*) => {
            match action {
                $($name => write(&db.$method(read(body)?)?),)*
                "DescribeStream" => {
                    let mut answer = serde_json::to_value(db.describe_stream(read(body)?)?).map_err(unreadable)?;
                    if let Some(Value::Array(shards)) = answer.pointer_mut("/StreamDescription/Shards") {
                        shards.iter_mut().for_each(lengthen);
                    }
                    write(&answer)
                }
                "GetShardIterator" => {
                    let mut request: Value = read(body)?;
                    shorten(&mut request);
                    write(&db.get_shard_iterator(serde_json::from_value(request).map_err(unreadable)?)?)
                }
                other => Err(DynoxideError::UnsupportedCapability(other.to_owned())),
            }
        };
    }
    let result = actions! {
        "BatchExecuteStatement" => batch_execute_statement,
        "BatchGetItem" => batch_get_item,
        "BatchWriteItem" => batch_write_item,
        "CreateTable" => create_table,
        "DeleteItem" => delete_item,
        "DeleteTable" => delete_table,
        "DescribeTable" => describe_table,
        "DescribeTimeToLive" => describe_time_to_live,
        "ExecuteStatement" => execute_statement,
        "ExecuteTransaction" => execute_transaction,
        "GetItem" => get_item,
        "GetRecords" => get_records,
        "ListStreams" => list_streams,
        "ListTables" => list_tables,
        "ListTagsOfResource" => list_tags_of_resource,
        "PutItem" => put_item,
        "Query" => query,
        "Scan" => scan,
        "TagResource" => tag_resource,
        "TransactGetItems" => transact_get_items,
        "TransactWriteItems" => transact_write_items,
        "UntagResource" => untag_resource,
        "UpdateItem" => update_item,
        "UpdateTable" => update_table,
        "UpdateTimeToLive" => update_time_to_live,
    };
    result.map_err(|error| match error {
        // These three actions put the envelope around it, the others do not.
        DynoxideError::EnvelopedValidation(message) if matches!(action, "PutItem" | "UpdateItem" | "DeleteItem") => {
            DynoxideError::ValidationException(format!("1 validation error detected: {message}"))
        }
        other => other,
    })
}

fn write(answer: &impl Serialize) -> Result<String, DynoxideError> {
    serde_json::to_string(answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(unreadable)
}

/// Dynoxide's own readers tell the class of error in a prefix of the message.
fn unreadable(error: serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text);
    for (prefix, class) in [
        ("VALIDATION_REQUEST:", DynoxideError::EnvelopedValidation as fn(String) -> DynoxideError),
        ("VALIDATION_AS_READ:", DynoxideError::ValidationException),
        ("VALIDATION:", DynoxideError::ValidationException),
        ("SERIALIZATION_AS_READ:", DynoxideError::SerializationException),
        ("SERIALIZATION:", DynoxideError::SerializationException),
    ] {
        if let Some(message) = text.strip_prefix(prefix) {
            return class(message.trim_start().to_owned());
        }
    }
    let validation = ["missing field", "unknown variant", "invalid type: null", "AttributeValue"];
    if validation.iter().any(|part| text.contains(part)) {
        DynoxideError::ValidationException(text.to_owned())
    } else {
        DynoxideError::SerializationException(text.to_owned())
    }
}

fn lengthen(shard: &mut Value) {
    for key in ["ShardId", "ParentShardId"] {
        if let Some(Value::String(id)) = shard.get_mut(key) {
            id.push_str(SHARD_SUFFIX);
        }
    }
}

fn shorten(request: &mut Value) {
    if let Some(Value::String(id)) = request.get_mut("ShardId")
        && let Some(short) = id.strip_suffix(SHARD_SUFFIX)
    {
        *id = short.to_owned();
    }
}
