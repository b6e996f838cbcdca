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
  umask 022
  exec "$@" 3>status 9<&-
} 2>&1 | {
  exec 9<&-
  while dd bs=65536 count="$most" iflag=count_bytes status=none of=log &&
    [ "$(wc -c <log)" -ge "$most" ]; do
    mv log log.before
  done
  # The disk is full: what the lab says is lost, the lab is not.
  exec cat >/dev/null
}
