//! How will the resources of a template be called? Names that AWS makes up are stood in for: what a name is made of is known, and whose it is.

use super::evaluate::{Scope, shown};
use super::given::Given;
use super::node::Node;
use super::value::{Kind, Text, Value};
use crate::finding::stable_name;

/// Stands for the letters that CloudFormation adds to a name.
const ADDED: &str = "NAMEDBYAWS00";
/// The longest name that is taken over.
const LONGEST: usize = 512;

/// How a kind of resource is named and referred to. In the forms, `{}` stands for the name.
pub(super) struct Naming {
    /// Its type in CloudFormation.
    pub(super) kind: &'static str,
    /// The property that names it; empty where AWS always makes up an id.
    pub(super) property: &'static str,
    /// What `Ref` gives: `{}` for the name, `arn` for the ARN, else a form.
    reference: &'static str,
    /// Service and resource part of its ARN; a service alone where the ARN has no more; empty where it has none that is known.
    arn: (&'static str, &'static str),
    /// The attributes that are its ARN.
    attributes: &'static [&'static str],
}

const fn row(
    kind: &'static str,
    property: &'static str,
    reference: &'static str,
    arn: (&'static str, &'static str),
    attributes: &'static [&'static str],
) -> Naming {
    Naming {
        kind,
        property,
        reference,
        arn,
        attributes,
    }
}

/// "AWS resource and property types reference", return values of each.
#[rustfmt::skip]
pub(super) const NAMINGS: &[Naming] = &[
    row("AWS::ApiGateway::RestApi", "", "{}", ("apigateway", "/restapis/{}"), &[]),
    row("AWS::ApiGatewayV2::Api", "", "{}", ("apigateway", "/apis/{}"), &[]),
    row("AWS::CloudWatch::Alarm", "AlarmName", "{}", ("cloudwatch", "alarm:{}"), &["Arn"]),
    row("AWS::Cognito::UserPool", "", "{}", ("cognito-idp", "userpool/{}"), &["Arn"]),
    row("AWS::DynamoDB::GlobalTable", "TableName", "{}", ("dynamodb", "table/{}"), &["Arn"]),
    row("AWS::DynamoDB::Table", "TableName", "{}", ("dynamodb", "table/{}"), &["Arn"]),
    row("AWS::EC2::EgressOnlyInternetGateway", "", "eigw-", ("", ""), &["Id"]),
    row("AWS::EC2::InternetGateway", "", "igw-", ("", ""), &["InternetGatewayId"]),
    row("AWS::EC2::NatGateway", "", "nat-", ("", ""), &["NatGatewayId"]),
    row("AWS::EC2::NetworkAcl", "", "acl-", ("", ""), &["Id"]),
    row("AWS::EC2::RouteTable", "", "rtb-", ("", ""), &["RouteTableId"]),
    row("AWS::EC2::SecurityGroup", "", "sg-", ("", ""), &["GroupId", "Id"]),
    row("AWS::EC2::Subnet", "", "subnet-", ("", ""), &["SubnetId"]),
    row("AWS::EC2::VPC", "", "vpc-", ("", ""), &["VpcId"]),
    row("AWS::EC2::VPCEndpoint", "", "vpce-", ("", ""), &["Id"]),
    row("AWS::EFS::AccessPoint", "", "fsap-", ("elasticfilesystem", "access-point/{}"), &["Arn"]),
    row("AWS::Events::EventBus", "Name", "{}", ("events", "event-bus/{}"), &["Arn"]),
    row("AWS::Events::Rule", "Name", "{}", ("events", "rule/{}"), &["Arn"]),
    row("AWS::IAM::Group", "GroupName", "{}", ("iam", "group/{}"), &["Arn"]),
    row("AWS::IAM::ManagedPolicy", "ManagedPolicyName", "arn", ("iam", "policy/{}"), &["PolicyArn"]),
    row("AWS::IAM::Role", "RoleName", "{}", ("iam", "role/{}"), &["Arn"]),
    row("AWS::IAM::User", "UserName", "{}", ("iam", "user/{}"), &["Arn"]),
    row("AWS::IoT::TopicRule", "RuleName", "{}", ("iot", "rule/{}"), &["Arn"]),
    row("AWS::KMS::Key", "", "key", ("kms", "key/{}"), &["Arn"]),
    row("AWS::Kinesis::Stream", "Name", "{}", ("kinesis", "stream/{}"), &["Arn"]),
    row("AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName", "{}", ("firehose", "deliverystream/{}"), &["Arn"]),
    row("AWS::Lambda::CodeSigningConfig", "", "arn", ("lambda", "code-signing-config:csc-{}"), &["CodeSigningConfigArn"]),
    row("AWS::Lambda::EventSourceMapping", "", "{}", ("lambda", "event-source-mapping:{}"), &["EventSourceMappingArn"]),
    row("AWS::Lambda::Function", "FunctionName", "{}", ("lambda", "function:{}"), &["Arn"]),
    row("AWS::Lambda::Permission", "StatementId", "{}", ("", ""), &[]),
    row("AWS::Lambda::LayerVersion", "LayerName", "arn", ("lambda", "layer:{}:1"), &["LayerVersionArn"]),
    row("AWS::Logs::LogGroup", "LogGroupName", "{}", ("logs", "log-group:{}:*"), &["Arn"]),
    row("AWS::S3::Bucket", "BucketName", "{}", ("s3", "{}"), &["Arn"]),
    row("AWS::SNS::Topic", "TopicName", "arn", ("sns", "{}"), &["TopicArn"]),
    row("AWS::SQS::Queue", "QueueName", "url", ("sqs", "{}"), &["Arn"]),
    row("AWS::SSM::Parameter", "Name", "{}", ("ssm", "parameter/{}"), &[]),
    row("AWS::Scheduler::Schedule", "Name", "{}", ("scheduler", "schedule/default/{}"), &["Arn"]),
    row("AWS::SecretsManager::Secret", "Name", "arn", ("secretsmanager", "secret:{}-AbCdEf"), &["Id"]),
    row("AWS::StepFunctions::StateMachine", "StateMachineName", "arn", ("states", "stateMachine:{}"), &["Arn"]),
];

