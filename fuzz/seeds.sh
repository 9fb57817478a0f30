#!/bin/sh
# Puts what the repository has of each form into fuzz/corpus/TARGET: from nothing, a fuzzer does not come to write a policy.
set -eu
cd "$(dirname "$0")/.."

seed() { # TARGET NAME: standard input is the seed
    mkdir -p "fuzz/corpus/$1"
    cat > "fuzz/corpus/$1/$2"
}

example=tests/examples/public-url
for file in events/*.json; do
    name=$(basename "$file")
    { printf j; cat "$file"; } | seed event "$name"
    { printf l; tr -d '\n' < "$file"; echo; cat "$file"; } | seed event "$name.lines"
    seed pseudonym "$name" < "$file"
done
for file in events/lambda-*.json; do
    { cat "$file"; printf '\n---\n'; cat $example/account/roles-001.json; } | seed pseudonym "$(basename "$file").role"
done
for file in events/lambda-add-*.json events/scheduled-sweep.json; do
    { printf z; gzip -nc "$file"; } | seed event "$(basename "$file").gz"
    { printf p; tr -d '\n' < "$file"; } | seed event "$(basename "$file").packed"
    { printf '\n---\n\n---\n\n---\n'; cat "$file"; } | seed case "$(basename "$file")"
done
for file in events/account/*.json tests/cases/*/account.json; do
    seed snapshot "$(echo "$file" | tr / -)" < "$file"
done
{ cat $example/case.json; printf '\n---\n'; cat $example/expected.json; printf '\n---\n'; cat $example/settings.toml
  printf '\n---\n'; cat $example/events/*.json; printf '\n---\n'; cat $example/account/functions-001.json; } | seed case whole
for file in tests/examples/*.toml $example/settings.toml; do
    seed settings "$(echo "$file" | tr / -)" < "$file"
done
for file in tests/templates/*.*; do
    seed template "$(basename "$file")" < "$file"
done
python3 - <<'PYTHON'
import io, json, pathlib, re, zipfile

def seed(target, name, content):
    folder = pathlib.Path("fuzz/corpus") / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)

for number, block in enumerate(re.findall("```toml\n(.*?)```", open("README.md").read(), re.S)):
    seed("settings", f"readme-{number}.toml", block.encode())
for number, line in enumerate(open("tests/policies/fuzz/texts.jsonl")):
    for target in ("parse", "reason_text"):
        seed(target, f"text-{number}", json.loads(line).encode())
for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name in ("app.py", ".env", ".git/HEAD", "tests/test_app.py", "lib/inner.zip", "node_modules/x/id_rsa"):
            archive.writestr(name, "AWS_SECRET = 'not one'\npassword=hunter22\n" * 9)
    seed("archive", f"zip-{method}", packed.getvalue())
whole = (pathlib.Path("tests/examples/public-url/account/functions-001.json")).read_bytes()
for kind in (b"f", b"d", b"r"):
    seed("state", kind.decode(), kind + whole[:400])
PYTHON
