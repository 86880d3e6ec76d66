#!/usr/bin/python3
"""The list of what released programs are made of is SPDX 2.3, complete, and the same each time it is made.

Usage: check_sbom.py BUILD.ninja PROGRAM...
No package of Debian 12 or npm brings the schema, so what it demands of the parts that we use stands below.
"""
import copy
import glob
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = {"spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo", "packages",
            "relationships"}
PACKAGE_NEEDS = {"SPDXID", "name", "downloadLocation", "versionInfo", "licenseDeclared", "licenseConcluded",
                 "copyrightText", "filesAnalyzed"}
PACKAGE = PACKAGE_NEEDS | {"supplier", "sourceInfo", "externalRefs", "homepage", "checksums",
                           "primaryPackagePurpose"}
RELATIONS = {"DESCRIBES", "DYNAMIC_LINK", "STATIC_LINK", "RUNTIME_DEPENDENCY_OF", "BUILD_DEPENDENCY_OF"}
LICENCES = {"AGPL-3.0-only", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "curl", "MIT",
            "GPL-1.0-or-later", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later",
            "ISC", "LGPL-2.0-only", "LGPL-2.0-or-later", "LGPL-2.1-only", "LGPL-2.1-or-later",
            "LGPL-3.0-only", "LGPL-3.0-or-later", "OLDAP-2.8", "MPL-2.0", "PostgreSQL", "Zlib"}
PURL = re.compile(r"pkg:deb/debian/[a-z0-9.%B-]+@[A-Za-z0-9.%~_-]+\?arch=[a-z0-9]+&distro=debian-12")


def structure(sbom):
    """What is not as SPDX 2.3 has it."""
    if set(sbom) != DOCUMENT:
        yield f"members of the document: {sorted(set(sbom) ^ DOCUMENT)}"
        return
    if sbom["spdxVersion"] != "SPDX-2.3" or sbom["dataLicense"] != "CC0-1.0":
        yield "version or data licence"
    if sbom["SPDXID"] != "SPDXRef-DOCUMENT" or not re.fullmatch(r"https://[^\s#]+", sbom["documentNamespace"]):
        yield "the document's own names"
    made = sbom["creationInfo"]
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["created"]):
        yield f"created {made['created']}"
    if not all(re.match(r"(Tool|Organization|Person): \S", who) for who in made["creators"]):
        yield "creators"
    ids = [package["SPDXID"] for package in sbom["packages"]] + ["SPDXRef-DOCUMENT"]
    if len(set(ids)) != len(ids):
        yield "two elements of one SPDXID"
    for package in sbom["packages"]:
        name = package.get("name")
        if not PACKAGE_NEEDS <= set(package) <= PACKAGE:
            yield f"{name}: members {sorted(set(package) ^ PACKAGE_NEEDS)}"
            continue
        if not re.fullmatch(r"SPDXRef-[a-zA-Z0-9.-]+", package["SPDXID"]):
            yield f"{name}: SPDXID"
        words = package["licenseDeclared"].split()
        if words != ["NOASSERTION"] and not all(
                word in (("AND", "OR") if at % 2 else LICENCES) for at, word in enumerate(words)):
            yield f"{name}: licence {package['licenseDeclared']}"
        for ref in package.get("externalRefs", []):
            kind = (ref["referenceCategory"], ref["referenceType"])
            if kind != ("PACKAGE-MANAGER", "purl") or not PURL.fullmatch(ref["referenceLocator"]):
                yield f"{name}: {ref}"
        for checksum in package.get("checksums", []):
            if checksum["algorithm"] != "SHA256" or not re.fullmatch(r"[0-9a-f]{64}", checksum["checksumValue"]):
                yield f"{name}: checksum"
    for each in sbom["relationships"]:
        ends = {each["spdxElementId"], each["relatedSpdxElement"]}
        if each["relationshipType"] not in RELATIONS or not ends <= set(ids):
            yield f"relationship {each}"


def installed_files():
    """Every library that a package brings -> the package. From dpkg's own lists, not as sbom.py asks."""
    owner = {}
    for path in glob.glob("/var/lib/dpkg/info/*.list"):
        package = os.path.basename(path)[:-len(".list")].split(":")[0]
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if ".so" in line:
                    owner[os.path.realpath(os.path.dirname(line.strip())) + "/" +
                          os.path.basename(line.strip())] = package
    return owner


def needed_packages(program, owner):
    """Those whose libraries the loader really maps."""
    shown = subprocess.run([program, "--help"], capture_output=True, text=True, check=True, timeout=60,
                           env={**os.environ, "LD_TRACE_LOADED_OBJECTS": "1"}).stdout
    libraries = re.findall(r"(/\S+) \(0x", shown)
    return {owner[os.path.realpath(os.path.dirname(library)) + "/" + os.path.basename(library)]
            for library in libraries}


def coverage(sbom, programs, owner):
    """What a program loads, or was built with, that the list does not name."""
    names = {package["SPDXID"]: package["name"] for package in sbom["packages"]}
    linked, builders = {}, set()
    for each in sbom["relationships"]:
        if each["relationshipType"] == "DYNAMIC_LINK":
            linked.setdefault(names.get(each["spdxElementId"]), set()).add(
                names.get(each["relatedSpdxElement"]))
        if each["relationshipType"] == "BUILD_DEPENDENCY_OF":
            builders.add(names.get(each["spdxElementId"]))
    for program in programs:
        name = os.path.basename(program)
        for package in sorted(needed_packages(program, owner) - linked.get(name, set())):
            yield f"{name} loads a library of {package}"
    with open(f"{ROOT}/deploy/setup/packages.txt", encoding="utf-8") as file:
        wanted = {line.split()[1] for line in file if line.startswith("run ")}
    for package in sorted(wanted - builders):
        yield f"built with {package}"


def make(ninja, programs):
    return subprocess.run([f"{ROOT}/deploy/images/sbom.py", "--ninja", ninja, *programs],
                          capture_output=True, text=True, check=True, timeout=120).stdout


def main():
    ninja, programs = sys.argv[1], sys.argv[2:]
    text = make(ninja, programs)
    problems = []
    if make(ninja, list(reversed(programs))) != text:
        problems.append("made twice, it is not the same")
    sbom = json.loads(text)
    owner = installed_files()
    problems += list(structure(sbom)) + list(coverage(sbom, programs, owner))
    # This test sees a fault.
    for spoil in (lambda s: s["packages"].pop(), lambda s: s["packages"][0].pop("name"),
                  lambda s: s["packages"][0].update(licenseDeclared="Expat"),
                  lambda s: s.update(hasFiles=[])):
        spoiled = copy.deepcopy(sbom)
        spoil(spoiled)
        if not list(structure(spoiled)):
            problems.append("a fault of structure was not seen")
    for kind in ("DYNAMIC_LINK", "BUILD_DEPENDENCY_OF"):
        spoiled = copy.deepcopy(sbom)
        at = next(i for i, each in enumerate(sbom["relationships"]) if each["relationshipType"] == kind)
        related = spoiled["relationships"][at]
        lost = related["spdxElementId" if kind == "BUILD_DEPENDENCY_OF" else "relatedSpdxElement"]
        spoiled["relationships"] = [each for each in spoiled["relationships"]
                                    if lost not in (each["spdxElementId"], each["relatedSpdxElement"])]
        if not list(coverage(spoiled, programs, owner)):
            problems.append("a package that is missing was not seen")
    for problem in problems:
        print(problem)
    print(f"sbom: {len(sbom['packages'])} packages of {len(programs)} programs, {len(problems)} problems")
    return 1 if problems or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
