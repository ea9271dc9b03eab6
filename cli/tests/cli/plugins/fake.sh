# A plug-in that does all that a plug-in should not, and what it should.
say() { printf '%s\n' "$1"; }
answer() { say "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":$1}"; }
returns() { answer "{\"value\":$1}"; }
fails() { say "{\"jsonrpc\":\"2.0\",\"id\":$id,\"error\":{\"code\":1,\"message\":\"$1\",\"data\":{\"blame\":\"$2\"}}}"; }
held=
[ -z "$FAKE_SLOW" ] || sleep "$FAKE_SLOW"
[ -z "$FAKE_STARTS" ] || echo started >> "$FAKE_STARTS"
[ -z "$FAKE_DIES" ] || { echo "no licence" >&2; exit 3; }
while IFS= read -r line; do
  id=${line#*\"id\":}
  id=${id%%,*}
  case $line in
    *'"method":"initialize"'*)
      answer "{\"protocol\":${FAKE_PROTOCOL:-1},\"name\":\"fake\",\"version\":\"0.9\",\"commands\":[
        {\"name\":\"give\",\"help\":\"Gives what it gets.\\nMore of it.\",\"params\":[{\"name\":\"value\",\"type\":\"any\",\"help\":\"anything\"}],\"rest\":true},
        {\"name\":\"typed\",\"params\":[{\"name\":\"qty\",\"type\":\"int\"},{\"name\":\"limit\",\"type\":\"duration\",\"default\":{\"\$duration\":\"250ms\"}}],\"returns\":\"map\"},
        {\"name\":\"wrong\",\"returns\":\"int\"},{\"name\":\"reject\",\"params\":[{\"name\":\"blame\",\"type\":\"text\"}]},
        {\"name\":\"crash\"},{\"name\":\"leave\"},{\"name\":\"garbage\"},{\"name\":\"large\"},{\"name\":\"close\"},{\"name\":\"hang\"},
        {\"name\":\"twice\"},{\"name\":\"stray\"},{\"name\":\"later\",\"params\":[{\"name\":\"n\",\"type\":\"int\"}]},
        {\"name\":\"begin\",\"undo\":\"finish\",\"rest\":true},{\"name\":\"finish\",\"rest\":true},{\"name\":\"begin_badly\",\"undo\":\"finish\"},
        {\"name\":\"observe\"},{\"name\":\"env\"},{\"name\":\"patient\"},{\"name\":\"print\"},
        {\"name\":\"eat\",\"params\":[{\"name\":\"bytes\",\"type\":\"int\"}]},{\"name\":\"tell\"},{\"name\":\"ask\"},{\"name\":\"latin\"},{\"name\":\"half\"},{\"name\":\"odd\"},{\"name\":\"nest\"}]}" | tr -d '\n'
      echo ;;
    *'"method":"shutdown"'*)
      [ -z "$FAKE_STARTS" ] || echo shutdown >> "$FAKE_STARTS"
      [ -z "$FAKE_STAYS" ] || { trap '' TERM; while :; do sleep 1; done; }
      answer '{}'; exit 0 ;;
    *'"method":"cancel"'*)
      [ -z "$held" ] || { id=$held; held=; returns '"cancelled"'; } ;;
    *'"command":"give"'*)
      args=${line#*\"args\":\{\"value\":}; returns "${args%%\},\"rest\"*}" ;;
    *'"command":"typed"'*)
      args=${line#*\"args\":}; returns "${args%%,\"rest\"*}" ;;
    *'"command":"wrong"'*) returns '"five"' ;;
    *'"command":"reject"'*) blame=${line#*\"blame\":\"}; fails "it did not work" "${blame%%\"*}" ;;
    *'"command":"crash"'*) echo "about to crash" >&2; kill -SEGV $$ ;;
    *'"command":"leave"'*) exit 7 ;;
    *'"command":"garbage"'*) say "Hello, world" ;;
    *'"command":"large"'*) head -c 70000000 /dev/zero | tr '\0' a; echo ;;
    *'"command":"close"'*) exec >&-; sleep 60 ;;
    *'"command":"hang"'*) sleep 60 ;;
    *'"command":"patient"'*) held=$id; [ -z "$FAKE_STARTS" ] || echo patient >> "$FAKE_STARTS" ;;
    # Both at once, so that the second is there when the first is.
    *'"command":"twice"'*) say "$(returns 1; returns 2)" ;;
    *'"command":"stray"'*) id=99; returns 1 ;;
    *'"command":"later"'*)
      if [ -z "$held" ]; then held=$id; else returns 2; id=$held; held=; returns 1; fi ;;
    *'"command":"begin_badly"'*) kill -KILL $$ ;;
    *'"command":"begin"'*) returns '{"id":"A1"}' ;;
    *'"command":"finish"'*) echo "finished ${line#*\"rest\":}" >&2; returns null ;;
    *'"command":"observe"'*)
      say '{"jsonrpc":"2.0","method":"metric","params":{"subject":"System","name":"LATENCY","value":10,"unit":"us"}}'
      say "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"call\":$id,\"subject\":\"System\",\"message\":\"FILL 100\",\"data\":{\"id\":\"A1\"}}}"
      returns '{"id":"A1"}' ;;
    *'"command":"print"'*)
      say "{\"jsonrpc\":\"2.0\",\"method\":\"output\",\"params\":{\"call\":$id,\"stream\":\"stdout\",\"data\":\"printed\"}}"
      answer '{}' ;;
    *'"command":"eat"'*)
      bytes=${line#*\"bytes\":}; eaten=$(head -c "${bytes%%\}*}" /dev/zero | tr '\0' a); returns "${#eaten}"; eaten= ;;
    *'"command":"tell"'*)
      say "{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"call\":$id,\"level\":\"warning\",\"message\":\"slow\"}}"
      say '{"jsonrpc":"2.0","method":"log","params":{"message":"and plain"}}'
      echo "on standard error" >&2
      say '{"jsonrpc":"2.0","method":"newer","params":{"a":1}}'
      say '{"jsonrpc":"2.0","method":"metric","params":{"subject":"System","name":"LATENCY","value":10,"unit":"us"}}'
      say '{"jsonrpc":"2.0","method":"event","params":{"subject":"System","message":"ERROR: x","data":{"size":{"$size":"5MB"}}}}'
      returns null ;;
    *'"command":"ask"'*)
      say '{"jsonrpc":"2.0","id":"q","method":"secret","params":{"name":"x"}}'
      IFS= read -r answer; case $answer in *-32601*) returns true ;; *) returns false ;; esac ;;
    *'"command":"nest"'*) returns "$(printf '%0101d' 0 | tr 0 '[')1$(printf '%0101d' 0 | tr 0 ']')" ;;
    *'"command":"latin"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"value":"\351"}}\n' "$id" ;;
    *'"command":"half"'*) printf '{"jsonrpc":"2.0","id":%s,\n"result":{}}\n' "$id" ;;
    *'"command":"odd"'*)
      for n in 1 2; do
        say '{"jsonrpc":"2.0","method":"metric","params":{"subject":"Nobody","name":"LATENCY","value":10,"unit":"us"}}'
        say '{"jsonrpc":"2.0","method":"metric","params":{"subject":"System","name":"LATENCY","value":10,"unit":"usec"}}'
      done
      returns null ;;
    *'"command":"env"'*) returns "{\"run\":\"$SCN_RUN\",\"granted\":\"$TOKEN\",\"other\":\"$OTHER\"}" ;;
    *) fails "there is no such command" plugin ;;
  esac
done
[ -z "$FAKE_STARTS" ] || echo "input ended" >> "$FAKE_STARTS"
