# Prints what a step that writes a gigabyte takes of memory, and what a scenario of small steps takes, with 32 MiB
# on top: memory.sh SCN LARGE SMALL
most() {
    "$1" run -q --runs runs "$2" 2> /dev/null &
    most=0
    while now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$!/status" 2> /dev/null) && [ -n "$now" ]; do
        most=$now
        sleep 0.02
    done
    wait $!
}
most "$1" "$2" && large=$most
most "$1" "$3" && small=$most
echo "$large $((small + 32768))"
