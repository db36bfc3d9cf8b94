#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The layering check must find each kind of fault: small trees with one fault each, and one without."""

import argparse
import os
import subprocess
import sys
import tempfile

SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"

GOOD = {
    "include/regroup/json.h": "#include <stddef.h>\nsize_t json_len(void);\n",
    "include/regroup/net.h": "#include <regroup/capture.h>\n",
    "include/regroup/capture.h": "struct capture;\n",
    "include/regroup/kafka.h": "#include <regroup/net.h>\n",
    "include/regroup/dissect.h": "struct kf_message;\n",
    "include/regroup/options.h": "struct options;\n",
    "include/regroup/group.h": "struct groups;\n",
    "src/main.c": '#include "cli/cli.h"\n',
    "src/cli/cli.h": "#include <regroup/options.h>\n",
    "src/capture/live.c": "#include <pcap/pcap.h>\n#include <archive.h>\n",
    "src/net/tcp.c": '#include <regroup/net.h>\n#include "flow.h"\n#include <stdio.h>\n',
    "src/net/flow.h": "struct flow;\n",
    "src/kafka/frame.c": "#include <regroup/dissect.h>\n#include <regroup/json.h>\n",
    "dissectors/walk.c": '#include <regroup/dissect.h>\n#include "kafka/join_group.def"\n',
    "dissectors/kafka/join_group.def": "\n",
}

# What is added to the good tree, and what must be said of it.
BAD = [
    ("src/net/a.c", "#include <regroup/kafka.h>\n", "net may not include regroup/kafka.h"),
    ("src/base/a.c", "#include <regroup/dissect.h>\n", "base may not include regroup/dissect.h"),
    ("src/kafka/a.c", "#include <regroup/group.h>\n", "kafka may not include regroup/group.h"),
    ("src/output/a.c", "#include <regroup/options.h>\n", "output may not include regroup/options.h"),
    ("src/group/a.c", "#include <regroup/capture.h>\n", "group may not include regroup/capture.h"),
    ("src/kafka/a.c", '#include "../net/flow.h"\n', "is not in src/kafka"),
    ("dissectors/a.c", "#include <regroup/json.h>\n", "dissect may not include regroup/json.h"),
    ("dissectors/a.c", '#include "../src/net/flow.h"\n', "is not in dissectors"),
    ("src/net/a.c", "#  include <pcap.h>\n", "only capture may include libpcap"),
    ("src/cli/a.c", "#include <archive_entry.h>\n", "only capture may include libpcap"),
    ("src/output/a.c", "#include <bpf/libbpf.h>\n", "only capture may include libpcap"),
    ("src/output/a.c", "#include <ncursesw/ncurses.h>\n", "only tui may include ncurses"),
    ("src/output/a.c", "#include <curses.h>\n", "only tui may include ncurses"),
    ("src/attic/a.c", "\n", "no layer is called attic"),
    ("include/regroup/net.h", "#include <regroup/group.h>\n", "net may not include regroup/group.h"),
    ("include/regroup/kafka.h", "size_t kafka_x(void);\n", "does not compile alone"),
    ("src/net/a.c", "\n" * 600, "601 lines"),
    ("tests/net/a.c", "\n" * 600, "601 lines"),
    ("src/net/a.c", None, "does not name the licence"),
]


def check(tree, compiler):
    """Makes the tree and runs the check on it; returns its exit code and text."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "layering.py")
    with tempfile.TemporaryDirectory() as root:
        for path, text in tree.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write("int x;\n" if text is None else SPDX + text)
        run = subprocess.run([sys.executable, script, "--compiler", compiler, root], capture_output=True, text=True,
                             check=False)
        return run.returncode, run.stdout + run.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", default="cc")
    compiler = parser.parse_args().compiler
    failed = 0
    code, text = check(GOOD, compiler)
    if code != 0 or text:
        print(f"the good tree is refused:\n{text}")
        failed += 1
    for path, content, wanted in BAD:
        code, text = check({**GOOD, path: content}, compiler)
        if code != 1 or wanted not in text or len(text.splitlines()) != 1:
            print(f"{path} {content!r:.60}: '{wanted}' expected alone, exit code {code}:\n{text}")
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