/// The kind of CloudFormation that a kind of SAM becomes.
pub(super) fn plain_kind(kind: &str) -> &str {
    match kind {
        "AWS::Serverless::Function" => "AWS::Lambda::Function",
        "AWS::Serverless::Api" => "AWS::ApiGateway::RestApi",
        "AWS::Serverless::HttpApi" => "AWS::ApiGatewayV2::Api",
        "AWS::Serverless::LayerVersion" => "AWS::Lambda::LayerVersion",
        "AWS::Serverless::SimpleTable" => "AWS::DynamoDB::Table",
        "AWS::Serverless::StateMachine" => "AWS::StepFunctions::StateMachine",
        other => other,
    }
}

pub(super) fn naming(kind: &str) -> Option<&'static Naming> {
    NAMINGS.iter().find(|naming| naming.kind == kind)
}

impl Naming {
    /// The ARN of one that has this name.
    pub(super) fn arn(&self, name: &Value, path: &str, given: &Given) -> Option<Value> {
        let (service, form) = self.arn;
        if service.is_empty() {
            return None;
        }
        let (before, after) = form.split_once("{}")?;
        let head = match service {
            "iam" => given.iam(""),
            "s3" => format!("arn:{}:s3:::", given.region.partition()),
            "apigateway" => format!("arn:{}:apigateway:{}::", given.region.partition(), given.region),
            service => given.arn(service, ""),
        };
        let mut text = Text::default();
        text.push(&head);
        // A path stands between the kind and the name; a parameter's name may begin with a slash already.
        text.push(before);
        text.push(path.trim_start_matches('/'));
        let known = name.known();
        match known
            .as_deref()
            .and_then(|name| name.strip_prefix('/'))
            .filter(|_| service == "ssm")
        {
            Some(rest) => text.push(rest),
            None => text.push_value(name),
        }
        text.push(after);
        Some(text.finish(name.line))
    }

    /// What `Ref` gives.
    fn reference(&self, name: &Value, path: &str, given: &Given) -> Value {
        match self.reference {
            "arn" => self.arn(name, path, given).unwrap_or_else(|| name.clone()),
            "url" => {
                let mut text = Text::default();
                let (region, suffix, account) = (&given.region, given.url_suffix(), &given.account);
                text.push(&format!("https://sqs.{region}.{suffix}/{account}/"));
                text.push_value(name);
                text.finish(name.line)
            }
            _ => name.clone(),
        }
    }

    /// A name that AWS might make up.
    pub(super) fn made_up(&self, id: &str, given: &Given) -> String {
        let mark = stable_name([self.kind, id]);
        let hex = |digits: usize| mark.get(..digits).unwrap_or_default();
        if self.reference.ends_with('-') {
            return format!("{}0{}", self.reference, hex(16));
        }
        match (self.reference, self.property) {
            ("key", _) => uuid(&mark),
            (_, "") => hex(10).to_owned(),
            _ => {
                let id: String = id.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
                let stack: String = given.stack.chars().take(40).collect();
                let name = format!("{stack}-{id}-{ADDED}");
                let is_lower = self.kind == "AWS::S3::Bucket";
                if is_lower { name.to_lowercase() } else { name }
            }
        }
    }
}

