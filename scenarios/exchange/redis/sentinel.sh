#!/bin/sh
# sentinel.sh PORT FOLDER MASTER_PORT becomes a sentinel with a configuration of its own,
# because a sentinel writes what it learns into it.
set -eu
port=$1 folder=$2 master=$3
config=$folder/sentinel-$port.conf
[ -e "$config" ] || cat > "$config" <<END
port $port
bind 127.0.0.1
dir $folder
logfile sentinel-$port.log
sentinel monitor exchange 127.0.0.1 $master 2
sentinel down-after-milliseconds exchange 1000
sentinel failover-timeout exchange 2000
END
exec redis-server "$config" --sentinel
