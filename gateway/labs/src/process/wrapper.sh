# Stays outside of a lab and outlives the gateway: starts the lab, keeps its log small, and
# holds the lock (standard input) for as long as the lab runs.
#
# Arguments: the lab's folder, bytes of a log file, files that take the lab into its control
# groups, `--`, and the program.
exec 9<&0 </dev/null
cd "$1" || exit 1
most=$2
shift 2
umask 077
{
  while [ "$1" != -- ]; do
    echo 0 >"$1" || exit 125
    shift
  done
  shift
  exec 3>status 9<&-
  (umask 022 && exec "$@")
  # Of use where the program ended before it could say anything.
  printf '{ "wrapper-code": %s }\n' "$?" >&3
} 2>&1 | {
  exec 9<&-
  before=0
  # At most 1 MiB in each round, and less where the lab says little at a time.
  while dd bs=65536 count=16 status=none >>log && size=$(wc -c <log) &&
    [ "$size" -gt "$before" ]; do
    before=$size
    if [ "$size" -ge "$most" ]; then
      mv log log.before
      before=0
    fi
  done
  # The disk is full: what the lab says is lost, the lab is not.
  exec cat >/dev/null
}
