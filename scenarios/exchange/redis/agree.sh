#!/bin/sh
# agree.sh REPLICAS SENTINEL_PORT… succeeds if every sentinel knows a majority of the others and
# that many replicas; before that they could not fail over.
replicas=$1
shift
for sentinel; do
  timeout 1 redis-cli -e -p "$sentinel" SENTINEL CKQUORUM exchange || exit 1
  known=$(timeout 1 redis-cli -e -p "$sentinel" SENTINEL REPLICAS exchange | grep -c '^runid$')
  [ "$known" -ge "$replicas" ] || { echo "sentinel $sentinel knows $known replicas"; exit 1; }
done
