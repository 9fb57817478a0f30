"""How is each scanner asked, and how is its answer read? An answer is a set of (control, policy or check; resource)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from seed import ACCOUNT, REGION

HERE = Path(__file__).resolve().parent

# Prowler's checks of functions, but for the two that download code from outside, and those of its checks of IAM that concern roles or their policies.
PROWLER_CHECKS = [
    "awslambda_function_env_vars_not_encrypted_with_cmk", "awslambda_function_inside_vpc",
    "awslambda_function_invoke_api_operations_cloudtrail_logging_enabled", "awslambda_function_no_dead_letter_queue",
    "awslambda_function_no_secrets_in_variables", "awslambda_function_not_publicly_accessible", "awslambda_function_url_cors_policy",
    "awslambda_function_url_public", "awslambda_function_using_cross_account_layers", "awslambda_function_using_supported_runtimes",
    "awslambda_function_vpc_multi_az", "iam_aws_attached_policy_no_administrative_privileges",
    "iam_customer_attached_policy_no_administrative_privileges", "iam_inline_policy_allows_privilege_escalation",
    "iam_inline_policy_no_administrative_privileges", "iam_inline_policy_no_full_access_to_kms", "iam_policy_allows_privilege_escalation",
    "iam_policy_no_full_access_to_kms", "iam_role_administratoraccess_policy", "iam_role_cross_account_readonlyaccess_policy",
    "iam_role_cross_service_confused_deputy_prevention",
]


class Scanner:
    """A command that looks at the whole account, and the last thing it said."""

    def __init__(self, label, work):
        self.label, self.work = label, work
        self.folder = work / "out" / self.label.lower().replace(" ", "-")

    def run(self, endpoint):
        """Runs it once; what it cost."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        figures = self.folder / "figures.json"
        command = [sys.executable, "-I", "-S", HERE / "measure.py", figures, *self.command()]
        with open(self.folder / "stdout", "w") as out, open(self.folder / "stderr", "w") as err:
            subprocess.run(command, env=self.environment(endpoint), cwd=self.folder, stdout=out, stderr=err, check=True)
        cost = json.loads(figures.read_text())
        if cost["status"] not in self.fine:
            raise RuntimeError(f"{self.label} ended with {cost['status']}, see {self.folder}")
        return cost

    def environment(self, endpoint):
        """Nothing of ours but the way to the account."""
        return {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "NO_COLOR": "1", "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true",
        }

    fine = (0,)


class Vigil(Scanner):
    """Lambda Vigil's look at a live account: quick, or deep, which finds what the other leaves out."""

    fine = (0, 1, 2)  # 1: something is open; 2: nothing is, and something cannot be judged

    def __init__(self, work, binary, deep=False):
        super().__init__("Lambda Vigil, --deep" if deep else "Lambda Vigil", work)
        self.binary, self.deep = binary.resolve(), ["--deep"] if deep else []

    def command(self):
        settings = HERE / "settings.toml"
        return [self.binary, "scan", "--region", REGION, "--share", "100", "--format", "jsonl", "--settings", settings, *self.deep]

    def found(self):
        """Its findings by control and function."""
        lines = [json.loads(line) for line in (self.folder / "stdout").read_text().splitlines()]
        if lines[-1]["type"] != "summary" or lines[-1]["errors"]:
            raise RuntimeError(f"{self.label} did not come to its end, see {self.folder}")
        opened = [line["finding"] for line in lines if line["type"] == "transition" and line["status"] == "opened"]
        return {(finding["control"], finding["function"].rsplit(":", 1)[-1]) for finding in opened}

    def version(self):
        return subprocess.run([self.binary, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]


class Custodian(Scanner):
    """One run of all policies, which lists the functions once."""

    def __init__(self, work):
        super().__init__("Cloud Custodian", work)

    def command(self):
        program = self.work.resolve() / "custodian/bin/custodian"
        return [program, "run", "--region", REGION, "--cache", "memory", "--cache-period", "5", "-s", "policies", HERE / "custodian.yml"]

    def found(self):
        """The resources of each policy."""
        found = set()
        for file in self.folder.glob("policies/*/resources.json"):
            for one in json.loads(file.read_text()):
                name = one.get("FunctionName") or one.get("RoleName") or one.get("AlarmName") or one["LayerVersionArn"].split(":")[6]
                found.add((file.parent.name, name))
        return found


class Prowler(Scanner):
    """One run of its checks of functions and roles."""

    def __init__(self, work):
        super().__init__("Prowler", work)

    def command(self):
        program = self.work.resolve() / "prowler/bin/prowler"
        quiet = ["--no-banner", "--no-color", "--ignore-exit-code-3"]
        return [program, "aws", "--checks", *PROWLER_CHECKS, "-f", REGION, "-M", "json-ocsf", "-o", "findings", *quiet]

    def found(self):
        """The failed checks; a resource is called by the last part of its ARN."""
        (file,) = self.folder.glob("findings/*.ocsf.json")
        failed = [one for one in json.loads(file.read_text()) if one["status_code"] == "FAIL"]
        name = lambda uid: uid.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
        return {(one["metadata"]["event_code"], name(resource["uid"])) for one in failed for resource in one["resources"]}
