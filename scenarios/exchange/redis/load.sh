#!/bin/sh
# load.sh RATE PID_FILE SENTINEL_PORT… writes about RATE keys a second to whichever server is
# the master, until TERM.
. "$(dirname "$0")/master.sh"
rate=$1 pid_file=$2
shift 2
sent=0 acked=0
trap 'rm -f "$pid_file"; echo "summary: sent=$sent acked=$acked"; exit 0' TERM INT
echo $$ > "$pid_file.new" && mv "$pid_file.new" "$pid_file"
while :; do
  if port=$(master "$@"); then
    last=$((sent + rate / 10 + 1))
    answers=$(
      while [ "$sent" -lt "$last" ]; do
        sent=$((sent + 1))
        echo "SET load:$sent $sent"
      done | timeout 2 redis-cli -p "$port" 2>/dev/null | grep -c '^OK$'
    )
    sent=$last acked=$((acked + answers))
    echo "sent=$sent acked=$acked"
  fi
  sleep 0.1
done
