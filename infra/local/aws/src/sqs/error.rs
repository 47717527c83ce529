//! What SQS refuses, with the two names each refusal has on the wire.

use thiserror::Error;

/// A refusal of SQS.
///
/// On the wire every one has a shape name (`__type`) and the older name of the query protocol, which the SDKs show to
/// callers (`x-amzn-query-error`):
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SqsError {
    /// No queue of that name.
    #[error("The specified queue does not exist.")]
    QueueDoesNotExist,
    /// The queue exists already, with other attributes.
    #[error("A queue already exists with the same name and a different value for attribute {0}")]
    QueueNameExists(String),
    /// An attribute SQS does not know.
    #[error("Unknown Attribute {0}.")]
    InvalidAttributeName(String),
    /// An attribute's value out of its range.
    #[error("Invalid value for the parameter {0}.")]
    InvalidAttributeValue(String),
    /// A parameter that is needed and was not given.
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(&'static str),
    /// A parameter out of its range, or one that this kind of queue does not take.
    #[error("Value {value} for parameter {parameter} is invalid. Reason: {reason}")]
    InvalidParameterValue {
        /// What was given.
        value: String,
        /// The parameter's name.
        parameter: &'static str,
        /// Why it is refused.
        reason: String,
    },
    /// A message above the queue's `MaximumMessageSize`.
    #[error("One or more parameters are invalid. Reason: Message must be shorter than {0} bytes.")]
    MessageTooLong(usize),
    /// Characters outside of what XML 1.0 allows.
    #[error(
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
    )]
    InvalidMessageContents,
    /// Not a receipt handle of this queue.
    #[error("The input receipt handle is invalid.")]
    ReceiptHandleIsInvalid,
    /// The message is not in flight, so its visibility cannot be changed.
    #[error("The specified message isn't in flight.")]
    MessageNotInflight,
    /// Too many messages in flight.
    #[error("The maximum number of in flight messages is reached.")]
    OverLimit,
    /// A batch without entries.
    #[error("The batch request doesn't contain any entries.")]
    EmptyBatchRequest,
    /// A batch of more than ten entries.
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    TooManyEntriesInBatchRequest(usize),
    /// Two entries of a batch with one id.
    #[error("Id {0} repeated.")]
    BatchEntryIdsNotDistinct(String),
    /// An id of other characters than letters, digits, `-` and `_`, or longer than 80.
    #[error(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."
    )]
    InvalidBatchEntryId,
    /// The entries of a batch together above 1 MiB.
    #[error("Batch requests cannot be longer than {limit} bytes. You have sent {sent} bytes.")]
    BatchRequestTooLong {
        /// The limit in bytes.
        limit: usize,
        /// The sum of the entries in bytes.
        sent: usize,
    },
    /// A move task, or the queue one names, that is not there.
    #[error("{0}")]
    ResourceNotFound(String),
    /// An operation that cannot be done now or at all.
    #[error("{0}")]
    UnsupportedOperation(String),
    /// A request that is not what the protocol asks for.
    #[error("{0}")]
    Malformed(String),
    /// An action this emulator does not know.
    #[error("The action {0} is not valid for this endpoint.")]
    InvalidAction(String),
    /// The journal could not be written; the state on disk is unknown.
    #[error("The request could not be stored.")]
    Internal,
}

impl SqsError {
    /// The shape name (`__type` behind the `#`).
    pub fn shape(&self) -> &'static str {
        match self {
            Self::QueueDoesNotExist => "QueueDoesNotExist",
            Self::QueueNameExists(_) => "QueueNameExists",
            Self::InvalidAttributeName(_) => "InvalidAttributeName",
            Self::InvalidAttributeValue(_) => "InvalidAttributeValue",
            Self::MissingParameter(_) => "MissingParameter",
            Self::InvalidParameterValue { .. } | Self::MessageTooLong(_) => "InvalidParameterValue",
            Self::InvalidMessageContents => "InvalidMessageContents",
            Self::ReceiptHandleIsInvalid => "ReceiptHandleIsInvalid",
            Self::MessageNotInflight => "MessageNotInflight",
            Self::OverLimit => "OverLimit",
            Self::EmptyBatchRequest => "EmptyBatchRequest",
            Self::TooManyEntriesInBatchRequest(_) => "TooManyEntriesInBatchRequest",
            Self::BatchEntryIdsNotDistinct(_) => "BatchEntryIdsNotDistinct",
            Self::InvalidBatchEntryId => "InvalidBatchEntryId",
            Self::BatchRequestTooLong { .. } => "BatchRequestTooLong",
            Self::ResourceNotFound(_) => "ResourceNotFoundException",
            Self::UnsupportedOperation(_) => "UnsupportedOperation",
            Self::Malformed(_) => "SerializationException",
            Self::InvalidAction(_) => "InvalidAction",
            Self::Internal => "InternalFailure",
        }
    }

    /// The name of the query protocol, shown to callers by the SDKs.
    pub fn code(&self) -> String {
        let shape = self.shape();
        match self {
            Self::QueueDoesNotExist => "AWS.SimpleQueueService.NonExistentQueue".into(),
            Self::QueueNameExists(_) => "QueueAlreadyExists".into(),
            Self::MessageNotInflight
            | Self::EmptyBatchRequest
            | Self::TooManyEntriesInBatchRequest(_)
            | Self::BatchEntryIdsNotDistinct(_)
            | Self::InvalidBatchEntryId
            | Self::BatchRequestTooLong { .. }
            | Self::UnsupportedOperation(_) => format!("AWS.SimpleQueueService.{shape}"),
            _ => shape.into(),
        }
    }

    /// Whether the caller is at fault; only a failed write is not.
    pub fn sender_fault(&self) -> bool {
        !matches!(self, Self::Internal)
    }

    pub(super) fn invalid(value: impl ToString, parameter: &'static str, reason: impl Into<String>) -> Self {
        Self::InvalidParameterValue { value: value.to_string(), parameter, reason: reason.into() }
    }
}
