"""Does what leaves fit what others read it with? One argument, the form; JSON values on standard input, one after the other."""

import json
import re
import sys


def values(text):
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        value, place = decoder.raw_decode(text, place)
        yield value
        while place < len(text) and text[place].isspace():
            place += 1


def asff():
    """By the model of the API that ships with botocore: types, members that have to be there, lengths, patterns and enumerations."""
    from botocore.session import Session
    from botocore.validate import ParamValidator

    shape = Session().get_service_model("securityhub").operation_model("BatchImportFindings").input_shape

    def walk(shape, value, path):
        if shape.type_name == "structure":
            for name, member in value.items():
                walk(shape.members[name], member, f"{path}.{name}")
        elif shape.type_name == "list":
            for index, member in enumerate(value):
                walk(shape.member, member, f"{path}[{index}]")
        elif shape.type_name == "map":
            for name, member in value.items():
                walk(shape.key, name, f"{path}.{name}")
                walk(shape.value, member, f"{path}.{name}")
        elif shape.type_name == "string":
            pattern = shape.metadata.get("pattern")
            if pattern and not re.search(pattern, value):
                sys.exit(f"{path}: {value!r} does not follow {pattern}")
            if shape.enum and value not in shape.enum:
                sys.exit(f"{path}: {value!r} is none of {shape.enum}")

    def check(finding):
        report = ParamValidator().validate({"Findings": [finding]}, shape)
        if report.has_errors():
            sys.exit(report.generate_report())
        walk(shape, {"Findings": [finding]}, "$")
        if len(json.dumps(finding)) > 240 * 1024:  # "BatchImportFindings": the size of one finding
            sys.exit("larger than 240 KB")

    return check


def ocsf():
    """By the models of a library that others build on."""
    from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
    from py_ocsf_models.objects.cloud import Cloud
    from pydantic import BaseModel

    class Event(ComplianceFinding):
        """With the cloud profile, which the library has on other classes only."""

        cloud: Cloud

    def unknown(model, value, path):
        """Members that the models do not have would be dropped in silence."""
        for name, member in value.items():
            if name not in type(model).model_fields:
                sys.exit(f"{path}.{name} is unknown")
            parsed = getattr(model, name)
            if isinstance(parsed, BaseModel) and isinstance(member, dict):
                unknown(parsed, member, f"{path}.{name}")

    def check(finding):
        unknown(Event.model_validate(finding), finding, "$")

    return check


def chat():
    """By the schema of custom notifications ("Custom notifications using Amazon Q Developer in chat applications"), and the lengths that
    chat clients show."""
    from jsonschema import Draft202012Validator

    text = {"type": "string", "minLength": 1}
    texts = {"type": "array", "items": text}
    schema = {
        "type": "object",
        "required": ["version", "source", "content"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": "1.0"},
            "source": {"const": "custom"},
            "id": text,
            "content": {
                "type": "object",
                "required": ["description"],
                "additionalProperties": False,
                "properties": {
                    "textType": {"const": "client-markdown"},
                    "title": {**text, "maxLength": 250},
                    "description": {**text, "maxLength": 8000},
                    "nextSteps": {**texts, "maxItems": 10},
                    "keywords": texts,
                },
            },
            "metadata": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "threadId": text,
                    "summary": text,
                    "eventType": text,
                    "relatedResources": texts,
                    "additionalContext": {"type": "object", "additionalProperties": text},
                },
            },
        },
    }
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    return validator.validate


def sns():
    """By the limits of Publish ("Amazon SNS API Reference", "Amazon SNS message attributes"), and the model that ships with botocore."""
    from botocore.session import Session
    from botocore.validate import ParamValidator

    shape = Session().get_service_model("sns").operation_model("Publish").input_shape

    def check(message):
        report = ParamValidator().validate(message, shape)
        if report.has_errors():
            sys.exit(report.generate_report())
        subject = message["Subject"]
        if not (0 < len(subject) < 100 and subject.isascii() and subject.isprintable() and subject[0] not in " "):
            sys.exit(f"subject: {subject!r}")
        bodies = json.loads(message["Message"])
        if not all(isinstance(body, str) for body in bodies.values()) or "default" not in bodies:
            sys.exit(f"bodies: {sorted(bodies)}")
        size = len(message["Message"].encode())
        if sorted(message["MessageAttributes"]) != ["account", "control", "region", "severity", "status"]:
            sys.exit(f"attributes: {sorted(message['MessageAttributes'])}")
        for name, attribute in message["MessageAttributes"].items():
            kind, value = attribute["DataType"], attribute["StringValue"]
            if kind == "String.Array" and not all(isinstance(item, str) for item in json.loads(value)):
                sys.exit(f"{name}: {value}")
            if kind not in ("String", "String.Array") or not value:
                sys.exit(f"{name}: {kind} {value!r}")
            size += len((name + kind + value).encode())
        if size > 262_144:
            sys.exit(f"{size} bytes")

    return check


def event():
    """By the limits of PutEvents ("Calculating Amazon EventBridge event entry size"), and the model that ships with botocore."""
    from botocore.session import Session
    from botocore.validate import ParamValidator

    shape = Session().get_service_model("events").operation_model("PutEvents").input_shape

    def check(detail):
        entry = {"Source": "lambda-vigil", "DetailType": "Lambda Vigil Finding", "Detail": json.dumps(detail)}
        report = ParamValidator().validate({"Entries": [entry]}, shape)
        if report.has_errors() or not isinstance(detail, dict):
            sys.exit(report.generate_report())
        size = 14 + sum(len(text.encode()) for text in entry.values()) + len(detail["function"])
        if size > 256 * 1024:
            sys.exit(f"{size} bytes")

    return check


check = {"asff": asff, "ocsf": ocsf, "chat": chat, "sns": sns, "event": event}[sys.argv[1]]()
count = 0
for finding in values(sys.stdin.read()):
    check(finding)
    count += 1
print(count)
