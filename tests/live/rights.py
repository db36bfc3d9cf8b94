#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rights: what is needed, what is given up, and that nothing stays behind.

usage: rights.py REGROUP
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from support import need_root_and_bpf, wait_open

LEAST = "cap_net_raw,cap_bpf,cap_perfmon+ep"


def status(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        return {line.split(":")[0]: line.split(":")[1].split() for line in f}


def begin(call, **how):
    p = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **how)
    wait_open(p)
    return p


def held(pid):
    """The programs in the kernel that a process holds, by id."""
    found = set()
    for name in os.listdir("/proc/%d/fdinfo" % pid):
        try:
            with open("/proc/%d/fdinfo/%s" % (pid, name), encoding="ascii") as f:
                found |= {int(line.split()[1]) for line in f if line.startswith("prog_id:")}
        except FileNotFoundError:
            pass
    return found


def programs():
    """All that are in the kernel."""
    out = subprocess.run(["bpftool", "-j", "prog", "show"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return {p["id"] for p in json.loads(out)}


def check(what, good):
    print("%s: %s" % (what, "yes" if good else "NO"))
    return 0 if good else 1


def gives_up(regroup):
    p = begin([regroup, "log", "-i", "lo", "--ebpf=filter"])
    s = status(p.pid)
    p.send_signal(signal.SIGINT)
    p.wait(20)
    return (check("capabilities are given up", s["CapEff"] == s["CapPrm"] == ["0" * 16])
            + check("so is root", "0" not in s["Uid"] and "0" not in s["Gid"]))


def probes_without_root():
    return tuple(int(n) for n in os.uname().release.split("-")[0].split(".")[:2]) >= (6, 6)


def least(regroup, folder):
    """As nobody, with the three capabilities on the file."""
    program = shutil.copy(regroup, os.path.join(folder, "regroup"))
    os.chmod(program, 0o755)
    if subprocess.run(["setcap", LEAST, program], check=False).returncode:
        print("not tried: setcap does not work here")
        return 0
    user = dict(user=65534, group=65534, extra_groups=[])
    wrong = 0
    for mode in ("filter", "ring"):
        p = begin([program, "log", "-i", "lo", "--ebpf=" + mode], **user)
        wrong += check("%s is enough for --ebpf=%s" % (LEAST, mode), p.poll() is None)
        p.send_signal(signal.SIGINT)
        p.wait(20)
    subprocess.run(["setcap", "cap_bpf,cap_perfmon+ep", program], check=True)
    if probes_without_root():
        p = begin([program, "log", "--tls"], **user)
        wrong += check("cap_bpf,cap_perfmon+ep is enough for --tls", p.poll() is None)
        p.send_signal(signal.SIGINT)
        p.wait(20)
    else:
        print("not tried: --tls without root takes Linux 6.6")
    p = begin([program, "log", "--tls=1"], **user)
    wrong += check("--tls of a process that may not be looked at says what it takes",
                   p.wait(20) == 2 and "CAP_SYS_PTRACE" in p.stderr.read())
    subprocess.run(["setcap", "cap_net_raw+ep", program], check=True)
    p = begin([program, "log", "-i", "lo"], **user)
    alive = p.poll() is None
    p.send_signal(signal.SIGINT)
    said = p.communicate(timeout=20)[1]
    wrong += check("with cap_net_raw alone packets are copied whole, and a line says why",
                   alive and said.count("eBPF is not used") == 1)
    doctor = subprocess.run([program, "doctor"], stdout=subprocess.PIPE, text=True, check=False, **user)
    wrong += check("doctor says what to grant", doctor.returncode == 0 and "setcap " + LEAST in doctor.stdout)
    return wrong


def leaves_nothing(regroup):
    wrong = 0
    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        for option in (["-i", "lo", "--ebpf=filter", "tcp port 9092"], ["-i", "lo", "--ebpf=ring"], ["--tls"]):
            p = begin([regroup, "log", *option])
            there = held(p.pid) & programs()
            p.send_signal(how)
            p.wait(20)
            for _ in range(30): # the kernel frees them a moment later
                left = there & programs()
                if not left:
                    break
                time.sleep(0.1)
            wrong += check("%s, %s: %d programs, none left" % (option[-1], how.name, len(there)), there and not left)
    return wrong


def without_types(regroup, folder):
    """A kernel that does not tell its types, and one that interprets: as far as files make it so."""
    zero = os.path.join(folder, "zero")
    with open(zero, "w", encoding="ascii") as f:
        f.write("0\n")
    script = ("mount -t tmpfs none /sys/kernel/btf && mount --bind %s /proc/sys/net/core/bpf_jit_enable && exec \"$@\"" % zero)
    inside = ["unshare", "-m", "sh", "-c", script, "sh"]
    if subprocess.run([*inside, "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        print("not tried: no mount namespace: what is said of a kernel without BTF")
        return 0
    said = subprocess.run([*inside, regroup, "doctor"], stdout=subprocess.PIPE, text=True, check=False).stdout
    wrong = check("doctor says what a kernel without BTF lacks", said.count("no /sys/kernel/btf/vmlinux") == 2 and
                  "ok   eBPF filter" in said and "sysctl -w net.core.bpf_jit_enable=1" in said)
    p = begin([*inside, regroup, "log", "-i", "lo", "--ebpf=ring"])
    alive = p.poll() is None
    p.send_signal(signal.SIGINT)
    p.wait(20)
    wrong += check("without BTF packets are cut all the same", alive)
    p = subprocess.run([*inside, regroup, "log", "--tls"], stderr=subprocess.PIPE, text=True, check=False)
    wrong += check("without BTF --tls says so", p.returncode == 2 and "there is no /sys/kernel/btf/vmlinux" in p.stderr)
    return wrong


def main():
    regroup = sys.argv[1]
    need_root_and_bpf(regroup)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        wrong = gives_up(regroup) + least(regroup, folder) + without_types(regroup, folder)
    if shutil.which("bpftool"):
        wrong += leaves_nothing(regroup)
    else:
        print("not tried: bpftool is missing: whether anything is left attached")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
