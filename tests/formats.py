"""Do findings fit what others read them with? One argument, asff or ocsf; JSON values on standard input, one after the other."""

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


check = {"asff": asff, "ocsf": ocsf}[sys.argv[1]]()
count = 0
for finding in values(sys.stdin.read()):
    check(finding)
    count += 1
print(count)
