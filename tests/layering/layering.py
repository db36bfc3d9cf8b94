#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the architecture: who includes whom, headers that compile alone, files that fit in a head.

Prints one line per fault; exit code 1 when there is any.
"""

import argparse
import os
import re
import subprocess
import sys

# A layer may include itself and every layer named here.
BELOW = {
    "base": [],
    "dissect": [],
    "capture": ["base"],
    "net": ["base", "capture"],
    "kafka": ["base", "dissect", "net"],
    "group": ["base", "dissect", "net", "kafka"],
    "output": ["base", "dissect", "net", "kafka", "group"],
    "tui": ["base", "dissect", "net", "kafka", "group", "output"],
    "check": ["base", "dissect", "net", "kafka", "group"],
    "cli": ["base", "dissect", "capture", "net", "kafka", "group", "output", "tui", "check"],
}

# Public headers that are not named after their layer.
HEADERS = {"json": "base", "text": "base", "pages": "base", "fetch": "base", "pool": "base", "keyed": "base", "hash": "base", "suggest": "base", "messages": "dissect",
           "options": "cli", "producer": "group"}

# Headers of libraries, and the layers that may include them.
LIBRARIES = [
    (re.compile(r"(pcap|archive|bpf/|linux/bpf|xdp/)"), ["capture"], "libpcap, libarchive and libbpf"),
    (re.compile(r"(n?curses|panel|form|menu|term\.h)"), ["tui"], "ncurses"),
    (re.compile(r"libfyaml"), ["check"], "libfyaml"),
]

LINES = 600
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def sources(root):
    """The C files of the program, with the layer each belongs to."""
    for top in ("src", "include/regroup", "dissectors"):
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(files):
                path = os.path.relpath(os.path.join(folder, name), root)
                if name.endswith((".c", ".h", ".def", ".inc")):
                    yield path, layer_of_file(path)


def layer_of_file(path):
    parts = path.split(os.sep)
    if parts[0] == "dissectors":
        return "dissect"
    if parts[0] == "include":
        return layer_of_header(parts[-1])
    return parts[1] if len(parts) > 2 else "cli"


def layer_of_header(name):
    stem = name[: -len(".h")] if name.endswith(".h") else name
    return HEADERS.get(stem, stem)


def includes(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            found = INCLUDE.match(line)
            if found:
                yield number, found.group(1) == '"', found.group(2)


def fault_of_include(root, path, layer, quoted, name):
    """Why this include is wrong, or None."""
    allowed = [layer] + BELOW[layer]
    if name.startswith("regroup/"):
        other = layer_of_header(name[len("regroup/"):])
        if other not in BELOW:
            return f"{name} belongs to no layer"
        return None if other in allowed else f"{layer} may not include {name} of {other}"
    if quoted:
        target = os.path.normpath(os.path.join(os.path.dirname(path), name))
        own = "dissectors" if layer == "dissect" else os.path.join("src", layer)
        # Dissectors read their tables several times: those files are found by the include path.
        inside = target.startswith(own + os.sep) or (layer == "dissect" and ".." not in name)
        return None if inside else f'"{name}" is not in {own}'
    for pattern, layers, library in LIBRARIES:
        if pattern.match(name) and layer not in layers:
            return f"only {' and '.join(layers)} may include {library} ({name})"
    return None


def check_includes(root):
    for path, layer in sources(root):
        if layer not in BELOW:
            yield f"{path}: no layer is called {layer}"
            continue
        for number, quoted, name in includes(root, path):
            fault = fault_of_include(root, path, layer, quoted, name)
            if fault:
                yield f"{path}:{number}: {fault}"


def check_files(root):
    """Length and licence of every C file, tests included."""
    for top in ("src", "include", "dissectors", "tests"):
        for folder, _, files in os.walk(os.path.join(root, top)):
            for name in sorted(files):
                if not name.endswith((".c", ".h")):
                    continue
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    lines = file.readlines()
                short = os.path.relpath(path, root)
                if len(lines) >= LINES:
                    yield f"{short}: {len(lines)} lines; under {LINES} are wanted"
                if not lines or "SPDX-License-Identifier: Apache-2.0" not in lines[0]:
                    yield f"{short}: the first line does not name the licence"


def check_headers(root, compiler, extra):
    folder = os.path.join(root, "include", "regroup")
    flags = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c"]
    for name in sorted(os.listdir(folder)):
        command = [compiler, *flags, "-I", os.path.join(root, "include")]
        for path in extra:
            command += ["-I", path]
        run = subprocess.run(command + ["-"], input=f"#include <regroup/{name}>\n", capture_output=True, text=True,
                             check=False)
        if run.returncode != 0:
            first = (run.stderr.strip().splitlines() or ["?"])[0]
            yield f"include/regroup/{name}: does not compile alone: {first}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", default="cc")
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("root")
    args = parser.parse_args()
    faults = [*check_includes(args.root), *check_files(args.root),
              *check_headers(args.root, args.compiler, args.include)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
