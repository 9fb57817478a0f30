"""What stands in the account that the scanners look at?

Every case of planted.toml becomes two functions, the planted one and its near miss, beside ordinary ones up to the wanted number. All have a role
of their own; what a case does not say is in order.
"""

import base64
import json
import random
import string
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from botocore.config import Config

from doubles import Doubles
from networks import Networks

ACCOUNT = "123456789012"
REGION = "us-east-1"
TRUSTED = "222233334444"
FOREIGN = "999988887777"
EMPTY_ZIP = base64.b64decode("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==")
LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
INTERFACES = [
    f"ec2:{action}"
    for action in (
        "AssignPrivateIpAddresses", "CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces", "UnassignPrivateIpAddresses",
    )
]
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"


def cases():
    """The planted misconfigurations."""
    return tomllib.loads((Path(__file__).parent / "planted.toml").read_text())["case"]


def near(case):
    """The function that looks like the planted one and is in order."""
    return f"{case['id']}-near"


def invented(kind):
    """Something that looks like a credential. It is made up while this runs, so that the repository holds none."""
    maker = random.Random(kind)
    some = lambda letters, count: "".join(maker.choice(letters) for _ in range(count))
    upper, mixed, lower = string.ascii_uppercase + "234567", string.ascii_letters + string.digits, string.hexdigits[:16]
    pem = "-----BEGIN {0} KEY-----\n{1}\n{2}\n{3}\n-----END {0} KEY-----\n"
    return {
        "aws-id": "AK" + "IA" + some(upper, 16),
        "aws-secret": some(mixed + "+/", 40),
        "github": "gh" + "p_" + some(mixed, 36),
        "slack": "xo" + "xb-" + some(string.digits, 12) + "-" + some(string.digits, 12) + "-" + some(mixed, 24),
        "stripe": "sk_" + "live_" + some(mixed, 24),
        "password": some(mixed, 10) + "!" + some(mixed, 9),
        "token": some(lower, 40),
        "private": pem.format("RSA PRIVATE", some(mixed, 64), some(mixed, 64), some(mixed, 64)),
        "public": pem.format("PUBLIC", some(mixed, 64), some(mixed, 64), some(mixed, 64)),
        "cipher": base64.b64encode(bytes([1, 2, 2, 0, 0x78]) + maker.randbytes(180)).decode(),
    }[kind]


