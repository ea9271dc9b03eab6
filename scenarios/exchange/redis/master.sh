# The port of the server that the sentinels name as the master; nothing if none of them answers.
# Read in by the other scripts. redis-cli succeeds on an error reply unless it is given -e.
master() {
  for sentinel; do
    named=$(timeout 1 redis-cli -e -p "$sentinel" SENTINEL GET-MASTER-ADDR-BY-NAME exchange 2>/dev/null | tail -n 1)
    case $named in
      '' | *[!0-9]*) ;;
      *) echo "$named"; return 0 ;;
    esac
  done
  return 1
}
