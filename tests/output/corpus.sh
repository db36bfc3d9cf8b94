#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# corpus.sh REGROUP FOLDER: decodes all captures of a set at once and compares every body and blob.
set -eu
regroup=$1
corpus=$2
files=$(for f in "$corpus"/dev/*.pcap; do printf ' -r %s' "$f"; done)
# shellcheck disable=SC2086
"$regroup" decode $files --format json --quiet | python3 "$corpus/compare.py" --blobs require - "$corpus/dev"
