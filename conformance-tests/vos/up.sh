#!/usr/bin/env bash
# Puts the vos client of PyPI into a virtual environment, unless it is there; the last line of
# what this says is the environment's folder. The client is AGPL-3.0: a tool of the tests, no
# part of anything.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
digest="$(sha256sum "$here/requirements.txt" | cut -c1-12)"
folder="${XDG_CACHE_HOME:-$HOME/.cache}/archway/vos-$digest"
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
if [ ! -x "$folder/bin/vls" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    --require-hashes --requirement "$here/requirements.txt" >&2 || { rm -rf "$folder"; exit 1; }
fi
echo "$folder"
