#!/bin/sh
# server.sh NAME PORT FOLDER MASTER_PORT SENTINEL_PORT… becomes a Redis server.
#
# It follows the master that the sentinels name; before there are any, that of MASTER_PORT. A
# server that comes back would otherwise be a second master, until the sentinels notice.
set -u
. "$(dirname "$0")/master.sh"
name=$1 port=$2 folder=$3 first_master=$4
shift 4
master=$(master "$@") || master=$first_master
if [ "$master" = "$port" ]; then
  set --
else
  set -- --replicaof 127.0.0.1 "$master"
fi
exec redis-server --port "$port" --bind 127.0.0.1 --dir "$folder" --logfile "$name.log" \
  --save '' --dbfilename "$name.rdb" --appendonly yes --appenddirname "$name.aof" --repl-diskless-sync-delay 0 "$@"
