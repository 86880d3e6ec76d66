#!/usr/bin/python3
"""Writes what released programs are made of, as SPDX 2.3 in JSON, from the Debian packages installed here.

Usage: sbom.py [--ninja BUILD.ninja] [--output FILE] PROGRAM...
In it: every program; the package of every shared library that it loads (ldd) and of every archive of the
system linked into it (build.ninja); what an image holds besides; the packages that build it
(deploy/setup/packages.txt, group run) and the compiler. The same input gives the same bytes; the one time
in it is SOURCE_DATE_EPOCH, or that of the commit.
"""
import argparse
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# deploy/images/collect: the resolver's modules are loaded by name, the rest is read at run time.
BESIDES = ("libc6", "tzdata", "ca-certificates")
NONE = "NOASSERTION"
# Debian's short names of licences (DEP-5) that SPDX spells otherwise, or the same. Others have no SPDX
# name that would surely be right.
LICENCES = {
    "agpl-3": "AGPL-3.0-only", "apache-2": "Apache-2.0", "apache-2.0": "Apache-2.0",
    "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause",
    "bsd-3-clause~google": "BSD-3-Clause", "bsl-1.0": "BSL-1.0", "curl": "curl", "expat": "MIT",
    "gpl-1+": "GPL-1.0-or-later", "gpl-2": "GPL-2.0-only", "gpl-2+": "GPL-2.0-or-later",
    "gpl-3": "GPL-3.0-only", "gpl-3+": "GPL-3.0-or-later", "isc": "ISC", "lgpl-2": "LGPL-2.0-only",
    "lgpl-2+": "LGPL-2.0-or-later", "lgpl-2.1": "LGPL-2.1-only", "lgpl-2.1+": "LGPL-2.1-or-later",
    "lgpl-3": "LGPL-3.0-only", "lgpl-3+": "LGPL-3.0-or-later", "mit": "MIT", "mpl-2.0": "MPL-2.0",
    "openldap-2.8": "OLDAP-2.8", "postgresql": "PostgreSQL", "zlib": "Zlib",
}


def fail(why):
    sys.exit(f"sbom: {why}")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, "LC_ALL": "C"})


def shared_libraries(program):
    """Paths, as the loader finds them."""
    listed = run("ldd", program).stdout
    if "not found" in listed or "=>" not in listed:
        fail(f"ldd does not find all libraries of {program}")
    return sorted(set(re.findall(r"(?:=> |^\s*)(/\S+) \(0x", listed, re.MULTILINE)))


def archives(ninja, program):
    """Archives of the system in the link of `program`; ours are in it as source."""
    with open(ninja, encoding="utf-8") as file:
        text = file.read()
    start = text.find(f"\nbuild bin/{os.path.basename(program)}:")
    linked = re.search(r"^  LINK_LIBRARIES = (.*)$", text[max(start, 0):], re.MULTILINE)
    if start < 0 or linked is None:
        fail(f"{ninja} does not link {program}")
    return sorted({word for word in linked.group(1).split() if re.fullmatch(r"/.*\.a", word)})


def owners(paths):
    """The package of each file, which dpkg may know by its name before / and /usr became one."""
    spelled = {}
    for path in paths:
        bare = path[4:] if path.startswith("/usr/") else path
        for name in (bare, "/usr" + bare):
            spelled[name] = path
    found = {}
    for line in run("dpkg-query", "-S", *sorted(spelled)).stdout.splitlines():
        packages, _, name = line.partition(": ")
        if name in spelled:
            found[spelled[name]] = packages.split(", ")[0].split(":")[0]
    missing = sorted(set(paths) - set(found))
    if missing:
        fail(f"of no package: {', '.join(missing)}")
    return found


