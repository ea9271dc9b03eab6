//! Every kind of finding that the grammar has.

use crate::diagnostic::{Code, Severity};

macro_rules! codes {
    ($($id:ident $title:literal, $explanation:literal, $wrong:expr, $right:literal;)*) => {
        $(
            #[doc = $title]
            pub static $id: Code = Code {
                name: stringify!($id),
                severity: Severity::Error,
                title: $title,
                explanation: $explanation,
                wrong: $wrong,
                right: $right,
            };
        )*
        /// All of them, in the order of their names.
        pub static CODES: &[&Code] = &[$(&$id),*];
    };
}

/// A text a hundred times.
macro_rules! hundred {
    ($text:literal) => {
        concat!(
            ten!($text),
            ten!($text),
            ten!($text),
            ten!($text),
            ten!($text),
            ten!($text),
            ten!($text),
            ten!($text),
            ten!($text),
            ten!($text)
        )
    };
}

/// A text ten times.
macro_rules! ten {
    ($text:literal) => {
        concat!(
            $text, $text, $text, $text, $text, $text, $text, $text, $text, $text
        )
    };
}

codes! {
    E001 "a line that is no statement",
    "The line begins like a statement, and goes on like none. The message shows the form that the statement has; capital letters stand for what is yours to choose, and what is in square brackets may be left out. To run a command that has the name of a statement, write `call` before it.",
    "wait for 5s\n",
    "wait until 1 == 1 within 5s\n";
    E002 "a file that is not UTF-8",
    "A scenario is UTF-8 text. The file was probably saved with another encoding: save it as UTF-8.",
    "echo caf\u{0}\n",
    "echo café\n";
    E003 "a control character",
    "Control characters other than tab cannot be seen, so they are not allowed. In a text write them as an escape, such as `\"\\u{1B}\"`.",
    "echo a\u{1}b\n",
    "echo \"a\\u{1}b\"\n";
    E004 "a quote that is not closed",
    "A quote closes on the line on which it opens. A text of many lines stands between `\"\"\"` and `\"\"\"`.",
    "echo 'all is well\n",
    "echo 'all is well'\n";
    E005 "a mixed pair of quotes",
    "A text ends with the quote that belongs to the one it began with: '…', \"…\", ‘…’ or “…”.",
    "echo ‘all is well'\n",
    "echo ‘all is well’\n";
    E006 "a quote in the middle of a word",
    "A quote opens at the start of a word, or after a character that is no letter, no digit and no `}`. Put the whole word into quotes.",
    "echo it's\n",
    "echo \"it's\"\n";
    E007 "a dash from a word processor",
    "Word processors turn `-` into `–` and `--` into `—`. A flag begins with `-`.",
    "run ls –l\n",
    "run ls -l\n";
    E008 "an interpolation that is not closed",
    "`#{` begins an expression that ends with `}` on the same line. To write `#{` itself use '…', or `\\#{` inside \"…\".",
    "echo #{1 + 2\n",
    "echo #{1 + 2}\n";
    E009 "an unknown escape",
    "In \"…\" and “…” a backslash begins one of `\\n \\t \\\\ \\\" \\#{ \\u{…}`. In '…' and ‘…’ it is a backslash.",
    "echo \"a\\d\"\n",
    "echo 'a\\d'\n";
    E010 "text on the line of an opening `\"\"\"`",
    "The opening `\"\"\"` is the last thing on its line; the text begins on the next.",
    "echo \"\"\"text\"\"\"\n",
    "echo \"\"\"\n  text\n  \"\"\"\n";
    E011 "a `\"\"\"` that is not closed",
    "A text that begins with `\"\"\"` ends with `\"\"\"`.",
    "echo \"\"\"\n  text\n",
    "echo \"\"\"\n  text\n  \"\"\"\n";
    E012 "a block without its `end`",
    "`if`, `while`, `for`, `repeat`, `step`, `case`, `do`, `parallel`, `retry` and `finally` hold statements up to a line `end`.",
    "while true\n  echo again\n",
    "while true\n  echo again\nend\n";
    E013 "an `end` without a block",
    "There is no open block that this `end` could close. An `if` with `then` stands on one line and has no `end`.",
    "if true then echo yes\nend\n",
    "if true\n  echo yes\nend\n";
    E014 "an `else` without its `if`",
    "`else` belongs to an `if` block, and stands once, last in it. The `else` of an `if … then …` stands on the same line.",
    "echo a\nelse\necho b\n",
    "if true\n  echo a\nelse\n  echo b\nend\n";
    E015 "a first word that is no command",
    "A line begins with a keyword or with the name of a command: letters, digits, `_`, `-` and `.`. A program is started with `run`, a shell's text with `sh`, a command named by a value with `call`.",
    "./smoke.sh fast\n",
    "run ./smoke.sh fast\n";
    E016 "a statement where a command stands",
    "After `set NAME`, `background NAME`, `defer` and after words such as `timeout 5s` stands a command. To run a command that has the name of a statement, write `call` before it.",
    "defer goto out\n",
    "defer stop_load\n";
    E017 "a reserved word as a name",
    "The words of operators and clauses cannot be names: or and not in contains matches where true false none it then else within every for since as.",
    "set in = 1\n",
    "set inside = 1\n";
    E018 "a number that cannot be read",
    "Numbers are written 12 or 1.5, times 250us 250ms 2s 1m30s 2h 1d, sizes 500MB 64KiB, percentages 15%. A name begins with a letter.",
    "sleep #{5sec}\n",
    "sleep #{5s}\n";
    E019 "a number that is too large",
    "Whole numbers have 64 bits, so they lie between -9223372036854775808 and 9223372036854775807. Decimals have at most 28 digits. Times are kept in nanoseconds and sizes in bytes, in 64 bits.",
    "set n = 9223372036854775808\n",
    "set n = 9223372036854775807\n";
    E020 "comparisons in a chain",
    "A comparison gives true or false, so comparing its outcome again is not what it looks like. Join two comparisons with `and`.",
    "assert 1 < 2 < 3\n",
    "assert 1 < 2 and 2 < 3\n";
    E021 "an expression that cannot be read",
    "Values stand between operators: or and not == != < <= > >= in contains matches + - * / % where. Text stands in quotes.",
    "assert 1 +\n",
    "assert 1 + 1\n";
    E022 "a bracket without its partner",
    "Every `(`, `[`, `{` and `#{` closes on the line on which it opens, in the order in which they opened.",
    "assert (1 == 1\n",
    "assert (1 == 1)\n";
    E023 "`=` where `==` is meant",
    "`=` gives a variable its value, in `set NAME = …`. Two values are compared with `==`.",
    "assert 1 = 1\n",
    "assert 1 == 1\n";
    E024 "a duration or a count with an operator outside parentheses",
    "A duration or a count may be an expression; one with an operator stands in parentheses, so that it is plain where it ends.",
    "wait until true within 2s * 2\n",
    "wait until true within (2s * 2)\n";
    E025 "a default that is no literal",
    "A parameter's default gives its type, so it is written out: a number, a quantity, text in quotes, true, false, none, or a list or map of these.",
    "step order side=buy\nend\n",
    "step order side='buy'\nend\n";
    E026 "a header after a statement",
    "Lines that begin with `@` hold for the whole scenario, and stand before its first statement.",
    "echo a\n@timeout 5m\n",
    "@timeout 5m\necho a\n";
    E027 "an unknown header",
    "Lines that begin with `@` are @title @tags @covers @known @timeout @param @needs @each @on @language. A command's word that begins with `@` is written in quotes.",
    "@titel Failover\n",
    "@title Failover\n";
    E028 "something said twice",
    "What can hold only once is said once.",
    "timeout 5s timeout 6s run true\n",
    "timeout 5s run true\n";
    E029 "a language that this program does not know",
    "`@language` says which version of the language a scenario is written in. A newer `scn` knows newer ones.",
    "@language 99\n",
    "@language 1\n";
    E030 "nesting that is too deep",
    "Blocks nest up to 200 deep, and so do brackets and interpolations in an expression. Move a part into a `step`, or keep it in a variable.",
    concat!("assert (", hundred!("("), hundred!("("), "1", hundred!(")"), hundred!(")"), ")\n"),
    "assert (((1)))\n";
    E031 "an expression that is too long",
    "At most 500 operators follow one another in an expression. Keep a part of it in a variable with `set`, or use a list and a function such as `sum`.",
    concat!("assert 0", hundred!("+0"), hundred!("+0"), hundred!("+0"), hundred!("+0"), hundred!("+0"), "\n"),
    "assert 0\n";
    E032 "a block in one line",
    "After `then` and `else` stands one statement that is neither an `if` nor a block. For more write the `if` as a block: without `then`, and with `end`.",
    "if true then while true\n",
    "if true\n  while true\n    break\n  end\nend\n";
    E033 "`#{*…}` that is not alone",
    "`#{*LIST}` becomes one word for each element of the list, so it stands alone in a word of a command.",
    "echo a#{*[1, 2]}\n",
    "echo a #{*[1, 2]}\n";
    E034 "`must` where there is no `set`",
    "A step that fails ends the scenario anyway; only after `set NAME` does it go on, and `must` is for there.",
    "must run true\n",
    "set result must run true\n";
    E035 "a label with something beside it",
    "A label is a name with a colon, alone on its line.",
    "again: run true\n",
    "again:\nrun true\n";
    E036 "a date that does not exist",
    "A date is written YYYY-MM-DD and is a day of the calendar.",
    "@known BUG-7 until 2027-02-30\n",
    "@known BUG-7 until 2027-02-28\n";
    E037 "a line that goes on to nothing",
    "`\\` after a blank at the end of a line joins the next line to it, and there is none.",
    "echo a \\",
    "echo a \\\n  b\n";
    E038 "a file that is too large",
    "A scenario file has at most 4 GiB.",
    "",
    "";
    E039 "a `\\` inside a quote",
    "A quote closes on the line on which it opens, so `\\` cannot carry it on. Close the quote before it, or write a text of many lines between `\"\"\"` and `\"\"\"`.",
    "sh 'echo a \\\n  echo b'\n",
    "sh \"\"\"\n  echo a\n  echo b\n  \"\"\"\n";
}
