; Scenarios of scn. Of two patterns for one word the later one counts; the names of the colours are those that
; Helix and Neovim both know, or fall back from.

(name) @variable
(plain) @none
(["(" ")" "[" "]" "{" "}"] @punctuation.bracket)

(comment) @comment
(continuation) @punctuation.special

[
  "set" "goto" "step" "use" "as" "background" "defer" "mark" "return" "exit" "require" "assert" "check"
  "case" "pass" "fail" "skip" "error" "wait" "until" "event" "hold" "always" "never" "eventually"
  "within" "every" "since" "from" "call" "await" "cancel"
] @keyword
(plain_statement) @keyword
["if" "then" "else"] @keyword.control.conditional
["while" "for" "repeat"] @keyword.control.repeat
["and" "or" "not" "in" "contains" "matches" "where"] @keyword.operator
(operator) @operator
(modifier ["on" "timeout" "input" "retry" "not" "soft" "try" "must"] @keyword.modifier)

(header_name) @attribute
(label) @label
(goto_statement label: (name) @label)

(constant) @constant.builtin
(number) @constant.numeric
((plain) @constant.numeric
  (#match? @constant.numeric "^-?[0-9]+([.][0-9]+)?([a-zA-Z]+[0-9]*)*%?$"))

(member name: (name) @property)
(parameter name: (name) @variable.parameter)
(named) @variable.parameter
(call function: (name) @function.builtin)
(command (name) @function)
(step_definition name: (name) @function)

[(single_quoted) (double_quoted) (block_text)] @string
(escape) @string.escape
(regex) @string.regexp
(interpolation) @none
(interpolation ["#{" "}"] @punctuation.special)
