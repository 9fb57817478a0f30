//! What does a plan of Terraform make? The same resources as a template of CloudFormation, in its words.

mod alarm;
mod convert;
mod document;
mod network;
mod plan;
mod references;

use super::given::Given;
use super::names::naming;
use super::resource::{Resource, Stack};
use super::value::Value;
use plan::Planned;

pub(super) use plan::{Plan, plan_of};

/// Kinds of Terraform: what they are in CloudFormation, and the attribute that names them.
#[rustfmt::skip]
const KINDS: &[(&str, &str, &str)] = &[
    ("aws_api_gateway_rest_api", "AWS::ApiGateway::RestApi", "id"),
    ("aws_apigatewayv2_api", "AWS::ApiGatewayV2::Api", "id"),
    ("aws_cloudwatch_composite_alarm", "AWS::CloudWatch::CompositeAlarm", "alarm_name"),
    ("aws_cloudwatch_event_bus", "AWS::Events::EventBus", "name"),
    ("aws_cloudwatch_event_rule", "AWS::Events::Rule", "name"),
    ("aws_cloudwatch_log_group", "AWS::Logs::LogGroup", "name"),
    ("aws_cloudwatch_metric_alarm", "AWS::CloudWatch::Alarm", "alarm_name"),
    ("aws_cognito_user_pool", "AWS::Cognito::UserPool", "id"),
    ("aws_dynamodb_table", "AWS::DynamoDB::Table", "name"),
    ("aws_efs_access_point", "AWS::EFS::AccessPoint", "id"),
    ("aws_egress_only_internet_gateway", "AWS::EC2::EgressOnlyInternetGateway", "id"),
    ("aws_iam_policy", "AWS::IAM::ManagedPolicy", "name"),
    ("aws_iam_role", "AWS::IAM::Role", "name"),
    ("aws_internet_gateway", "AWS::EC2::InternetGateway", "id"),
    ("aws_iot_topic_rule", "AWS::IoT::TopicRule", "name"),
    ("aws_kinesis_firehose_delivery_stream", "AWS::KinesisFirehose::DeliveryStream", "name"),
    ("aws_kinesis_stream", "AWS::Kinesis::Stream", "name"),
    ("aws_kms_key", "AWS::KMS::Key", "key_id"),
    ("aws_lambda_code_signing_config", "AWS::Lambda::CodeSigningConfig", "config_id"),
    ("aws_lambda_event_source_mapping", "AWS::Lambda::EventSourceMapping", "uuid"),
    ("aws_lambda_function", "AWS::Lambda::Function", "function_name"),
    ("aws_lambda_layer_version", "AWS::Lambda::LayerVersion", "layer_name"),
    ("aws_lambda_permission", "AWS::Lambda::Permission", "statement_id"),
    ("aws_nat_gateway", "AWS::EC2::NatGateway", "id"),
    ("aws_network_acl", "AWS::EC2::NetworkAcl", "id"),
    ("aws_route_table", "AWS::EC2::RouteTable", "id"),
    ("aws_s3_bucket", "AWS::S3::Bucket", "bucket"),
    ("aws_secretsmanager_secret", "AWS::SecretsManager::Secret", "name"),
    ("aws_security_group", "AWS::EC2::SecurityGroup", "id"),
    ("aws_sfn_state_machine", "AWS::StepFunctions::StateMachine", "name"),
    ("aws_sns_topic", "AWS::SNS::Topic", "name"),
    ("aws_sqs_queue", "AWS::SQS::Queue", "name"),
    ("aws_ssm_parameter", "AWS::SSM::Parameter", "name"),
    ("aws_subnet", "AWS::EC2::Subnet", "id"),
    ("aws_vpc", "AWS::EC2::VPC", "id"),
    ("aws_vpc_endpoint", "AWS::EC2::VPCEndpoint", "id"),
];

/// A plan, and for where it is.
struct Reader<'p> {
    plan: &'p Plan,
    given: &'p Given,
}

/// All that the plan leaves behind once it is applied.
pub(super) fn read(plan: &Plan, given: &Given) -> Stack {
    let reader = Reader { plan, given };
    let mut stack = Stack {
        sensitive: plan.sensitive(),
        ..Stack::default()
    };
    for planned in plan.managed() {
        reader.add(planned, &mut stack);
    }
    stack
}

impl Reader<'_> {
    /// Name and ARN of a resource, as planned or as AWS might make them up.
    fn called(&self, planned: &Planned) -> (Value, Value) {
        let kind = KINDS.iter().find(|(own, _, _)| *own == planned.kind);
        let Some((naming, attribute)) = kind.and_then(|(_, kind, attribute)| Some((naming(kind)?, attribute))) else {
            return (Value::nothing(), Value::nothing());
        };
        let said = planned.value(attribute).known().filter(|name| !name.is_empty());
        let name = Value::text(
            planned.line(),
            said.unwrap_or_else(|| naming.made_up(&planned.address, self.given)),
        );
        let path = planned.value("path").known().filter(|path| path.starts_with('/'));
        let known = planned.value("arn").known().filter(|arn| arn.starts_with("arn:"));
        let made = || {
            naming
                .arn(&name, &path.unwrap_or_default(), self.given)
                .unwrap_or_else(|| name.clone())
        };
        let arn = known.map_or_else(made, |arn| Value::text(planned.line(), arn));
        (name, arn)
    }

    fn resource(&self, planned: &Planned, kind: &str, properties: Vec<(&str, Value)>) -> Resource {
        let (name, arn) = self.called(planned);
        Resource {
            id: planned.address.clone(),
            kind: kind.to_owned(),
            line: planned.line(),
            name,
            arn,
            properties: Value::map(planned.line(), properties),
            doubt: None,
        }
    }
}
