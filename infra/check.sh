#!/usr/bin/env bash
# The offline gates of the infrastructure: no account, no credentials. Needs Python 3.9 or newer; installs its linters,
# pinned, into .venv the first time. What no linter catches is in the contract test: cargo test -p infra-template.
#
#   infra/check.sh            or with another virtual environment: VENV=/path/to/venv infra/check.sh
set -euo pipefail
cd "$(dirname "$0")/.."

venv="${VENV:-.venv}"
if ! "$venv/bin/python" - infra/requirements.txt 2>/dev/null <<'PYTHON'
import sys
from importlib.metadata import version
pins = [line.strip().split("==") for line in open(sys.argv[1]) if "==" in line]
sys.exit(any(version(name) != pinned for name, pinned in pins))
PYTHON
then
  test -x "$venv/bin/python" || python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --requirement infra/requirements.txt
fi

# sam validates for a region but does not go there.
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-ap-northeast-1}" SAM_CLI_TELEMETRY=0 AWS_EC2_METADATA_DISABLED=true

step() { printf '\n== %s\n' "$*"; }

step "cfn-lint, as written"
"$venv/bin/cfn-lint" --config-file infra/.cfnlintrc.yaml -- infra/template.yaml infra/alarms/*.yaml
# W3002: the code is a folder; `sam deploy` uploads it.
"$venv/bin/cfn-lint" --config-file infra/.cfnlintrc.yaml --ignore-checks W3002 -- infra/connectors/*.yaml

step "sam validate --lint"
"$venv/bin/sam" validate --lint --template-file infra/template.yaml

step "what SAM makes of it"
"$venv/bin/python" infra/transform.py infra/template.yaml target/infra/template.json
# W3002: nested templates are files; `sam deploy` uploads them.
# W1028: SAM copies the globals into functions that have a condition, where one branch of their !If is then never taken.
#        In the template as it is written the rule holds.
"$venv/bin/cfn-lint" --config-file infra/.cfnlintrc.yaml --ignore-checks W3002 W1028 -- target/infra/template.json

step "sam package"
"$venv/bin/python" infra/package.py "$venv/bin/sam"

step "samconfig.toml names only parameters there are"
"$venv/bin/python" - <<'PYTHON'
import sys
try:
    import tomllib
except ModuleNotFoundError:
    import tomlkit as tomllib
from samcli.yamlhelper import yaml_parse

declared = yaml_parse(open("infra/template.yaml", encoding="utf-8").read())["Parameters"]
config = tomllib.loads(open("infra/samconfig.toml", encoding="utf-8").read())
faults = []
for environment, commands in config.items():
    if environment in ("version", "default"):
        continue
    overrides = dict(one.split("=", 1) for one in commands["deploy"]["parameters"]["parameter_overrides"])
    faults += [f"{environment}: {name} is no parameter" for name in overrides if name not in declared]
    for name, value in overrides.items():
        allowed = [str(one) for one in declared.get(name, {}).get("AllowedValues", [value])]
        items = value.split(",") if declared.get(name, {}).get("Type") == "CommaDelimitedList" else [value]
        faults += [f"{environment}: {name} may not be {item}" for item in items if item not in allowed]
    if overrides.get("Environment") != environment:
        faults.append(f"{environment}: Environment should be {environment}")
print("\n".join(faults) or "ok")
sys.exit(bool(faults))
PYTHON
