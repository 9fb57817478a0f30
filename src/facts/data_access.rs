//! Which calls hand out content or credentials, so that allowing them on every resource is a defect of its own?

use jiff::civil::date;

use super::Source;
use Yields::{Data, Secret};

/// Where the table comes from.
pub const SOURCE: Source = Source {
    name: "Curated from the Service Authorization Reference",
    page: super::actions::SOURCE.page,
    date: date(2026, 11, 22),
};

/// What a call hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Yields {
    /// Content of the customer's.
    Data,
    /// Credentials, keys, or what secrets are usually kept in.
    Secret,
}

/// A call that hands out content or credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataAccess {
    /// The action, as AWS writes it.
    pub action: &'static str,
    /// What it hands out.
    pub yields: Yields,
}

impl DataAccess {
    /// The IAM prefix of the action.
    pub fn service(&self) -> &'static str {
        self.action.split_once(':').map_or(self.action, |(service, _)| service)
    }
}

/// All such calls, by action.
pub fn all() -> &'static [DataAccess] {
    TABLE
}

/// What an action, in any case, hands out; `None` when it is not in the table.
pub fn yields(action: &str) -> Option<Yields> {
    let entry = TABLE.iter().find(|entry| entry.action.eq_ignore_ascii_case(action))?;
    Some(entry.yields)
}

const fn secret(action: &'static str) -> DataAccess {
    DataAccess { action, yields: Secret }
}

const fn data(action: &'static str) -> DataAccess {
    DataAccess { action, yields: Data }
}

const TABLE: &[DataAccess] = &[
    data("aoss:APIAccessAll"),
    secret("appsync:ListApiKeys"),
    data("athena:GetQueryResults"),
    data("athena:GetQueryResultsStream"),
    data("athena:StartQueryExecution"),
    data("bedrock:Retrieve"),
    data("cassandra:Select"),
    secret("codeartifact:GetAuthorizationToken"),
    data("codeartifact:GetPackageVersionAsset"),
    data("codecommit:GetFile"),
    data("codecommit:GitPull"),
    secret("cognito-identity:GetCredentialsForIdentity"),
    secret("cognito-identity:GetOpenIdToken"),
    secret("cognito-identity:GetOpenIdTokenForDeveloperIdentity"),
    data("cognito-idp:AdminGetUser"),
    secret("cognito-idp:DescribeUserPoolClient"),
    data("cognito-idp:ListUsers"),
    secret("connect:GetFederationToken"),
    secret("dsql:DbConnect"),
    secret("dsql:DbConnectAdmin"),
    data("dynamodb:BatchGetItem"),
    data("dynamodb:ExportTableToPointInTime"),
    data("dynamodb:GetItem"),
    data("dynamodb:GetRecords"),
    data("dynamodb:PartiQLSelect"),
    data("dynamodb:Query"),
    data("dynamodb:Scan"),
    data("ebs:GetSnapshotBlock"),
    data("ec2:CreateSnapshot"),
    secret("ec2:DescribeInstanceAttribute"),
    secret("ec2:GetPasswordData"),
    data("ec2:ModifySnapshotAttribute"),
    data("ecr:BatchGetImage"),
    secret("ecr:GetAuthorizationToken"),
    data("ecr:GetDownloadUrlForLayer"),
    secret("eks-auth:AssumeRoleForPodIdentity"),
    secret("elasticache:Connect"),
    data("elasticfilesystem:ClientMount"),
    data("es:ESHttpGet"),
    data("es:ESHttpPost"),
    secret("gamelift:GetInstanceAccess"),
    secret("gamelift:RequestUploadCredentials"),
    data("glacier:GetJobOutput"),
    secret("glue:GetConnection"),
    secret("glue:GetConnections"),
    data("healthlake:ReadResource"),
    data("healthlake:SearchWithGet"),
    secret("iam:CreateAccessKey"),
    secret("iam:CreateServiceSpecificCredential"),
    secret("iam:ResetServiceSpecificCredential"),
    secret("iot:CreateKeysAndCertificate"),
    data("kafka-cluster:ReadData"),
    data("kendra:Query"),
    data("kinesis:GetRecords"),
    data("kinesis:SubscribeToShard"),
    secret("kms:Decrypt"),
    secret("kms:ReEncryptFrom"),
    secret("lambda:CreateMicrovmAuthToken"),
    secret("lambda:CreateMicrovmShellAuthToken"),
    data("lambda:GetDurableExecution"),
    data("lambda:GetDurableExecutionHistory"),
    data("lambda:GetDurableExecutionState"),
    secret("lambda:GetFunction"),
    secret("lambda:GetFunctionConfiguration"),
    data("lambda:GetLayerVersion"),
    secret("lightsail:DownloadDefaultKeyPair"),
    secret("lightsail:GetBucketAccessKeys"),
    secret("lightsail:GetInstanceAccessDetails"),
    secret("lightsail:GetRelationalDatabaseMasterUserPassword"),
    data("logs:FilterLogEvents"),
    data("logs:GetLogEvents"),
    data("logs:GetQueryResults"),
    data("logs:StartLiveTail"),
    data("logs:StartQuery"),
    data("logs:Unmask"),
    secret("memorydb:Connect"),
    data("neptune-db:ReadDataViaQuery"),
    data("rds-data:BatchExecuteStatement"),
    data("rds-data:ExecuteStatement"),
    secret("rds-db:connect"),
    data("rds:CopyDBClusterSnapshot"),
    data("rds:CopyDBSnapshot"),
    data("rds:CreateDBClusterSnapshot"),
    data("rds:CreateDBSnapshot"),
    data("rds:ModifyDBClusterSnapshotAttribute"),
    data("rds:ModifyDBSnapshotAttribute"),
    data("rds:StartExportTask"),
    data("redshift-data:ExecuteStatement"),
    data("redshift-data:GetStatementResult"),
    secret("redshift-serverless:GetCredentials"),
    secret("redshift:GetClusterCredentials"),
    secret("redshift:GetClusterCredentialsWithIAM"),
    data("s3-object-lambda:GetObject"),
    data("s3:GetObject"),
    data("s3:GetObjectVersion"),
    data("s3express:CreateSession"),
    data("s3tables:GetTableData"),
    secret("secretsmanager:BatchGetSecretValue"),
    secret("secretsmanager:GetSecretValue"),
    secret("snowball:GetJobUnlockCode"),
    data("sqs:ReceiveMessage"),
    secret("ssm:GetParameter"),
    secret("ssm:GetParameterHistory"),
    secret("ssm:GetParameters"),
    secret("ssm:GetParametersByPath"),
    secret("sso-oauth:CreateTokenWithIAM"),
    data("states:GetExecutionHistory"),
    secret("storagegateway:DescribeChapCredentials"),
    secret("sts:AssumeRole"),
    data("timestream:Select"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::actions;

    #[test]
    fn every_action_exists_is_spelled_as_aws_spells_it_and_stands_once() {
        for entry in all() {
            let known = actions::find(entry.action).map(|action| action.to_string());
            assert_eq!(known.as_deref(), Some(entry.action));
            assert!(actions::service(entry.service()).is_some());
        }
        assert!(all().is_sorted_by(|one, next| one.action < next.action));
    }

    #[test]
    fn secrets_are_told_from_content() {
        assert_eq!(yields("secretsmanager:getsecretvalue"), Some(Secret));
        assert_eq!(yields("s3:GetObject"), Some(Data));
        assert_eq!(yields("s3:ListBucket"), None);
        assert_eq!(yields(""), None);
    }
}
