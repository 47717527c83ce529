//! Deletes the files of closed conversations, every minute.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::lambda::run(attachments::purge()).await
}
