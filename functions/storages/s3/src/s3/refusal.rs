//! What S3 means when it does not do something.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use std::time::Duration;

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use contract::{SendError, SendErrorKind};

/// Whose a bucket is, and so whose fault a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A tenant's: its settings are wrong, and stay so until somebody corrects them.
    Tenant,
    /// Ours: a policy or a session that somebody of ours repairs, while messages wait.
    Deployment,
}

/// An error of the SDK as one of the closed set.
pub(super) fn refusal<E>(error: &SdkError<E, HttpResponse>, owner: Owner) -> SendError
where
    E: ProvideErrorMetadata,
{
    use SendErrorKind as K;
    match error {
        SdkError::TimeoutError(_) => error_of(K::Timeout, "The storage for files did not answer in time."),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            error_of(K::Timeout, "The storage for files did not answer in time.")
        }
        SdkError::DispatchFailure(failure) if failure.is_io() => {
            error_of(K::Connection, "The storage for files could not be reached.")
        }
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            let response = error.raw_response();
            let status = response.map_or(0, |response| response.status().as_u16());
            let wait = response
                .and_then(|response| response.headers().get("retry-after"))
                .and_then(|seconds| seconds.trim().parse().ok())
                .map(Duration::from_secs);
            judge(status, error.code(), owner).after(wait)
        }
        // No credentials, no region: nothing was sent.
        _ => error_of(K::Internal, "The storage for files could not be used.").coded("not sent"),
    }
}

fn error_of(kind: SendErrorKind, sentence: &str) -> SendError {
    SendError::new(kind).saying(sentence)
}

/// By S3's own code, and by the status where there is none (answers to HEAD have no body).
fn judge(status: u16, code: Option<&str>, owner: Owner) -> SendError {
    use SendErrorKind as K;
    let (kind, sentence) = match (code.unwrap_or_default(), status) {
        ("SlowDown" | "Throttling" | "ThrottlingException" | "TooManyRequests" | "RequestLimitExceeded", _)
        | (_, 429) => (K::RateLimited, "The storage for files accepts no more at the moment."),
        ("RequestTimeout", _) | (_, 408) => (K::Timeout, "The storage for files did not answer in time."),
        ("InternalError" | "ServiceUnavailable" | "OperationAborted" | "ConditionalRequestConflict", _)
        | (_, 409 | 500..) => (K::Unavailable, "The storage for files is not available."),
        // Our clock is off; AWS corrects it with the next call.
        ("RequestTimeTooSkewed", _) => (K::Internal, "The storage for files did not agree with our time."),
        (
            "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "ExpiredToken" | "TokenRefreshRequired",
            _,
        )
        | (_, 401) => (K::Unauthorized, "The storage for files refused its access key. Please tell the administrator."),
        ("NoSuchBucket", _) => (K::Forbidden, "The bucket for files does not exist. Please tell the administrator."),
        (
            "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" | "Redirect",
            _,
        )
        | (_, 301 | 307) => (
            K::Forbidden,
            "The bucket for files is in another region than its settings say. Please tell the administrator.",
        ),
        ("EntityTooLarge" | "MaxMessageLengthExceeded", _) | (_, 413) => {
            (K::TooLarge, "The file is too big for the storage for files.")
        }
        (_, 403) => (K::Forbidden, "The storage for files does not allow that. Please tell the administrator."),
        ("NoSuchKey", _) | (_, 404) => (K::MediaUnavailable, "The file is not in the storage any more."),
        (_, 200..=399) => (K::Garbled, "The storage for files gave an answer that could not be understood."),
        _ => (K::InvalidMessage, "The storage for files refused the file."),
    };
    let ours = owner == Owner::Deployment && matches!(kind, K::Unauthorized | K::Forbidden);
    let error = if ours { SendError::new(K::Internal) } else { error_of(kind, sentence) };
    error.coded(code.map_or_else(|| status.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use SendErrorKind as K;

    use super::*;

    #[test]
    fn answers_have_a_meaning() {
        let rows = [
            (503, Some("SlowDown"), K::RateLimited),
            (500, Some("InternalError"), K::Unavailable),
            (503, Some("ServiceUnavailable"), K::Unavailable),
            (502, None, K::Unavailable),
            (400, Some("RequestTimeout"), K::Timeout),
            (409, Some("ConditionalRequestConflict"), K::Unavailable),
            (403, Some("RequestTimeTooSkewed"), K::Internal),
            (403, Some("InvalidAccessKeyId"), K::Unauthorized),
            (403, Some("SignatureDoesNotMatch"), K::Unauthorized),
            (400, Some("ExpiredToken"), K::Unauthorized),
            (403, Some("AccessDenied"), K::Forbidden),
            (403, None, K::Forbidden),
            (404, Some("NoSuchBucket"), K::Forbidden),
            (404, Some("NoSuchKey"), K::MediaUnavailable),
            (301, Some("PermanentRedirect"), K::Forbidden),
            (400, Some("AuthorizationHeaderMalformed"), K::Forbidden),
            (400, Some("EntityTooLarge"), K::TooLarge),
            (412, Some("PreconditionFailed"), K::InvalidMessage),
            (400, Some("InvalidArgument"), K::InvalidMessage),
            (200, None, K::Garbled),
        ];
        for (status, code, kind) in rows {
            let error = judge(status, code, Owner::Tenant);
            assert_eq!(error.kind, kind, "{status} {code:?}");
            assert_eq!(error.code.as_deref(), code.or(Some(status.to_string().as_str())), "{status} {code:?}");
        }
    }

    #[test]
    fn what_is_ours_to_repair_is_tried_again() {
        for (status, code) in [(403, "AccessDenied"), (404, "NoSuchBucket"), (400, "ExpiredToken")] {
            assert!(judge(status, Some(code), Owner::Deployment).retryable(), "{code}");
            assert!(!judge(status, Some(code), Owner::Tenant).retryable(), "{code}");
        }
    }
}
