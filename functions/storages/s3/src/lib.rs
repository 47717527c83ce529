//! Amazon S3: a tenant's own bucket as a storage ([`S3`]), and the deployment's own bucket ([`deployment_bucket`]), both with
//! links of CloudFront's or S3's.

mod cloudfront;
mod deployment;
mod s3;

pub use deployment::open as deployment_bucket;
pub use s3::S3;
