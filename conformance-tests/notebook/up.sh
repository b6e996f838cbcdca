#!/usr/bin/env bash
# Makes the environment of the JupyterLab application from its lock, unless it is there; the last
# line of what this says is the environment's folder. It has nbclient too, which runs notebooks.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
lock="$here/../../config/apps/jupyterlab/requirements.txt"
digest="$(sha256sum "$lock" | cut -c1-12)"
folder="${XDG_CACHE_HOME:-$HOME/.cache}/archway/jupyterlab-$digest"
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
if [ ! -f "$folder/whole" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    --require-hashes --requirement "$lock" >&2 || { rm -rf "$folder"; exit 1; }
  touch "$folder/whole"
fi
echo "$folder"
