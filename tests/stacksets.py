"""Creates the StackSets of infra/organization.yaml on an AWS API server that deploys them, and looks at what is there then.

Usage: stacksets.py ENDPOINT INFRA. Prints one JSON object; anything that is not as it should be ends it with an error.
"""

import json
import pathlib
import sys

import boto3
import cfnlint.decode

HUB_BUS = "arn:aws:events:eu-west-1:{hub}:event-bus/vigil"
HUB_ROLE = "arn:aws:iam::{hub}:role/vigil-Role-1ABC"
REGIONS = ["eu-west-1", "us-east-1"]
ACCOUNTS = 3


def main(endpoint, infra):
    infra = pathlib.Path(infra)
    client = clients(endpoint)
    organizations = client("organizations")
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]
    hub, root = organization["MasterAccountId"], organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
    members = [member(organizations, root, unit, number) for number in range(ACCOUNTS)]
    given = {
        "OrganizationalUnitIds": [unit],
        "Regions": REGIONS,
        "GlobalRegion": "us-east-1",
        "CallAs": "SELF",
        "BusArn": HUB_BUS.format(hub=hub),
        "MonitorRoleArn": HUB_ROLE.format(hub=hub),
        "OrganizationId": organization["Id"],
        "ExternalId": "vigil-test",
        "ReaderRole": "LambdaVigilReader",
        "InspectPackages": "false",
        "SecurityHub": "false",
        "TemplateBaseUrl": "https://templates",
        "PermissionsBoundary": "",
        "AWS::StackName": "vigil",
        "AWS::Partition": "aws",
        "AWS::Region": "us-east-1",
        "AWS::AccountId": hub,
    }
    template = load(infra / "organization.yaml")
    for name in given:
        assert name.startswith("AWS::") or name in template["Parameters"], f"{name} is no parameter any more"
    cloudformation = client("cloudformation")
    for name, resource in template["Resources"].items():
        assert resource["Type"] == "AWS::CloudFormation::StackSet", name
        create(cloudformation, resolved(resource["Properties"], {**given, name: name, "Reader": "vigil-reader:1"}), infra)
    print(json.dumps(look(client, members, given, infra)))


def clients(endpoint):
    def client(service, region="us-east-1", credentials=None):
        keys = credentials or {"AccessKeyId": "test", "SecretAccessKey": "test", "SessionToken": None}
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    return client


def member(organizations, root, unit, number):
    made = organizations.create_account(Email=f"member{number}@example.com", AccountName=f"member{number}")
    account = made["CreateAccountStatus"]["AccountId"]
    organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
    return account


def load(path):
    template, problems = cfnlint.decode.decode(str(path))
    assert not problems, problems
    return template


def resolved(value, given):
    """What is left of a template's value when the parameters are known: Ref and Fn::Sub are all that these templates use."""
    if isinstance(value, list):
        return [resolved(item, given) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return given[value["Ref"]]
    if set(value) == {"Fn::Sub"}:
        text = value["Fn::Sub"]
        for name, content in given.items():
            if isinstance(content, str):
                text = text.replace("${" + name + "}", content)
        assert "${" not in text, text
        return text
    assert not any(name.startswith("Fn::") for name in value), value
    return {name: resolved(item, given) for name, item in value.items()}


def create(cloudformation, properties, infra):
    """As CloudFormation makes it from the template; the server takes templates by their text only."""
    name = properties.pop("StackSetName")
    groups, preferences = properties.pop("StackInstancesGroup"), properties.pop("OperationPreferences")
    template = infra / properties.pop("TemplateURL").rsplit("/", 1)[-1]
    cloudformation.create_stack_set(StackSetName=name, TemplateBody=template.read_text(), **properties)
    for group in groups:
        # The server knows fewer preferences than AWS; that they are valid is the linter's to say.
        known = {key: preferences[key] for key in ("MaxConcurrentPercentage", "FailureTolerancePercentage")}
        cloudformation.create_stack_instances(StackSetName=name, OperationPreferences=known, **group)


def look(client, members, given, infra):
    """What each account and Region has got."""
    wanted = {
        name: resource["Properties"]["EventPattern"]
        for name, resource in load(infra / "forwarder.yaml")["Resources"].items()
        if resource["Type"] == "AWS::Events::Rule"
    }
    seen = {}
    for account in members:
        role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
        keys = client("sts").assume_role(RoleArn=role, RoleSessionName="look")["Credentials"]
        reader = client("iam", credentials=keys).get_role(RoleName=given["ReaderRole"])["Role"]
        statement = reader["AssumeRolePolicyDocument"]["Statement"]
        statement = statement[0] if isinstance(statement, list) else statement
        assert statement["Principal"] == {"AWS": given["MonitorRoleArn"]}, statement
        conditions = statement["Condition"]["StringEquals"]
        assert conditions["sts:ExternalId"] == given["ExternalId"], conditions
        assert conditions["aws:PrincipalOrgID"] == given["OrganizationId"], conditions
        for region in REGIONS:
            events = client("events", region, keys)
            rules = events.list_rules()["Rules"]
            patterns = [json.loads(rule["EventPattern"]) for rule in rules]
            for name, pattern in wanted.items():
                pattern = resolved(pattern, {"EventSourcePrefix": "aws"})
                assert pattern in patterns, f"{account} {region}: no rule with the pattern of {name}"
            for rule in rules:
                assert rule["State"] == "ENABLED", rule
                targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
                assert [target["Arn"] for target in targets] == [given["BusArn"]], targets
                assert targets[0]["RoleArn"].startswith(f"arn:aws:iam::{account}:role/"), targets
            seen[f"{account} {region}"] = len(rules)
    return {"rules": seen, "readers": len(members)}


main(*sys.argv[1:])
