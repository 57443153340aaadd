#!/bin/sh
# Replaces one of the two web services behind deploy/nginx.conf, and fails no request. As root, for the one at port 8000:
#     deploy/replace-web.sh 8000 docker compose up --detach --no-deps --wait web
set -eu
if [ $# -lt 2 ]; then
    echo "Say which port, and what replaces the web service there: $0 PORT COMMAND…" >&2
    exit 2
fi
site=${NGINX_SITE:-/etc/nginx/conf.d/laurel.conf}
pid=${NGINX_PID:-/run/nginx.pid}
nginx=${NGINX_COMMAND:-nginx}
port=$1
shift

# The lines of the site's file that name a web service: this one, and those that can answer meanwhile.
this="^ *server [^;]*:$port[ ;]"
if ! grep -qE "$this" "$site"; then
    echo "$site names no server with port $port." >&2
    exit 2
fi
if ! grep -E '^ *server [^;{]*:[0-9]+[ ;]' "$site" | grep -vE "$this" | grep -qv ' down;'; then
    echo "$site names no other server that is up, so requests would fail. Start another one first." >&2
    exit 2
fi

# Has nginx read its file again, and waits for its former workers: until then they may send something here.
reload() {
    before=$(pgrep -P "$(cat "$pid")")
    $nginx -t -q
    # Its notice is no news.
    $nginx -s reload 2>/dev/null || { echo "nginx did not read $site again." >&2; exit 1; }
    for worker in $before; do
        seconds=0
        while kill -0 "$worker" 2>/dev/null && [ $seconds -lt 60 ]; do
            sleep 1
            seconds=$((seconds + 1))
        done
    done
}

mark_up() { sed -i --follow-symlinks -E "/$this/ s/ down;/;/" "$site"; }
mark_down() { mark_up && sed -i --follow-symlinks -E "/$this/ s/;/ down;/" "$site"; }

mark_down
reload
if ! "$@"; then
    echo "It was not replaced. The other one serves alone; this one stays marked as down in $site." >&2
    exit 1
fi
mark_up
reload
