#!/bin/sh
# A PostgreSQL server of one's own: tests/postgres.sh PORT FOLDER. It refuses to be root, and so is `postgres` then.
set -eu
port=$1 folder=$2
bin=$(dirname "$(readlink -f "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb | tail -1)")")
as() {
  if [ "$(id -u)" = 0 ]; then exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else exec "$@"; fi
}
if [ ! -e "$folder/PG_VERSION" ]; then
  mkdir -p "$folder"
  chmod 700 "$folder"
  [ "$(id -u)" != 0 ] || chown postgres "$folder"
  (as "$bin/initdb" --pgdata "$folder" --auth trust --username tester --encoding UTF8 --no-sync > /dev/null)
fi
as "$bin/postgres" -D "$folder" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=16MB
