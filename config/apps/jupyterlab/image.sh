#!/usr/bin/env bash
# The image of JupyterLab for the Docker backend: Debian's Python and exactly what
# requirements.txt beside this says. Nothing is pulled from an image registry.
#
#   sudo config/apps/jupyterlab/image.sh [FOLDER]
#
# FOLDER keeps the root from one build to the next; ~/.cache/archway/images/jupyterlab unless given.
set -euo pipefail
cd "$(dirname "$0")"
. ../image-root.sh

image=archway/jupyterlab:v1
folder="${1:-$HOME/.cache/archway/images/jupyterlab}"
made_from="$(cat image.sh ../image-root.sh requirements.txt | sha256sum | cut -c1-32)"
if is_built "$image" archway.made-from "$made_from"; then
  echo "$image is built already"
  exit 0
fi

root="$folder/root"
mkdir -p "$folder"
debian_root "$root" python3,python3-venv,ca-certificates,tini,fonts-dejavu-core
cp requirements.txt "$root/tmp/requirements.txt"
chroot "$root" /bin/sh -ec '
  lock="$(sha256sum </tmp/requirements.txt | cut -c1-32)"
  if [ "$(cat /opt/environment/.made-from 2>/dev/null)" != "$lock" ]; then
    rm -rf /opt/environment
    python3 -m venv /opt/environment
    PIP_CERT=/tmp/authorities.crt REQUESTS_CA_BUNDLE=/tmp/authorities.crt \
      /opt/environment/bin/pip install --quiet --no-compile --no-cache-dir --require-hashes --requirement /tmp/requirements.txt
    # A read-only root keeps no bytecode: without this every start compiles it again.
    /opt/environment/bin/python -m compileall -q -j 0 /opt/environment/lib /usr/lib/python3 >/dev/null || true
    echo "$lock" >/opt/environment/.made-from
  fi
  id lab >/dev/null 2>&1 || useradd --create-home --uid 1000 lab
  mkdir -p /data
'
import_root "$root" "$image" "archway.made-from=$made_from" \
  --change 'ENV PATH=/opt/environment/bin:/usr/local/bin:/usr/bin:/bin' \
  --change 'ENV LANG=C.UTF-8' \
  --change 'USER lab' --change 'WORKDIR /home/lab' \
  --change 'ENTRYPOINT ["/usr/bin/tini", "--"]'
