#!/bin/bash
# Brings up a TAP service that nobody here wrote: GAVO DaCHS 2.7 over PostgreSQL 15 (Debian bookworm
# packages), on loopback, holding ivoa.obscore with synthetic benchmark rows.
#
#   conformance-tests/dachs/up.sh [ROWS]        (100000 rows unless said otherwise)
#
# Says what it does on stderr, and on stdout one line: the TAP URL. Fast when everything is up and
# holds the right rows already. Needs root (packages, service accounts) and no systemd. Touches no
# database but DaCHS's own, and of that only the schema archway_synthetic. End it with down.sh.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
ROWS=${1:-100000}
SERVER=http://127.0.0.1:8080   # an address, not a name: what a gateway must be granted
TAP=$SERVER/tap
STAMP=/var/gavo/state/archway-synthetic.stamp
INPUTS=/var/gavo/inputs/archway_synthetic
MARK="# Written by Archway's conformance tests (dachs/up.sh)."

say() { echo "dachs: $*" >&2; }
fail() { say "$*"; exit 1; }
installed() { for p in "$@"; do dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -qx 'install ok installed' || return 1; done; }
answers() { curl -fs -m 5 -o /dev/null "$TAP/availability"; }
count() { su postgres -c "psql -qtAd gavo -c 'SELECT count(*) FROM archway_synthetic.main'" 2>/dev/null || echo none; }
as_dachs() { su dachsroot -c "cd /var/gavo/inputs && dachs $*" >&2; }
[ "$(id -u)" = 0 ] || fail "must run as root: it installs packages and uses the accounts postgres and dachsroot"

# One at a time: two test runs may start together.
exec 9>/var/lock/archway-dachs
flock -w 900 9 || fail "another run has been setting it up for 15 minutes"

WANTED="$ROWS $(cat "$HERE/rows.py" "$HERE/synthetic.rd" | sha256sum | cut -c1-16)"
if answers && [ "$(cat $STAMP 2>/dev/null)" = "$WANTED" ] && grep -qsx "serverURL: $SERVER" /etc/gavo.rc; then
  say "already up with $ROWS rows"
  echo "$TAP"; exit 0
fi

install() { # waits for another apt; asks for fresh lists only when the packages are unknown
  say "installing $*"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "$@" >&2 9>&- ||
    { apt-get -qq -o DPkg::Lock::Timeout=600 update >&2; apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "$@" >&2 9>&-; }
}
DB="postgresql-15 postgresql-15-pgsphere postgresql-15-q3c"
if ! installed $DB; then
  install $DB
  if pg_lsclusters -h | grep -q online; then pg_ctlcluster 15 main restart 9>&-; fi # the server was replaced under it
fi
command -v curl >/dev/null || install curl
if ! pg_lsclusters -h | grep -q online; then      # must run before the post-install of gavodachs2-server
  say "starting PostgreSQL 15"
  pg_ctlcluster 15 main start 9>&- # a server that outlives this must not hold the lock
fi
for _ in $(seq 100); do pg_isready -q && break; sleep .2; done
pg_isready -q || fail "PostgreSQL does not answer; see /var/log/postgresql"
installed gavodachs2-server || install gavodachs2-server

if [ -e /etc/gavo.rc ] && ! grep -qxF "$MARK" /etc/gavo.rc; then
  fail "/etc/gavo.rc is not ours: this machine has a DaCHS of its own, which is left alone"
fi
BEFORE=$(cat /etc/gavo.rc 2>/dev/null || true)
cat >/etc/gavo.rc <<RC
$MARK
[web]
bindAddress: 127.0.0.1
serverPort: 8080
serverURL: $SERVER
sqlTimeout: 600
[async]
defaultExecTimeSync: 3600
maxTAPRunning: 4
[ivoa]
authority: archway.synthetic
RC

if [ "$(cat $STAMP 2>/dev/null)" != "$WANTED" ] || [ "$(count)" != "$ROWS" ]; then
  rm -f "$STAMP"
  mkdir -p "$INPUTS"
  cp "$HERE/synthetic.rd" "$INPUTS/q.rd"
  chown -R dachsroot:gavo "$INPUTS"
  say "making TAP_SCHEMA and ivoa.obscore"
  as_dachs imp //tap
  as_dachs imp //obscore
  say "loading $ROWS synthetic rows"
  as_dachs imp archway_synthetic/q import
  CSV=$(mktemp)
  trap 'rm -f "$CSV"' EXIT
  python3 "$HERE/rows.py" "$ROWS" >"$CSV"
  su postgres -c "psql -qd gavo -v ON_ERROR_STOP=1 -c \"\\copy archway_synthetic.main ($(head -1 "$CSV")) FROM STDIN CSV HEADER\"" <"$CSV"
  su postgres -c "psql -qd gavo -c 'CREATE INDEX IF NOT EXISTS archway_q3c ON archway_synthetic.main (q3c_ang2ipix(s_ra, s_dec))' -c 'ANALYZE archway_synthetic.main'"
  [ "$(count)" = "$ROWS" ] || fail "loaded $(count) rows, not $ROWS"
  as_dachs pub archway_synthetic/q
  as_dachs pub //tap
  echo "$WANTED" >"$STAMP"
fi

if answers && [ "$BEFORE" != "$(cat /etc/gavo.rc)" ]; then
  say "ending DaCHS, whose configuration changed"
  as_dachs serve stop || true
  for _ in $(seq 50); do answers || break; sleep .2; done
fi
answers || { say "starting DaCHS"; as_dachs serve stop || true; as_dachs serve start 9>&-; }
for _ in $(seq 200); do answers && break; sleep .3; done
answers || fail "DaCHS does not answer at $TAP; see /var/gavo/logs"
say "up with $ROWS rows"
echo "$TAP"
