# Says what really arrived: each thing with a NUL behind it, in FILE.
#
#     witness.sh FILE argv WORD…      its words
#     witness.sh FILE env             the variable V
#     witness.sh FILE stdin           its standard input
file=$1 kind=$2
shift 2
case $kind in
argv) printf '%s\0' "$@" > "$file" ;;
env) printf '%s\0' "$V" > "$file" ;;
stdin) { cat; printf '\0'; } > "$file" ;;
esac
