"""Turns the SAM template into the CloudFormation template it becomes when it is deployed, offline.

    python infra/transform.py infra/template.yaml target/infra/template.json

A linter sees more in the result than in the source: attributes that do not exist, a queue whose visibility is shorter
than its consumer's timeout, limits of generated resources. No account, no credentials and no network are needed.
"""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samcli.yamlhelper import yaml_parse  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402

# CloudFormation refuses a stack with 500; this one is to have room for what comes.
RESOURCES = 300


class NoManagedPolicies:
    """Names of AWS's managed policies; the template uses none, and looking them up would need an account."""

    def load(self):
        return {}


def main(source: str, target: str) -> int:
    with open(source, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        folder = resource.get("Properties", {}).get("CodeUri")
        if not isinstance(folder, str):
            print(f"{logical_id}: CodeUri should be a folder", file=sys.stderr)
            return 1
        # A deployment uploads the folder; what it is called then does not matter here.
        resource["Properties"]["CodeUri"] = {"Bucket": "code", "Key": folder.rstrip("/").rsplit("/", 1)[-1] + ".zip"}
    # Defaults stand in for the parameters; they decide nothing but what SAM resolves early.
    declared = template.get("Parameters", {})
    parameters = {name: declaration["Default"] for name, declaration in declared.items() if "Default" in declaration}
    result = transform(template, parameters, NoManagedPolicies())
    # Nested templates are found relative to the template that names them.
    for resource in result["Resources"].values():
        if resource["Type"] == "AWS::CloudFormation::Stack" and isinstance(resource["Properties"]["TemplateURL"], str):
            nested = os.path.join(os.path.dirname(os.path.abspath(source)), resource["Properties"]["TemplateURL"])
            resource["Properties"]["TemplateURL"] = os.path.relpath(nested, os.path.dirname(os.path.abspath(target)))
    os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
    with open(target, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1, default=str)
    count = len(result["Resources"])
    print(f"{target}: {count} resources of at most {RESOURCES}")
    return 0 if count <= RESOURCES else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
