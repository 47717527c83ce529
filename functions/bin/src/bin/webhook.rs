//! Every webhook and public page; Lambda's handler says which one this is.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::lambda::run_one_of([registry::webhooks(), registry::pages()].concat()).await
}
