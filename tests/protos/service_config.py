#!/usr/bin/python3
"""The retry policy that our channels use is the published one.

Usage: service_config.py ROOT
"""
import json
import pathlib
import re
import sys

CONSTANT = re.compile(r'kServiceConfig\[\] = R"json\((.*?)\)json";', re.DOTALL)


def main():
    root = pathlib.Path(sys.argv[1])
    found = CONSTANT.findall((root / "common/rpc/client.cc").read_text(encoding="utf-8"))
    if len(found) != 1:
        print("common/rpc/client.cc: kServiceConfig is not there once, as R\"json(...)json\"")
        return 1
    published = (root / "protos/service_config.json").read_text(encoding="utf-8")
    if json.loads(found[0]) != json.loads(published):
        print("protos/service_config.json: not what kServiceConfig in common/rpc/client.cc says")
        return 1
    # A method that was renamed would silently be retried no more.
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(root.glob("protos/stillpoint/**/*.proto")))
    names = [name for entry in json.loads(published)["methodConfig"] for name in entry["name"]]
    missing = [name for name in names if name["service"].startswith("stillpoint.") and
               (f"service {name['service'].rsplit('.', 1)[1]} " not in text or f"rpc {name['method']}(" not in text)]
    print(f"protos/service_config.json: in no proto: {missing}" if missing else
          f"service config: published as used, {len(names)} methods")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
