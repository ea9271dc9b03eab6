#!/bin/sh
# smoke.sh SECONDS SENTINEL_PORT… writes and reads through the master that the sentinels name,
# trying again for so long. Its last line is PASS, or FAIL and the reason.
. "$(dirname "$0")/master.sh"
key=smoke:$$ end=$(($(date +%s) + $1)) seconds=$1
shift

attempt() {
  port=$(master "$@") || { reason='no sentinel names a master'; return 1; }
  for command in "SET $key 40" "INCRBY $key 2" "GET $key"; do
    # The words of a command hold no blanks.
    answer=$(timeout 1 redis-cli -e -p "$port" $command 2>&1) || { reason="$command at port $port: $answer"; return 1; }
    echo "$command at port $port -> $answer" >&2
  done
  [ "$answer" = 42 ] || { reason="GET gave $answer, not 42"; return 1; }
}

until attempt "$@"; do
  if [ "$(date +%s)" -ge "$end" ]; then
    echo "FAIL: $reason, for $seconds s"
    exit 1
  fi
  sleep 0.2
done
echo PASS
