//! What must survive: tables, buckets, the key.

use crate::expression::{attribute_of, each, mentions, reference};
use crate::subject::{Subject, assert_none, assert_noticed};

fn faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, resource) in subject.resources() {
        if !["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key"].contains(&resource.kind.as_str()) {
            continue;
        }
        // A first deployment that fails must leave nothing behind whose name stops the second.
        for (attribute, policy) in [("DeletionPolicy", "RetainExceptOnCreate"), ("UpdateReplacePolicy", "Retain")] {
            if resource.attributes.get(attribute).is_none_or(|given| given != policy) {
                faults.push(format!("{id} should have {attribute}: {policy}"));
            }
        }
    }
    for (id, table) in subject.resources_of("AWS::DynamoDB::Table") {
        let of = &table.properties;
        if of["BillingMode"] != "PAY_PER_REQUEST" {
            faults.push(format!("{id} should cost nothing when nobody writes (PAY_PER_REQUEST)"));
        }
        if of["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] != true {
            faults.push(format!("{id} cannot be restored to a point in time"));
        }
        if of["TimeToLiveSpecification"]["Enabled"] != true
            || of["TimeToLiveSpecification"]["AttributeName"] != "expiresAt"
        {
            faults.push(format!("{id} should forget what has expired (expiresAt)"));
        }
        if attribute_of(&of["SSESpecification"]["KMSMasterKeyId"], "Arn").is_none() {
            faults.push(format!("{id} should be encrypted under the deployment's own key"));
        }
    }
    for (id, bucket) in subject.resources_of("AWS::S3::Bucket") {
        let of = &bucket.properties;
        let blocked = of["PublicAccessBlockConfiguration"].as_object();
        if !blocked.is_some_and(|flags| flags.len() == 4 && flags.values().all(|flag| *flag == true)) {
            faults.push(format!("{id} is not closed to the public"));
        }
        if of["BucketEncryption"].is_null() {
            faults.push(format!("{id} is not encrypted"));
        }
        let refuses = subject.resources_of("AWS::S3::BucketPolicy").any(|(_, policy)| {
            reference(&policy.properties["Bucket"]) == Some(id)
                && each(&policy.properties["PolicyDocument"]["Statement"]).into_iter().any(|statement| {
                    let insecure = &statement["Condition"]["Bool"]["aws:SecureTransport"];
                    let resources = mentions(&statement["Resource"]);
                    statement["Effect"] == "Deny"
                        && *insecure == false
                        && resources.iter().filter(|it| *it == id).count() == 2
                })
        });
        if !refuses {
            faults.push(format!("{id} has no policy that refuses requests without TLS"));
        }
    }
    for bucket in &subject.stack.buckets {
        // A message waits at most 14 days in its queue and, moved by its function, 14 more among the dead letters.
        let least = if bucket.logical_id == "ClaimCheckBucket" { 29 } else { 1 };
        if bucket.expiration_days.is_none_or(|days| days < least) {
            faults.push(format!("{} should forget its objects, but not before {least} days", bucket.logical_id));
        }
    }
    for (id, key) in subject.resources_of("AWS::KMS::Key") {
        if key.properties["EnableKeyRotation"] != true {
            faults.push(format!("{id} is never rotated"));
        }
    }
    // A distribution that does not ask for signatures shows every attachment to anybody.
    for (id, distribution) in subject.resources_of("AWS::CloudFront::Distribution") {
        let behaviour = &distribution.properties["DistributionConfig"]["DefaultCacheBehavior"];
        if each(&behaviour["TrustedKeyGroups"]).is_empty() {
            faults.push(format!("{id} asks for no signature"));
        }
        if behaviour["ViewerProtocolPolicy"] != "https-only" {
            faults.push(format!("{id} should speak https only"));
        }
    }
    faults
}

#[test]
fn what_is_kept_is_kept_safe() {
    assert_none("tables, buckets, key", &faults(&Subject::real()));
}

#[test]
fn carelessness_is_noticed() {
    assert_noticed(
        faults,
        &[
            ("    DeletionPolicy: RetainExceptOnCreate\n", "", "ConfigurationTable should have DeletionPolicy"),
            ("DeletionPolicy: RetainExceptOnCreate", "DeletionPolicy: Retain", "Key should have DeletionPolicy"),
            ("    UpdateReplacePolicy: Retain\n", "", "Key should have UpdateReplacePolicy: Retain"),
            ("PAY_PER_REQUEST", "PROVISIONED", "should cost nothing"),
            ("{PointInTimeRecoveryEnabled: true}", "{PointInTimeRecoveryEnabled: false}", "cannot be restored"),
            (
                "{AttributeName: expiresAt, Enabled: true}",
                "{AttributeName: ttl, Enabled: true}",
                "should forget what has expired",
            ),
            ("SSEType: KMS, KMSMasterKeyId: !GetAtt Key.Arn", "SSEType: KMS", "under the deployment's own key"),
            ("RestrictPublicBuckets: true", "RestrictPublicBuckets: false", "AttachmentsBucket is not closed"),
            (
                "${ClaimCheckBucket.Arn}/*\"]\n            Condition: {Bool: {aws:SecureTransport: false}}",
                "${ClaimCheckBucket.Arn}/*\"]",
                "ClaimCheckBucket has no policy",
            ),
            (
                "Resource: [!GetAtt AttachmentsBucket.Arn, !Sub \"${AttachmentsBucket.Arn}/*\"]",
                "Resource: [!GetAtt AttachmentsBucket.Arn]",
                "AttachmentsBucket has no policy",
            ),
            (
                "ExpirationInDays: 29",
                "ExpirationInDays: 1",
                "ClaimCheckBucket should forget its objects, but not before 29 days",
            ),
            ("EnableKeyRotation: true", "EnableKeyRotation: false", "is never rotated"),
            ("TrustedKeyGroups: [!Ref AttachmentsKeyGroup]", "Compress: true", "asks for no signature"),
            ("https-only", "allow-all", "https only"),
        ],
    );
}
