#!/usr/bin/python3
"""Every STILLPOINT_* variable in a rendered overlay is a flag of the program that reads it.

Usage: check_flags.py BINARY_FOLDER RENDERED.yaml
"""
import os
import subprocess
import sys

import yaml


def main():
    folder, rendered = sys.argv[1:]
    problems, checked = [], 0
    with open(rendered, encoding="utf-8") as file:
        objects = [o for o in yaml.safe_load_all(file) if o]
    for each in objects:
        spec = each.get("spec", {}).get("template", {}).get("spec", {}) if each.get("spec") else {}
        for container in spec.get("containers", []):
            program = container["image"].split("/")[-1].split(":")[0]
            path = os.path.join(folder, program)
            if not program.startswith("stillpoint"):
                continue
            text = subprocess.run([path, "--help"], capture_output=True, text=True, check=True,
                                  timeout=20).stdout
            for variable in container.get("env", []):
                name = variable["name"]
                if not name.startswith("STILLPOINT_"):
                    continue
                flag = "--" + name[len("STILLPOINT_"):].lower().replace("_", "-")
                checked += 1
                if flag not in text:
                    problems.append(f"{each['metadata']['name']}: {program} has no flag {flag}")
    print("\n".join(problems) if problems else f"flags: {checked} variables are flags of their programs")
    return 1 if problems or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
