"""How fast is a dangerous call noticed? The same AddPermission event for our Lambda and for Cloud Custodian's, on the same API server."""

import json
import statistics
import subprocess
import time
import tomllib
import uuid

import boto3

from proxy import Proxy
from runtime_api import Environment, peak_memory
from scanners import HERE
from seed import ACCOUNT, REGION, Seeder
from servers import api_server

FRESH, WARM, DELAY = 10, 40, 0.020
FUNCTION = "orders"
# The monitor keeps to a third of AWS's quotas. One event never waits for that; events without a pause in between would. A source that is not AWS's
# own lifts it, for tests.
UNPACED = {"VIGIL_EVENT_SOURCE_PREFIX": "aws-test", "VIGIL_API_SHARE_PERCENT": "60000"}
POLICY = {
    "name": "lambda-cross-account", "resource": "aws.lambda", "filters": [{"type": "cross-account"}],
    "mode": {
        "type": "cloudtrail",
        "events": [{"source": "lambda.amazonaws.com", "event": "AddPermission20150331v2", "ids": "requestParameters.functionName"}],
    },
}


def envelope(name, parameters):
    """A CloudTrail record as EventBridge delivers it."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "version": "0", "id": str(uuid.uuid4()), "detail-type": "AWS API Call via CloudTrail", "source": "aws.lambda", "account": ACCOUNT,
        "time": now, "region": REGION, "resources": [],
        "detail": {
            "eventVersion": "1.11", "eventTime": now, "eventSource": "lambda.amazonaws.com", "eventName": name, "awsRegion": REGION,
            "userIdentity": {
                "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "accountId": ACCOUNT, "userName": "alice",
            },
            "sourceIPAddress": "192.0.2.10", "userAgent": "aws-cli/2.31.0", "requestParameters": parameters, "responseElements": None,
            "requestID": str(uuid.uuid4()), "eventID": str(uuid.uuid4()), "readOnly": False, "eventType": "AwsApiCall", "managementEvent": True,
            "recipientAccountId": ACCOUNT, "eventCategory": "Management",
        },
    }


def added():
    parameters = {"functionName": FUNCTION, "statementId": "anyone", "action": "lambda:InvokeFunction", "principal": "*"}
    return envelope("AddPermission20150331v2", parameters)


def batch(event):
    """The event with which Lambda hands over messages of the monitor's queue."""
    record = {
        "messageId": str(uuid.uuid4()), "receiptHandle": "handle", "body": json.dumps(event), "messageAttributes": {}, "md5OfBody": "",
        "attributes": {
            "ApproximateReceiveCount": "1", "SentTimestamp": "1795000000000", "SenderId": ACCOUNT, "ApproximateFirstReceiveTimestamp": "1795000000001",
        },
        "eventSource": "aws:sqs", "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:vigil", "awsRegion": REGION,
    }
    return {"Records": [record]}


def own_variables(port, endpoint):
    """The environment of our Lambda, with a topic and a table as its template makes them; it calls AWS at the endpoint."""
    keys = {"region_name": REGION, "aws_access_key_id": ACCOUNT, "aws_secret_access_key": "test", "endpoint_url": f"http://127.0.0.1:{port}"}
    keyed = [("pk", "HASH"), ("sk", "RANGE")]
    boto3.client("dynamodb", **keys).create_table(
        TableName="state", BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keyed],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keyed],
    )
    topic = boto3.client("sns", **keys).create_topic(Name="notices")["TopicArn"]
    return {"VIGIL_TOPIC_ARN": topic, "VIGIL_TABLE": "state", "AWS_ENDPOINT_URL": endpoint, **UNPACED}


