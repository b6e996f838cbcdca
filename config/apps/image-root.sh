# Sourced by the recipes of images: a Debian root without any image registry, kept from one
# build to the next. Needs root, debootstrap and a running Docker Engine.

# debian_root FOLDER PACKAGES: a minimal Debian in FOLDER, with these packages.
debian_root() {
  local root="$1" packages="$2" mirror
  # The mirror that this machine uses; debootstrap's own where none is written down.
  mirror="$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -1 | tr -d ' ' || true)"
  if [ ! -e "$root/.archway-base" ]; then
    rm -rf "$root"
    mkdir -p "$root"
    # shellcheck disable=SC2086 # an empty mirror is no argument
    debootstrap --variant=minbase --include="$packages" bookworm "$root" $mirror
    touch "$root/.archway-base"
  fi
  # Names and authorities as they are here, while packages are fetched.
  cp /etc/hosts "$root/etc/hosts"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  cp /etc/ssl/certs/ca-certificates.crt "$root/tmp/authorities.crt"
}

# import_root FOLDER IMAGE LABEL=VALUE [docker import options]: the root as an image.
import_root() {
  local root="$1" image="$2" label="$3"
  shift 3
  rm -rf "$root"/tmp/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}/*
  : >"$root/etc/hosts"
  : >"$root/etc/resolv.conf"
  tar -C "$root" --exclude=./.archway-base -c . | docker import --change "LABEL $label" "$@" - "$image"
}

# is_built IMAGE LABEL VALUE: whether an image of that name was built from the same.
is_built() {
  [ "$(docker image inspect --format "{{ index .Config.Labels \"$2\" }}" "$1" 2>/dev/null)" = "$3" ]
}
