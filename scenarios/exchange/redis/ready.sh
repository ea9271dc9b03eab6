#!/bin/sh
# ready.sh PORT succeeds if that server is a master, or a replica that has everything.
info=$(timeout 1 redis-cli -e -p "$1" INFO replication) || exit 1
case $info in
  *role:master* | *master_link_status:up*) exit 0 ;;
  *) exit 1 ;;
esac