def sweep(asked, port, proxy):
    """What it costs our Lambda to judge every function anew, with its table, when no quota holds it back."""
    variables = own_variables(port, proxy.endpoint)
    variables["VIGIL_SETTINGS"] = json.dumps(tomllib.loads((HERE / "settings.toml").read_text()))
    environment = Environment(asked.bootstrap.resolve(), variables, asked.work / "sweep.log")
    proxy.take()
    wall = environment.invoke({"vigil": "sweep"})
    calls = proxy.take()
    cost = {"wall": environment.ready + wall, "cpu": environment.cpu(), "memory": environment.memory(), "calls": sum(calls.values())}
    environment.end()
    return {**cost, "lambda": calls["lambda"], "iam": calls["iam"]}


class Stage:
    """A few functions, one of which is opened and closed."""

    def __init__(self, endpoint):
        seeder = Seeder(endpoint)
        self.awslambda = seeder.awslambda
        for name in (FUNCTION, "parcels", "returns"):
            seeder.function(name, {"reserved": 1})

    def open(self):
        self.awslambda.add_permission(FunctionName=FUNCTION, StatementId="anyone", Action="lambda:InvokeFunction", Principal="*")
        return added()

    def close(self):
        self.awslambda.remove_permission(FunctionName=FUNCTION, StatementId="anyone")
        return envelope("RemovePermission20150331v2", {"functionName": FUNCTION, "statementId": "anyone"})


class Ours:
    """Our Lambda, with its table, as it is installed."""

    label = "Lambda Vigil"

    def __init__(self, binary, work, variables):
        self.environment = Environment(binary.resolve(), variables, work / "bootstrap.log")
        self.ready = self.environment.ready

    def handle(self, event):
        return self.environment.invoke(batch(event))

    def memory(self):
        return self.environment.memory()

    def end(self):
        self.environment.end()


class Theirs:
    """Custodian's Lambda handler with one policy."""

    label = "Cloud Custodian"

    def __init__(self, work, endpoint):
        folder = work / "out/handler"
        folder.mkdir(parents=True, exist_ok=True)
        settings = {"execution-options": {"account_id": ACCOUNT, "output_dir": str(folder)}, "policies": [POLICY]}
        (folder / "config.json").write_text(json.dumps(settings))
        own = {
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(folder), "C7N_DEBUG_EVENT": "no", "PATH": "/usr/bin:/bin",
        }
        with open(folder / "log", "w") as log:
            started = time.monotonic()
            self.process = subprocess.Popen(
                [(work / "custodian/bin/python").absolute(), HERE / "custodian_handler.py"], cwd=folder, env=own, text=True, bufsize=1,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )
        self.await_word("ready")
        self.ready = time.monotonic() - started

    def await_word(self, word):
        line = self.process.stdout.readline().strip()
        if line != word:
            raise RuntimeError(f"Custodian's handler said {line!r} instead of {word!r}")

    def handle(self, event):
        started = time.monotonic()
        self.process.stdin.write(json.dumps(event) + "\n")
        self.await_word("done")
        return time.monotonic() - started

    def memory(self):
        return peak_memory(self.process.pid)

    def end(self):
        self.process.kill()
        self.process.wait()


def compare_events(asked, reached):
    """The lines of the results about events; notes which goals are hit."""
    with api_server(asked.work, "events") as port:
        proxy = Proxy(port)
        stage = Stage(f"http://127.0.0.1:{port}")
        variables = own_variables(port, proxy.endpoint)
        starters = [lambda: Ours(asked.bootstrap, asked.work, variables)]
        if "custodian" not in asked.without:
            starters.append(lambda: Theirs(asked.work, proxy.endpoint))
        learn(stage, starters)
        fresh = measure_fresh(stage, starters)
        warm = [measure_warm(stage, start(), proxy) for start in starters]
        slow = [measure_slow(stage, start(), proxy) for start in starters]
    figures = {one["label"]: {**one, **fresh[one["label"]], **slow[number]} for number, one in enumerate(warm)}
    reached += event_goals(figures)
    return event_lines(figures)


