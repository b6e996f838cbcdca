#!/bin/bash
# Ends the DaCHS that up.sh started, by the pid it noted; with --all PostgreSQL too. Rows stay.
set -euo pipefail
if grep -qsxF "# Written by Archway's conformance tests (dachs/up.sh)." /etc/gavo.rc; then
  PID=$(cat /var/gavo/state/web.pid 2>/dev/null || true)
  if [ -n "$PID" ] && kill -0 "$PID" 2>/dev/null; then
    kill "$PID"
    for _ in $(seq 50); do kill -0 "$PID" 2>/dev/null || break; sleep .2; done
    echo "dachs: ended (pid $PID)" >&2
  fi
fi
if [ "${1:-}" = --all ] && command -v pg_ctlcluster >/dev/null; then pg_ctlcluster 15 main stop; fi