def declared_licence(package):
    """Of "Files: *" in a machine-readable copyright file; NOASSERTION where SPDX has no name for it."""
    try:
        with open(f"/usr/share/doc/{package}/copyright", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return NONE
    if not re.match(r"\s*Format: https?://\S*copyright-format/1\.0", text):
        return NONE
    for paragraph in re.split(r"\n\s*\n", text):
        files = re.search(r"^Files:((?:.*)(?:\n[ \t].*)*)", paragraph, re.MULTILINE)
        licence = re.search(r"^License:[ \t]*(\S.*)$", paragraph, re.MULTILINE)
        if files and "*" in files.group(1).split() and licence:
            words = licence.group(1).replace(",", " ").split()
            spelled = [word.upper() if word in ("and", "or") else LICENCES.get(word.lower())
                       for word in words]
            mixed = "AND" in spelled and "OR" in spelled  # Debian binds them otherwise than SPDX.
            if None in spelled or mixed or len(spelled) % 2 == 0:
                return NONE
            return " ".join(spelled)
    return NONE


def debian_packages(names):
    """SPDX packages of installed Debian packages, by name."""
    shown = run("dpkg-query", "-W", "-f",
                "${Package}\t${db:Status-Status}\t${Version}\t${Architecture}\t${source:Package}\t"
                "${source:Version}\t${Homepage}\n", *sorted(names)).stdout
    found = {}
    for line in shown.splitlines():
        name, state, version, arch, source, source_version, home = line.split("\t")
        if state != "installed" or name in found:
            continue
        quoted = urllib.parse.quote(version, safe="")
        package = {
            "SPDXID": "SPDXRef-deb-" + re.sub(r"[^a-zA-Z0-9.-]", "-", name.replace("+", "p")),
            "name": name,
            "versionInfo": version,
            "supplier": "Organization: Debian",
            "downloadLocation": NONE,
            "filesAnalyzed": False,
            "sourceInfo": f"built from the Debian source package {source} {source_version}",
            "licenseConcluded": NONE,
            "licenseDeclared": declared_licence(name),
            "copyrightText": NONE,
            "externalRefs": [{
                "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                "referenceLocator": f"pkg:deb/debian/{urllib.parse.quote(name, safe='')}@{quoted}"
                                    f"?arch={arch}&distro=debian-12"}],
        }
        if re.match(r"https?://\S+$", home):
            package["homepage"] = home
        found[name] = package
    missing = sorted(set(names) - set(found))
    if missing:
        fail(f"not installed: {', '.join(missing)}")
    return found


def program_package(program, version):
    with open(program, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    name = os.path.basename(program)
    return {
        "SPDXID": f"SPDXRef-program-{name}",
        "name": name,
        "versionInfo": version,
        "primaryPackagePurpose": "APPLICATION",
        "downloadLocation": NONE,
        "filesAnalyzed": False,
        "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        "licenseConcluded": NONE,
        "licenseDeclared": "Apache-2.0",
        "copyrightText": NONE,
    }


def build_packages():
    with open(f"{ROOT}/deploy/setup/packages.txt", encoding="utf-8") as file:
        listed = [line.split() for line in file if not line.startswith("#")]
    compiler = os.path.realpath(run("sh", "-c", "command -v c++").stdout.strip())
    return sorted({words[1] for words in listed if words[:1] == ["run"]} |
                  set(owners([compiler]).values()))


def created():
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or run("git", "-C", ROOT, "log", "-1",
                                                       "--format=%ct").stdout.strip()
    if not epoch.isdigit():
        fail("not in a clone: set SOURCE_DATE_EPOCH")
    return datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def relation(one, kind, other, comment=""):
    made = {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
    return {**made, "comment": comment} if comment else made


def document(programs, ninja):
    with open(f"{ROOT}/CMakeLists.txt", encoding="utf-8") as file:
        version = re.search(r"^project\(stillpoint VERSION (\S+)", file.read(), re.MULTILINE).group(1)
    linked = {}  # Program -> [(kind, {path: package})]
    for program in programs:
        linked[program] = [("DYNAMIC_LINK", owners(shared_libraries(program)))]
        static = archives(ninja, program) if ninja else []
        if static:
            linked[program].append(("STATIC_LINK", owners(static)))
    tools = build_packages()
    names = {name for kinds in linked.values() for _, found in kinds for name in found.values()}
    debian = debian_packages(names | set(tools) | set(BESIDES))
    packages = [program_package(program, version) for program in programs]
    relations = []
    for package, program in zip(packages, programs):
        me = package["SPDXID"]
        relations.append(relation("SPDXRef-DOCUMENT", "DESCRIBES", me))
        for kind, found in linked[program]:
            for name in sorted(set(found.values())):
                files = [os.path.basename(path) for path, owner in found.items() if owner == name]
                relations.append(relation(me, kind, debian[name]["SPDXID"], " ".join(sorted(files))))
        relations += [relation(debian[name]["SPDXID"], "RUNTIME_DEPENDENCY_OF", me) for name in BESIDES]
        relations += [relation(debian[name]["SPDXID"], "BUILD_DEPENDENCY_OF", me) for name in tools]
    packages += [debian[name] for name in sorted(debian)]
    # The name of a document is its content's.
    digest = hashlib.sha256(json.dumps([packages, relations], sort_keys=True).encode()).hexdigest()
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"stillpoint-{version}",
        "documentNamespace": f"https://stillpoint.invalid/spdx/{digest}",
        "creationInfo": {"created": created(), "creators": ["Tool: stillpoint-sbom"]},
        "packages": packages,
        "relationships": relations,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ninja", default="")
    parser.add_argument("--output", default="/dev/stdout")
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args()
    text = json.dumps(document(sorted(options.programs), options.ninja), indent=1) + "\n"
    with open(options.output, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
