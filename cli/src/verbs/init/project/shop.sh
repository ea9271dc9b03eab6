#!/bin/sh
# The system under test: put your own in its place. A shop that books what is left in the folder `orders`
# of the folder $1, and says in shop.log what it does. If $2 is true, it has a bug.

cd "$1" || exit
mkdir -p orders
touch books
[ "$2" = true ] && rm -f orders/*
trap 'exit' TERM

report() {
  echo "state=OPEN booked=$(grep -c . books)" >> shop.log
}

report
while :; do
  for order in orders/*; do
    [ -e "$order" ] || continue
    cat "$order" >> books
    rm "$order"
    report
  done
  sleep 0.05
done
