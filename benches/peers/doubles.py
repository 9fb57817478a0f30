"""What does the API server not know?

It has no Access Analyzer, its Inspector knows made-up functions only, it leaves a role's permissions boundary out of GetAccountAuthorizationDetails, and it
forgets of a VPC endpoint its groups, its policy, its private DNS and the filter by VPC. The proxy answers these calls in its place, the same for every scanner:

- Inspector scans every function and has nothing on it, except where a case of planted.toml says otherwise;
- Access Analyzer reports an action that does not exist as an error, and one that stands there twice as a suggestion;
- the VPC endpoints are those that networks.py asked for;
- the boundaries that were put are among the details of the account.
"""

import json
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

ACCOUNT = "123456789012"


class Doubles:
    """Stands in for the services by what was planted."""

    def __init__(self, inspector=(), endpoints=(), functions=(), boundaries=()):
        self.inspector, self.endpoints, self.functions, self.boundaries = dict(inspector), list(endpoints), list(functions), dict(boundaries)

    def answer(self, head, body):
        """The whole answer to a request for one of them; nothing for all others."""
        line = head.split(b"\r\n", 1)[0]
        if line.startswith(b"POST /coverage/list"):
            return as_json({"coveredResources": [self.coverage(name) for name in wanted(body) or self.functions]})
        if line.startswith(b"POST /findings/list"):
            severities = {one["value"] for one in json.loads(body)["filterCriteria"].get("severity", [])}
            found = [(name, self.inspector.get(name, "").upper()) for name in wanted(body)]
            return as_json({"findings": [finding(*one) for one in found if one[1] in severities]})
        if line.startswith(b"POST /policy/validation"):
            return as_json({"findings": validation(json.loads(body)["policyDocument"])})
        if b"Action=DescribeVpcEndpoints&" in body:
            return whole("text/xml", self.described(parse_qs(body.decode())))
        return None

    def amended(self, body, head, answer):
        """The API server's own answer, with what it leaves out."""
        if b"Action=GetAccountAuthorizationDetails&" not in body + b"&":
            return head + answer
        for role, boundary in self.boundaries.items():
            known = f"<RoleName>{role}</RoleName>"
            details = f"<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>{escape(boundary)}</PermissionsBoundaryArn></PermissionsBoundary>"
            answer = answer.replace(known.encode(), (known + details).encode())
        lines = [line for line in head.split(b"\r\n") if line and not line.lower().startswith(b"content-length:")]
        return b"\r\n".join([*lines, b"content-length: %d" % len(answer), b"", b""]) + answer

    def coverage(self, name):
        excluded = self.inspector.get(name) == "excluded"
        status = {"statusCode": "INACTIVE", "reason": "EXCLUDED_BY_TAG"} if excluded else {"statusCode": "ACTIVE", "reason": "SUCCESSFUL"}
        return {
            "resourceType": "AWS_LAMBDA_FUNCTION", "resourceId": arn(name), "accountId": ACCOUNT, "scanType": "PACKAGE", "scanStatus": status,
        }

    def described(self, request):
        asked = request.get("Filter.1.Value.1", [None])[0]
        items = "".join(item(one) for one in self.endpoints if asked in (None, one["VpcId"]))
        return (
            '<DescribeVpcEndpointsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId>'
            f"<vpcEndpointSet>{items}</vpcEndpointSet></DescribeVpcEndpointsResponse>"
        )


def whole(kind, text):
    text = text.encode()
    return f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(text)}\r\n\r\n".encode() + text


def as_json(document):
    return whole("application/json", json.dumps(document))


def wanted(body):
    criteria = json.loads(body).get("filterCriteria", {})
    return [one["value"] for one in criteria.get("lambdaFunctionName", [])]


def arn(name):
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}:$LATEST"


def finding(name, severity):
    package = {"name": "requests", "version": "2.5.0", "fixedInVersion": "2.32.4"}
    return {
        "findingArn": f"arn:aws:inspector2:us-east-1:{ACCOUNT}:finding/1", "awsAccountId": ACCOUNT, "type": "PACKAGE_VULNERABILITY",
        "description": "a vulnerable package", "title": "CVE-2018-18074 - requests", "remediation": {"recommendation": {"text": "update"}},
        "severity": severity, "firstObservedAt": 1790000000, "lastObservedAt": 1790000000, "status": "ACTIVE",
        "resources": [{"type": "AWS_LAMBDA_FUNCTION", "id": arn(name)}],
        "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2018-18074", "source": "NVD", "vulnerablePackages": [package]},
    }


def validation(document):
    found = []
    if "SendMesage" in document:
        found.append(("ERROR", "INVALID_ACTION", "The action sqs:SendMesage does not exist."))
    for statement in json.loads(document)["Statement"]:
        actions = statement.get("Action", [])
        if isinstance(actions, list) and len(actions) != len(set(actions)):
            found.append(("SUGGESTION", "REDUNDANT_ACTION", "An action stands there twice."))
    return [
        {"findingType": kind, "issueCode": code, "findingDetails": text, "learnMoreLink": "https://docs.aws.amazon.com/", "locations": []}
        for kind, code, text in found
    ]


EVERYTHING = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'


def item(endpoint):
    """An endpoint in the XML of EC2."""
    listed = lambda name, values: f"<{name}>" + "".join(f"<item>{one}</item>" for one in values) + f"</{name}>"
    groups = [f"<groupId>{group}</groupId><groupName>endpoint</groupName>" for group in endpoint.get("SecurityGroupIds", [])]
    private = "true" if endpoint.get("PrivateDnsEnabled") else "false"
    return (
        f"<item><vpcEndpointId>{endpoint['VpcEndpointId']}</vpcEndpointId><vpcEndpointType>{endpoint['VpcEndpointType']}</vpcEndpointType>"
        f"<vpcId>{endpoint['VpcId']}</vpcId><serviceName>{endpoint['ServiceName']}</serviceName><state>available</state>"
        f"<policyDocument>{escape(endpoint.get('PolicyDocument', EVERYTHING))}</policyDocument>"
        f"{listed('routeTableIdSet', endpoint.get('RouteTableIds', []))}{listed('subnetIdSet', endpoint.get('SubnetIds', []))}"
        f"{listed('groupSet', groups)}<privateDnsEnabled>{private}</privateDnsEnabled><requesterManaged>false</requesterManaged>"
        f"<ipAddressType>ipv4</ipAddressType><ownerId>{ACCOUNT}</ownerId></item>"
    )