fn uuid(mark: &str) -> String {
    let part = |from: usize, to: usize| mark.get(from..to).unwrap_or_default();
    let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
    parts.join("-")
}

impl Scope<'_> {
    /// What `Ref` to a resource gives.
    pub(super) fn physical(&self, id: &str) -> Value {
        let Some((kind, node)) = self.resource(id) else {
            return self.implicit(id).unwrap_or_else(|| Value::unknown(0, nowhere(id)));
        };
        match kind {
            "AWS::Lambda::Alias" => self.qualified(node, "Name"),
            "AWS::Lambda::Version" => self.qualified(node, ""),
            "AWS::Lambda::Url" => self.property(node, "TargetFunctionArn"),
            _ => {
                let Some(naming) = naming(plain_kind(kind)) else {
                    return Value::unknown(0, format!("what `{}` refers to is named by AWS", shown(id)));
                };
                let name = self.name(id, (naming, node));
                naming.reference(&name, &self.path(node), self.given)
            }
        }
    }

    /// What `Fn::GetAtt` gives.
    pub(super) fn attribute(&self, id: &str, attribute: &str) -> Value {
        let unknown = || Value::unknown(0, format!("`{}.{}` is set by AWS", shown(id), shown(attribute)));
        let Some((kind, node)) = self.resource(id) else {
            return self
                .implicit_attribute(id, attribute)
                .unwrap_or_else(|| Value::unknown(0, nowhere(id)));
        };
        let kind = plain_kind(kind);
        match (kind, attribute) {
            ("AWS::Lambda::Alias", "AliasArn") => return self.qualified(node, "Name"),
            ("AWS::Lambda::Function", "Alias" | "Version") => {
                return self.implicit(&format!("{id}.{attribute}")).unwrap_or_else(unknown);
            }
            ("AWS::Lambda::Version", "Version") => return Value::text(0, "1"),
            ("AWS::SNS::Topic", "TopicName") | ("AWS::SQS::Queue", "QueueName") => {
                return naming(kind).map_or_else(unknown, |naming| self.name(id, (naming, node)));
            }
            ("AWS::EC2::VPC", "CidrBlock") => return self.property(node, "CidrBlock"),
            ("AWS::EC2::VPC", "DefaultSecurityGroup") => {
                let vpc = self.physical(id).known().unwrap_or_default();
                return Value::text(node.line, super::deploy::own_id("sg", &vpc));
            }
            ("AWS::SQS::Queue", "QueueUrl")
            | ("AWS::KMS::Key", "KeyId")
            | ("AWS::Lambda::Version" | "AWS::Lambda::Url", "FunctionArn") => return self.physical(id),
            ("AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable", "StreamArn") => {
                let mut text = Text::default();
                text.push_value(&self.attribute(id, "Arn"));
                text.push("/stream/2026-01-01T00:00:00.000");
                return text.finish(0);
            }
            _ => {}
        }
        let Some(naming) = naming(kind).filter(|naming| naming.attributes.contains(&attribute)) else {
            return unknown();
        };
        let name = self.name(id, (naming, node));
        naming.arn(&name, &self.path(node), self.given).unwrap_or(name)
    }

    /// Name and ARN of a resource of a kind.
    pub(super) fn called(&self, id: &str, kind: &str, node: &Node) -> (Value, Value) {
        let Some(naming) = naming(plain_kind(kind)) else {
            return (Value::nothing(), Value::nothing());
        };
        let name = self.name(id, (naming, node));
        let arn = naming
            .arn(&name, &self.path(node), self.given)
            .unwrap_or_else(|| name.clone());
        (name, arn)
    }

    /// The name of a resource, said or made up, worked out once. A name that leads back to itself is none.
    fn name(&self, id: &str, (naming, node): (&Naming, &Node)) -> Value {
        if let Some(known) = self.names.borrow().get(id) {
            return known
                .clone()
                .unwrap_or_else(|| Value::unknown(node.line, format!("the name of `{}` refers to itself", shown(id))));
        }
        self.names.borrow_mut().insert(id.to_owned(), None);
        let said = self.property(node, naming.property);
        let name = match said.kind {
            Kind::Text(ref text) if text.len() <= LONGEST && !text.is_empty() => said,
            Kind::Number(number) if number.len() <= LONGEST => Value::text(node.line, number),
            // A name that nobody knows yet is still that of this resource.
            _ => Value::text(node.line, naming.made_up(id, self.given)),
        };
        self.names.borrow_mut().insert(id.to_owned(), Some(name.clone()));
        name
    }

    fn property(&self, node: &Node, name: &str) -> Value {
        let said = node.get("Properties").and_then(|properties| properties.get(name));
        said.filter(|_| !name.is_empty())
            .map_or_else(Value::nothing, |node| self.deeper(node.line, || self.value(node)))
    }

    fn path(&self, node: &Node) -> String {
        let path = self.property(node, "Path").known();
        path.filter(|path| path.starts_with('/') && path.len() < LONGEST)
            .unwrap_or_default()
    }

    /// A version or alias of the function that it belongs to.
    fn qualified(&self, node: &Node, property: &str) -> Value {
        let function = self.function_arn(&self.property(node, "FunctionName"));
        let qualifier = if property.is_empty() {
            Value::text(node.line, "1")
        } else {
            self.property(node, property)
        };
        let mut text = Text::default();
        text.push_value(&function);
        text.push(":");
        text.push_value(&qualifier);
        text.finish(node.line)
    }

    /// The ARN of the function of a name or ARN.
    fn function_arn(&self, name: &Value) -> Value {
        match name.known() {
            Some(known) if !known.contains(':') => {
                Value::text(name.line, self.given.arn("lambda", &format!("function:{known}")))
            }
            _ => name.clone(),
        }
    }

    fn resource(&self, id: &str) -> Option<(&str, &Node)> {
        let node = self.resources?.get(id)?;
        Some((node.get("Type")?.text()?, node))
    }

    /// What SAM makes beside what is written: roles, aliases, APIs.
    fn implicit(&self, id: &str) -> Option<Value> {
        if matches!(id, "ServerlessRestApi" | "ServerlessHttpApi") {
            let naming = naming(if id == "ServerlessRestApi" {
                "AWS::ApiGateway::RestApi"
            } else {
                "AWS::ApiGatewayV2::Api"
            })?;
            return Some(Value::text(0, naming.made_up(id, self.given)));
        }
        if let Some((function, part)) = id.split_once('.') {
            return match part {
                "Alias" => self.alias(function),
                "Version" => self.version(function),
                _ => None,
            };
        }
        if id
            .strip_suffix("Role")
            .is_some_and(|function| self.is_serverless(function))
        {
            let naming = naming("AWS::IAM::Role")?;
            return Some(Value::text(0, naming.made_up(id, self.given)));
        }
        let (function, alias) = id.split_once("Alias")?;
        let found = self.alias(function)?;
        found
            .known()
            .is_some_and(|arn| arn.ends_with(&format!(":{alias}")))
            .then_some(found)
    }

    fn implicit_attribute(&self, id: &str, attribute: &str) -> Option<Value> {
        if id.ends_with("Role") && attribute == "Arn" {
            let name = self.implicit(id)?;
            return naming("AWS::IAM::Role")?.arn(&name, "", self.given);
        }
        // `Fn::GetAtt: [Function.Alias, …]`, and `${Function.Alias}`, which is a reference.
        None
    }

    fn is_serverless(&self, id: &str) -> bool {
        self.resource(id)
            .is_some_and(|(kind, _)| kind == "AWS::Serverless::Function")
    }

    /// The alias that SAM publishes.
    fn alias(&self, function: &str) -> Option<Value> {
        let (_, node) = self.resource(function).filter(|_| self.is_serverless(function))?;
        let mut alias = self.property(node, "AutoPublishAlias");
        if alias.is_nothing() {
            let global = self
                .globals
                .and_then(|globals| globals.get("Function"))?
                .get("AutoPublishAlias")?;
            alias = self.value(global);
        }
        let mut text = Text::default();
        text.push_value(&self.attribute(function, "Arn"));
        text.push(":");
        text.push_value(&alias);
        (!alias.is_nothing()).then(|| text.finish(node.line))
    }

    fn version(&self, function: &str) -> Option<Value> {
        self.alias(function)?;
        let mut text = Text::default();
        text.push_value(&self.attribute(function, "Arn"));
        text.push(":1");
        Some(text.finish(0))
    }
}

fn nowhere(id: &str) -> String {
    format!("`{}` is neither a parameter nor a resource of the template", shown(id))
}