def learn(stage, starters):
    """The account becomes known to the monitor, and the API server loads what it loads with the first call of each kind."""
    for start in starters:
        process = start()
        process.handle(stage.open())
        process.handle(stage.close())
        process.end()


def measure_fresh(stage, starters):
    """Start and first event of fresh processes, in turn."""
    seen = {}
    for _ in range(FRESH):
        for start in starters:
            event = stage.open()
            process = start()
            first = process.handle(event)
            seen.setdefault(process.label, []).append((process.ready, first, process.ready + first))
            process.handle(stage.close())
            process.end()
    median = lambda label, place: statistics.median(one[place] for one in seen[label])
    return {label: {"ready": median(label, 0), "first": median(label, 1), "cold": median(label, 2)} for label in seen}


def measure_warm(stage, process, proxy):
    """The event again and again, each time after the function was closed."""
    times, calls = [], None
    for _ in range(WARM):
        event = stage.open()
        proxy.take()
        times.append(process.handle(event))
        calls = proxy.take()
        process.handle(stage.close())
    memory = process.memory()
    process.end()
    by_service = ", ".join(f"{count} {service}" for service, count in sorted(calls.items()))
    return {"label": process.label, "warm": statistics.median(times), "memory": memory, "calls": sum(calls.values()), "services": by_service}


def measure_slow(stage, process, proxy):
    """The warm event with calls that take a while each: until the notice leaves, or without one until the verdict."""
    times, trips = [], []
    process.handle(stage.open())
    process.handle(stage.close())
    for _ in range(WARM // 4):
        event = stage.open()
        proxy.delay = DELAY
        proxy.one_after_the_other()
        started = time.monotonic()
        took = process.handle(event)
        waves = proxy.one_after_the_other()
        proxy.delay = 0
        notices = [number for number, (_, services) in enumerate(waves) if "sns" in services]
        times.append(waves[notices[0]][0] - started if notices else took)
        trips.append(notices[0] + 1 if notices else len(waves))
        process.handle(stage.close())
    process.end()
    return {"slow": statistics.median(times), "trips": statistics.median(trips)}


def event_lines(figures):
    """The table."""
    milliseconds = lambda seconds: f"{seconds * 1000:.1f}"
    lines = [
        "## One event", "",
        f"AddPermission opens a function to anyone. Medians: {FRESH} fresh processes in turn, {WARM} warm events, {WARM // 4} with {DELAY * 1000:.0f} ms for each API call.",
        "", "| | Start to ready ms | First event ms | Start to first answer ms | Warm event ms | Peak memory MB | API calls, warm | "
        f"With {DELAY * 1000:.0f} ms a call, ms to notice or verdict | as a multiple | Calls one after the other, that of the notice included |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for label, one in figures.items():
        times = " | ".join(milliseconds(one[key]) for key in ("ready", "first", "cold", "warm"))
        lines.append(
            f"| {label} | {times} | {one['memory']:.1f} | {one['calls']} ({one['services']}) | {milliseconds(one['slow'])} | {one['slow'] / DELAY:.1f} | {one['trips']:.0f} |"
        )
    return [*lines, ""]


def event_goals(figures):
    """Which goals are hit."""
    ours = figures["Lambda Vigil"]
    if theirs := figures.get("Cloud Custodian"):
        for key, least, text in (
            ("cold", 25, "first answer of a fresh process at least 25 times faster than Custodian's handler"),
            ("warm", 4, "warm event at least 4 times faster"), ("memory", 5, "event: at least 5 times less memory"),
        ):
            ratio = theirs[key] / ours[key]
            yield f"| {text} | {ratio:.1f} times | {'hit' if ratio >= least else '**missed**'} |"
    multiple = ours["slow"] / DELAY
    yield f"| event to notice in at most 4 times the wait of a call | {multiple:.1f} times, {ours['trips']:.0f} calls one after the other | {'hit' if multiple <= 4 else '**missed**'} |"
