//! What is a resource of Terraform called in CloudFormation, and how are its attributes?

use super::super::resource::{Resource, Stack};
use super::super::value::{Value, Why};
use super::Reader;
use super::plan::Planned;
use super::references::first;

/// Attributes that mean the same as a property.
pub(super) type Same = (&'static str, &'static str);

const PERMISSION: &[Same] = &[
    ("FunctionName", "function_name"),
    ("Qualifier", "qualifier"),
    ("Action", "action"),
    ("Principal", "principal"),
    ("SourceArn", "source_arn"),
    ("SourceAccount", "source_account"),
    ("EventSourceToken", "event_source_token"),
    ("FunctionUrlAuthType", "function_url_auth_type"),
    ("PrincipalOrgID", "principal_org_id"),
    ("InvokedViaFunctionUrl", "invoked_via_function_url"),
];

const LOOP_PROTECTION: &str = "aws_lambda_function_recursion_config";

impl Reader<'_> {
    /// Adds what a resource of the plan comes to.
    pub(super) fn add(&self, planned: &Planned, stack: &mut Stack) {
        let made = match planned.kind.as_str() {
            "aws_lambda_function" => self.function(planned),
            "aws_lambda_permission" => self.same(planned, "AWS::Lambda::Permission", PERMISSION),
            "aws_lambda_function_url" => return self.url(planned, stack),
            "aws_lambda_event_source_mapping" => self.mapping(planned),
            "aws_lambda_function_event_invoke_config" => self.outcomes(planned),
            "aws_lambda_layer_version_permission" => self.layer(planned),
            "aws_lambda_code_signing_config" => self.signing(planned),
            "aws_iam_role" => self.role(planned),
            "aws_iam_role_policy" => self.inline(planned),
            "aws_iam_policy" => self.managed(planned),
            "aws_iam_role_policy_attachment" => self.same(
                planned,
                "AWS::IAM::RolePolicyAttachment",
                &[("RoleName", "role"), ("PolicyArn", "policy_arn")],
            ),
            "aws_iam_policy_attachment" | "aws_iam_role_policy_attachments_exclusive" => {
                return self.attachments(planned, stack);
            }
            "aws_cloudwatch_metric_alarm" | "aws_cloudwatch_composite_alarm" => self.alarm(planned),
            "aws_kms_key" => self.same(planned, "AWS::KMS::Key", &[("Enabled", "is_enabled")]),
            kind if kind.starts_with("aws_") => return self.of_network(planned, stack),
            _ => return,
        };
        stack.resources.push(made);
    }

    pub(super) fn same(&self, planned: &Planned, kind: &str, same: &[Same]) -> Resource {
        let properties = same
            .iter()
            .map(|(property, attribute)| (*property, self.attribute(planned, &[attribute])));
        self.resource(planned, kind, properties.collect())
    }

    fn function(&self, planned: &Planned) -> Resource {
        let of = |way: &[&str]| self.attribute(planned, way);
        let block = |property: &'static str, value: Value| Value::map(1, [(property, value)]);
        let reserved = of(&["reserved_concurrent_executions"]);
        let reserved = if reserved.known().as_deref() == Some("-1") {
            Value::nothing()
        } else {
            reserved
        };
        let network = planned.value("vpc_config");
        let network = match network.items() {
            Ok([]) => Value::nothing(),
            Ok(_) => Value::map(
                1,
                [
                    ("SubnetIds", self.attributes(planned, &["vpc_config", "subnet_ids"])),
                    (
                        "SecurityGroupIds",
                        self.attributes(planned, &["vpc_config", "security_group_ids"]),
                    ),
                    (
                        "Ipv6AllowedForDualStack",
                        of(&["vpc_config", "ipv6_allowed_for_dual_stack"]),
                    ),
                ],
            ),
            Err(_) => of(&["vpc_config"]),
        };
        let files = of(&["file_system_config", "arn"]);
        let files = if files.is_nothing() {
            files
        } else {
            Value::list(1, vec![block("Arn", files)])
        };
        self.resource(
            planned,
            "AWS::Lambda::Function",
            vec![
                ("Role", of(&["role"])),
                ("Runtime", of(&["runtime"])),
                ("PackageType", of(&["package_type"])),
                ("TracingConfig", block("Mode", of(&["tracing_config", "mode"]))),
                ("LoggingConfig", block("LogGroup", of(&["logging_config", "log_group"]))),
                (
                    "DeadLetterConfig",
                    block("TargetArn", of(&["dead_letter_config", "target_arn"])),
                ),
                (
                    "Environment",
                    block(
                        "Variables",
                        first(planned.value("environment")).get("variables").clone(),
                    ),
                ),
                ("KmsKeyArn", of(&["kms_key_arn"])),
                ("Layers", self.attributes(planned, &["layers"])),
                ("FileSystemConfigs", files),
                ("VpcConfig", network),
                ("ReservedConcurrentExecutions", reserved),
                ("CodeSigningConfigArn", of(&["code_signing_config_arn"])),
                ("RecursiveLoop", self.loop_protection()),
                ("Tags", self.tags(planned)),
            ],
        )
    }

    /// A resource of its own sets it, and which function it names is not followed.
    fn loop_protection(&self) -> Value {
        if self.plan.has(LOOP_PROTECTION) {
            return Value::unknown(1, format!("the plan has an {LOOP_PROTECTION}"));
        }
        Value::nothing()
    }

    fn tags(&self, planned: &Planned) -> Value {
        let all = planned.value("tags_all");
        let all = if all.is_nothing() || all.gap().is_some() {
            self.attribute(planned, &["tags"])
        } else {
            all.clone()
        };
        match all.members() {
            Err(why) => Value::unknown(1, why),
            Ok(members) => {
                let tag = |(name, value): (&String, &Value)| {
                    Value::map(1, [("Key", Value::text(1, name)), ("Value", value.clone())])
                };
                Value::list(1, members.iter().map(|one| tag((&one.name, &one.value))).collect())
            }
        }
    }

    fn url(&self, planned: &Planned, stack: &mut Stack) {
        let of = |way: &[&str]| self.attribute(planned, way);
        let auth = of(&["authorization_type"]);
        let cors = |name: &str| first(planned.value("cors")).get(name).clone();
        let target = [
            ("FunctionName", of(&["function_name"])),
            ("Qualifier", of(&["qualifier"])),
        ];
        let [(_, function), (_, qualifier)] = target.clone();
        stack.resources.push(self.resource(
            planned,
            "AWS::Lambda::Url",
            vec![
                ("TargetFunctionArn", function),
                ("Qualifier", qualifier),
                ("AuthType", auth.clone()),
                (
                    "Cors",
                    Value::map(
                        1,
                        [
                            ("AllowCredentials", cors("allow_credentials")),
                            ("AllowOrigins", cors("allow_origins")),
                            ("AllowMethods", cors("allow_methods")),
                            ("AllowHeaders", cors("allow_headers")),
                            ("ExposeHeaders", cors("expose_headers")),
                            ("MaxAge", cors("max_age")),
                        ],
                    ),
                ),
            ],
        ));
        let doubt = match auth.word() {
            Ok(Some(word)) if word != "NONE" => return,
            Ok(_) => None,
            Err(why) => Some(why),
        };
        // The provider adds these to a URL that asks for no authentication ("aws_lambda_function_url"); the second, newer ones only.
        let newer: Why = "newer versions of the provider grant it with the URL".into();
        let grants = [
            (
                "FunctionURLAllowPublicAccess",
                "lambda:InvokeFunctionUrl",
                ("FunctionUrlAuthType", "NONE"),
                doubt.clone(),
            ),
            (
                "FunctionURLInvokeAllowPublicAccess",
                "lambda:InvokeFunction",
                ("InvokedViaFunctionUrl", "true"),
                doubt.or(Some(newer)),
            ),
        ];
        for (sid, action, (property, value), doubt) in grants {
            let mut properties = target.to_vec();
            properties.extend([
                ("Action", Value::text(1, action)),
                ("Principal", Value::text(1, "*")),
                (property, Value::text(1, value)),
            ]);
            let made = self.resource(planned, "AWS::Lambda::Permission", properties);
            stack.resources.push(Resource {
                name: Value::text(1, sid),
                doubt,
                ..made
            });
        }
    }

    fn mapping(&self, planned: &Planned) -> Resource {
        let of = |way: &[&str]| self.attribute(planned, way);
        let failed = of(&["destination_config", "on_failure", "destination_arn"]);
        let accesses = planned.value("source_access_configuration").items();
        let access = |one: &Value| Value::map(1, [("Type", one.get("type").clone()), ("URI", one.get("uri").clone())]);
        let accesses = accesses.map_or_else(
            |why| Value::unknown(1, why),
            |all| Value::list(1, all.iter().map(access).collect()),
        );
        self.resource(
            planned,
            "AWS::Lambda::EventSourceMapping",
            vec![
                ("FunctionName", of(&["function_name"])),
                ("EventSourceArn", of(&["event_source_arn"])),
                ("Enabled", of(&["enabled"])),
                ("DestinationConfig", destinations(Value::nothing(), failed)),
                ("SourceAccessConfigurations", accesses),
            ],
        )
    }

    fn outcomes(&self, planned: &Planned) -> Resource {
        let of = |way: &[&str]| self.attribute(planned, way);
        let succeeded = of(&["destination_config", "on_success", "destination"]);
        let failed = of(&["destination_config", "on_failure", "destination"]);
        self.resource(
            planned,
            "AWS::Lambda::EventInvokeConfig",
            vec![
                ("FunctionName", of(&["function_name"])),
                ("Qualifier", of(&["qualifier"])),
                ("DestinationConfig", destinations(succeeded, failed)),
            ],
        )
    }

    fn layer(&self, planned: &Planned) -> Resource {
        let named = self.attribute(planned, &["layer_name"]);
        let version = self
            .attribute(planned, &["version_number"])
            .known()
            .unwrap_or_else(|| "1".to_owned());
        let arn = match named.known() {
            Some(arn) if arn.starts_with("arn:") && arn.split(':').count() > 7 => named.clone(),
            Some(arn) if arn.starts_with("arn:") => Value::text(1, format!("{arn}:{version}")),
            Some(name) => Value::text(1, self.given.arn("lambda", &format!("layer:{name}:{version}"))),
            None => named.clone(),
        };
        let of = |name: &str| self.attribute(planned, &[name]);
        let made = self.resource(
            planned,
            "AWS::Lambda::LayerVersionPermission",
            vec![
                ("LayerVersionArn", arn),
                ("Principal", of("principal")),
                ("Action", of("action")),
                ("OrganizationId", of("organization_id")),
            ],
        );
        Resource {
            name: of("statement_id"),
            ..made
        }
    }

    fn signing(&self, planned: &Planned) -> Resource {
        let policy = self.attribute(planned, &["policies", "untrusted_artifact_on_deployment"]);
        let policies = Value::map(1, [("UntrustedArtifactOnDeployment", policy)]);
        self.resource(
            planned,
            "AWS::Lambda::CodeSigningConfig",
            vec![("CodeSigningPolicies", policies)],
        )
    }

    fn role(&self, planned: &Planned) -> Resource {
        let own = self.attribute(planned, &["inline_policy"]);
        let inline = match own.items() {
            Err(why) => Value::unknown(1, why),
            Ok(all) => {
                let named = all.iter().filter(|one| !one.get("policy").is_nothing());
                let one = |one: &Value| {
                    Value::map(
                        1,
                        [
                            ("PolicyName", one.get("name").clone()),
                            ("PolicyDocument", one.get("policy").clone()),
                        ],
                    )
                };
                Value::list(1, named.map(one).collect())
            }
        };
        self.resource(
            planned,
            "AWS::IAM::Role",
            vec![
                (
                    "AssumeRolePolicyDocument",
                    self.attribute(planned, &["assume_role_policy"]),
                ),
                ("Policies", inline),
                ("ManagedPolicyArns", self.attributes(planned, &["managed_policy_arns"])),
                (
                    "PermissionsBoundary",
                    self.attribute(planned, &["permissions_boundary"]),
                ),
            ],
        )
    }

    fn inline(&self, planned: &Planned) -> Resource {
        self.same(
            planned,
            "AWS::IAM::RolePolicy",
            &[
                ("RoleName", "role"),
                ("PolicyName", "name"),
                ("PolicyDocument", "policy"),
            ],
        )
    }

    fn managed(&self, planned: &Planned) -> Resource {
        self.same(planned, "AWS::IAM::ManagedPolicy", &[("PolicyDocument", "policy")])
    }

    /// One attachment for each role and policy.
    fn attachments(&self, planned: &Planned, stack: &mut Stack) {
        let roles = match planned.kind.as_str() {
            "aws_iam_policy_attachment" => self.attributes(planned, &["roles"]),
            _ => self.attribute(planned, &["role_name"]),
        };
        let policies = match planned.kind.as_str() {
            "aws_iam_policy_attachment" => self.attribute(planned, &["policy_arn"]),
            _ => self.attributes(planned, &["policy_arns"]),
        };
        let one = std::slice::from_ref;
        for role in roles.items().unwrap_or(one(&roles)) {
            for policy in policies.items().unwrap_or(one(&policies)) {
                let properties = vec![("RoleName", role.clone()), ("PolicyArn", policy.clone())];
                stack
                    .resources
                    .push(self.resource(planned, "AWS::IAM::RolePolicyAttachment", properties));
            }
        }
    }
}

fn destinations(succeeded: Value, failed: Value) -> Value {
    let one = |value: Value| {
        if value.is_nothing() {
            value
        } else {
            Value::map(1, [("Destination", value)])
        }
    };
    Value::map(1, [("OnSuccess", one(succeeded)), ("OnFailure", one(failed))])
}
