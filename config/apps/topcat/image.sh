#!/usr/bin/env bash
# The image of TOPCAT on a desktop in the browser, for the Docker backend: Debian's topcat, a
# window manager and noVNC. Nothing is pulled from an image registry.
#
#   sudo config/apps/topcat/image.sh [FOLDER]
#
# FOLDER keeps the root from one build to the next; ~/.cache/archway/images/topcat unless given.
set -euo pipefail
cd "$(dirname "$0")"
. ../image-root.sh

image=archway/topcat:v1
folder="${1:-$HOME/.cache/archway/images/topcat}"
made_from="$(cat image.sh desktop.sh ../image-root.sh | sha256sum | cut -c1-32)"
if is_built "$image" archway.made-from "$made_from"; then
  echo "$image is built already"
  exit 0
fi

root="$folder/root"
mkdir -p "$folder"
debian_root "$root" ca-certificates,tini,fonts-dejavu-core
# Java's own set-up wants to see processes.
mount -t proc proc "$root/proc"
trap 'umount "$root/proc" 2>/dev/null || true' EXIT
chroot "$root" /bin/sh -ec '
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends topcat default-jre tigervnc-standalone-server openbox xterm novnc websockify x11-xserver-utils
  id lab >/dev/null 2>&1 || useradd --create-home --uid 1000 lab
  mkdir -p /data
'
umount "$root/proc"
install -m 755 desktop.sh "$root/usr/local/bin/desktop"
import_root "$root" "$image" "archway.made-from=$made_from" \
  --change 'ENV LANG=C.UTF-8' \
  --change 'USER lab' --change 'WORKDIR /home/lab' \
  --change 'ENTRYPOINT ["/usr/bin/tini", "--"]'
