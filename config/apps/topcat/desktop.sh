#!/bin/sh
# desktop PORT BASE HOME DATA: TOPCAT on a desktop, shown by noVNC on PORT.
#
# The picture is on a unix socket that only this user opens: no password would be better.
set -eu
port="$1" home="$3" data="$4"
cd "$home"
run=/tmp/desktop
mkdir -p -m 700 "$run"
export DISPLAY=:1 HOME="$home" XDG_RUNTIME_DIR="$run" XAUTHORITY="$run/xauthority"
Xtigervnc :1 -geometry 1440x900 -depth 24 -SecurityTypes None -rfbport -1 -rfbunixpath "$run/vnc" -rfbunixmode 0600 -nolisten tcp >"$run/vnc.log" 2>&1 &
server=$!
until [ -S "$run/vnc" ]; do
  kill -0 "$server" 2>/dev/null || { cat "$run/vnc.log" >&2; exit 1; }
  sleep 0.1
done
openbox &
# Closing TOPCAT leaves the desktop: it is started again from a terminal.
(cd "$data" && topcat) &
xterm -geometry 90x20+20+20 -T "Terminal: topcat, ls $data" &
exec websockify --web /usr/share/novnc --unix-target "$run/vnc" "0.0.0.0:$port"