class Seeder:
    """Makes functions on an API server."""

    def __init__(self, endpoint):
        self.boundaries = {}
        settings = Config(retries={"max_attempts": 2}, max_pool_connections=16)
        keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "test"}

        def client(name):
            return boto3.client(name, endpoint_url=endpoint, region_name=REGION, config=settings, **keys)

        self.awslambda, self.iam, self.cloudwatch, self.kms = map(client, ["lambda", "iam", "cloudwatch", "kms"])
        self.networks = Networks(client("ec2"))
        self.ids = {}

    def fill(self, value, name):
        """Puts this function's own values into what the data says."""
        if isinstance(value, str):
            own = {"function": name, "account": ACCOUNT, "region": REGION, "trusted": TRUSTED, "foreign": FOREIGN}
            for key, text in own.items():
                value = value.replace(f"<{key}>", text)
            for kind in ("aws-id", "aws-secret", "github", "slack", "stripe", "password", "token", "private", "public", "cipher"):
                if f"<{kind}>" in value:
                    value = value.replace(f"<{kind}>", invented(kind))
            return value
        if isinstance(value, list):
            return [self.fill(one, name) for one in value]
        if isinstance(value, dict):
            return {self.fill(key, name): self.fill(one, name) for key, one in value.items()}
        return value

    def role(self, name, spec):
        """The role of a function; its ARN."""
        own, path = f"{name}-role", spec.get("path", "/")
        arn = f"arn:aws:iam::{ACCOUNT}:role{path}{own}"
        trust = {"Version": "2012-10-17", "Statement": spec.get("trust", [LAMBDA])}
        self.iam.create_role(RoleName=own, Path=path, AssumeRolePolicyDocument=json.dumps(trust))
        group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{name}:*"
        needs = spec.get("needs", [{"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": group}])
        traces = {"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"}
        interfaces = {"Effect": "Allow", "Action": INTERFACES, "Resource": "*"}
        attached = [interfaces] if "network" in spec and spec.get("network_rights", True) else []
        self.put(own, "needs", [*needs, traces, *attached])
        if spec.get("grants"):
            self.put(own, "grants", spec["grants"])
        for managed in spec.get("managed", []):
            self.iam.attach_role_policy(RoleName=own, PolicyArn=f"arn:aws:iam::aws:policy/{managed}")
        if "customer" in spec:
            arn_of_policy = self.policy(f"{name}-policy", spec["customer"])
            self.iam.attach_role_policy(RoleName=own, PolicyArn=arn_of_policy)
        if "boundary" in spec:
            boundary = self.policy(f"{name}-boundary", spec["boundary"])
            self.iam.put_role_permissions_boundary(RoleName=own, PermissionsBoundary=boundary)
            self.boundaries[own] = boundary
        return arn

    def policy(self, name, statements):
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        return self.iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]

    def put(self, role, policy, statements):
        document = {"Version": "2012-10-17", "Statement": statements}
        self.iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))

    def function(self, name, spec):
        """A function with its role and all that belongs to it."""
        spec = self.fill(spec, name)
        role = self.ids.get(spec["role_of"]) if "role_of" in spec else self.role(name, spec)
        parameters = {
            "FunctionName": name, "Role": role, "Handler": "index.handler", "Code": {"ZipFile": EMPTY_ZIP},
            "Runtime": spec.get("runtime", "python3.13"), "TracingConfig": {"Mode": spec.get("tracing", "Active")},
            "Environment": {"Variables": spec.get("environment", {"STAGE": "production"})},
        }
        if "group" in spec:
            parameters["LoggingConfig"] = {"LogGroup": spec["group"]}
        if "network" in spec:
            parameters["VpcConfig"] = self.networks.of(spec["network"])
        if "key" in spec:
            parameters["KMSKeyArn"] = self.key(spec["key"])
        if "layer" in spec:
            parameters["Layers"] = [self.layer(name, spec["layer"])]
        arn = self.awslambda.create_function(**parameters)["FunctionArn"]
        if spec.get("role_is_deleted"):
            self.forget_role(f"{name}-role")
        if spec.get("tags", True) is not True:
            self.awslambda.tag_resource(Resource=arn, Tags=spec["tags"])
        if spec.get("reserved", 0):
            self.awslambda.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=spec["reserved"])
        if "alias" in spec:
            version = self.awslambda.publish_version(FunctionName=name)["Version"]
            self.awslambda.create_alias(FunctionName=name, Name=spec["alias"], FunctionVersion=version)
        for number, permission in enumerate(spec.get("permissions", [])):
            self.awslambda.add_permission(FunctionName=name, **{"StatementId": f"grant-{number}", "Action": "lambda:InvokeFunction", **permission})
        if "url" in spec:
            self.awslambda.create_function_url_config(FunctionName=name, **spec["url"])
        for number, alarm in enumerate(spec.get("alarms", [{"MetricName": "Errors"}, {"MetricName": "Invocations"}])):
            self.alarm(name, number, alarm)
        if "recursion" in spec:
            self.awslambda.put_function_recursion_config(FunctionName=name, RecursiveLoop=spec["recursion"])

    def alarm(self, name, number, spec):
        usual = {
            "AlarmName": f"{name}-{number}", "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "ActionsEnabled": True, "AlarmActions": [TOPIC], "TreatMissingData": "notBreaching",
        }
        if "Metrics" not in spec:
            dimensions = [{"Name": "FunctionName", "Value": name}]
            usual |= {"Namespace": "AWS/Lambda", "Dimensions": dimensions, "Statistic": "Sum", "Period": 60}
        self.cloudwatch.put_metric_alarm(**usual | spec)

    def key(self, state):
        made = self.kms.create_key()["KeyMetadata"]
        if state == "disabled":
            self.kms.disable_key(KeyId=made["KeyId"])
        if state == "deleted":
            self.kms.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=7)
        return made["Arn"]

    def layer(self, name, spec):
        if spec.startswith("arn:"):
            return spec
        made = self.awslambda.publish_layer_version(LayerName=f"{name}-layer", Content={"ZipFile": EMPTY_ZIP})
        reader = {"public": "*", "trusted": TRUSTED}.get(spec)
        if reader:
            grant = {"StatementId": "readers", "Action": "lambda:GetLayerVersion", "Principal": reader}
            self.awslambda.add_layer_version_permission(LayerName=f"{name}-layer", VersionNumber=made["Version"], **grant)
        return made["LayerVersionArn"]

    def forget_role(self, role):
        for policy in self.iam.list_role_policies(RoleName=role)["PolicyNames"]:
            self.iam.delete_role_policy(RoleName=role, PolicyName=policy)
        self.iam.delete_role(RoleName=role)


def ordinary(number):
    """One of the other functions: what most accounts are full of, in order."""
    kinds = [
        {},
        {"permissions": [{"Principal": "events.amazonaws.com", "SourceArn": "arn:aws:events:<region>:<account>:rule/<function>"}]},
        {"permissions": [{"Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::uploads-<function>", "SourceAccount": "<account>"}]},
        {"grants": [{"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": "arn:aws:dynamodb:<region>:<account>:table/<function>"}]},
        {"environment": {"TABLE": "orders", "LOG_LEVEL": "info", "SECRET_ARN": "arn:aws:secretsmanager:<region>:<account>:secret:<function>-AbCdEf"},
         "grants": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:<region>:<account>:secret:<function>-??????"}]},
    ]
    return {**kinds[number % len(kinds)], "tags": {"owner": "shop", "vigil:accept/concurrency-unreserved": "bounded by its queue"}}


def seed(endpoint, functions):
    """Makes the account; what the proxy has to answer in place of the API server."""
    seeder = Seeder(endpoint)
    seeder.networks.make()
    wanted = []
    for case in cases():
        if case.get("alone"):
            continue
        wanted.append((case["id"], {"reserved": 1, **case["planted"]}))
        wanted.append((near(case), {"reserved": 1, **case["near"]}))
    inspector = {name: spec["inspector"] for name, spec in wanted if "inspector" in spec}
    wanted += [(f"service-{number:04}", ordinary(number)) for number in range(functions - len(wanted))]
    with ThreadPoolExecutor(6) as pool:
        for name, done in [(name, pool.submit(seeder.function, name, spec)) for name, spec in wanted]:
            try:
                done.result()
            except Exception as error:
                raise RuntimeError(f"cannot make {name}: {error}") from error
    return Doubles(inspector, seeder.networks.endpoints, [name for name, _ in wanted], seeder.boundaries)
