//! The kinds of finding of the checker, in the order of their codes: `scn help CODE`.
//!
//! To add one: a static here, and its name in [`CODES`]. A test runs every example.

use scn_grammar::{Code, Severity};

macro_rules! codes {
    ($($name:ident $code:literal $severity:ident $title:literal, $explanation:literal, $wrong:literal, $right:literal;)*) => {
        $(
            #[doc = $title]
            pub static $name: Code = Code {
                name: $code,
                severity: Severity::$severity,
                title: $title,
                explanation: $explanation,
                wrong: $wrong,
                right: $right,
            };
        )*

        /// All of them, in order.
        pub static CODES: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    UNKNOWN_NAME "E101" Error "A name that means nothing here",
        "A bare name in an expression is a variable, a `@param`, a component, or a name of the environment's `[vars]` or `[secrets]`. Text stands in quotes.",
        "assert status == PASS", "set status run true\nassert status != 'PASS'";
    NEVER_SET "E102" Error "A variable that no path sets",
        "Following the scenario along every path, loops and jumps included, nothing sets the variable before it is read here.",
        "echo #{x}\nset x = 1", "set x = 1\necho #{x}";
    UNKNOWN_COMMAND "E103" Error "A command that there is not",
        "A command is a `step` of the scenario, a command of the environment's `[commands]`, a plug-in's, or one of the standard library. Programs are never found by accident: `run PROGRAM …` starts one.",
        "ls -l", "run ls -l";
    UNKNOWN_LABEL "E104" Error "A jump to a label that there is not",
        "`goto` reaches labels of the same scenario or step: lines such as `again:`. The labels `pass`, `fail` and `end` exist unless the scenario defines them.",
        "again:\nif random() < 0.5 then goto again\ngoto agian", "again:\nif random() < 0.5 then goto again";
    JUMP "E105" Error "A jump that may not be made",
        "`goto` may leave blocks and never enters one; it never leaves a branch of a `parallel`, a `case`, a step or `finally`.",
        "goto inside\nif 1 == 1\n  inside:\n  echo hi\nend", "if 1 == 1\n  goto after\nend\nafter:";
    LABEL_TWICE "E106" Error "Two labels of one name",
        "A label names one place.",
        "again:\necho a\nagain:\ngoto again", "again:\necho a\ngoto again";
    NO_LOOP "E107" Error "`break` or `continue` outside of a loop",
        "They belong to the innermost `while`, `for` or `repeat`.",
        "break", "while true\n  break\nend";
    WORD_COUNT "E108" Error "Too few or too many words",
        "A command that declares its parameters takes a word for each that has no default, and no more than it declares.",
        "sleep", "sleep 1ms";
    WORD_TYPE "E109" Error "A word that cannot be read as its parameter's type",
        "Each word is read as the type of its parameter.",
        "sleep soon", "sleep 1ms";
    UNKNOWN_PARAMETER "E110" Error "A parameter that there is not",
        "`name=value` gives the parameter of that name. To hand over such a word as text, put it in quotes: `'a=b'`.",
        "sleep tiem=1ms", "sleep time=1ms";
    UNKNOWN_COMPONENT "E111" Error "A component that there is not",
        "Components are described by the environment, `[components.NAME]`.",
        "kill -9 MatchingEnginePrimary", "run true";
    UNKNOWN_HOST "E112" Error "A host that there is not",
        "`on` names a host of the environment's `[hosts]`, or a component, for its host.",
        "on nowhere run true", "run true";
    UNKNOWN_FUNCTION "E113" Error "A function that there is not",
        "The functions are listed by `scn help functions`.",
        "set n = lenght([1])", "set n = len([1])";
    ARGUMENT_COUNT "E114" Error "Too few or too many arguments",
        "Each function says what it takes: `scn help FUNCTION`.",
        "set n = len()", "set n = len([1])";
    KINDS "E115" Error "Kinds that cannot stand together",
        "Different kinds of quantity cannot be added, compared or ordered: a time is no size.",
        "assert 5s < 5MB", "assert 5s < 1m";
    CONDITION "E116" Error "A condition that is neither true nor false",
        "A condition must be true or false: a comparison, or something that is one.",
        "if 5 then echo hi", "if 5 > 4 then echo hi";
    REGEX "E117" Error "A regular expression that is none",
        "The syntax is that of Rust's regex crate, which is much like Perl's without look-around and back-references.",
        "assert 'a' matches '('", "assert 'a' matches '(a)'";
    DURATION "E118" Error "What should be a duration and is none",
        "A duration is a number with a unit: `250ms`, `5s`, `1m30s`, `2h`.",
        "timeout 5 run true", "timeout 5s run true";
    MODIFIER "E119" Error "A modifier that does not fit",
        "A `step` of the scenario's own is no program that runs somewhere and reads something: `on` and `input` stand before the commands in it.",
        "step greet\n  run cat\nend\ninput 'hello' greet", "step greet\n  input 'hello' run cat\nend\ngreet";
    UNKNOWN_JOB "E120" Error "A background job that there is not",
        "`await` and `cancel` take names that `background NAME …` gave (or commands that the environment runs in the background).",
        "await load", "background load run true\nawait load";
    END_IN_FINALLY "E121" Error "The scenario ended a second time",
        "`finally` runs when the scenario has ended: its verdict stands.",
        "echo a\nfinally\n  pass\nend", "echo a\nfinally\n  echo b\nend";
    FINALLY_LAST "E122" Error "`finally` that is not last",
        "`finally` stands once, last in the file, outside of every block.",
        "finally\n  echo a\nend\necho b", "echo b\nfinally\n  echo a\nend";
    NESTED_STEP "E123" Error "A `step` or `use` inside a block",
        "Steps are defined, and files used, at the top level of a file.",
        "if 1 == 1\n  step a\n    echo a\n  end\nend", "step a\n  echo a\nend\na";
    RETURN "E124" Error "`return` where there is nothing to return from",
        "`return` stands in a `step`, and not in a case or a branch of a parallel there.",
        "return 1", "step one\n  return 1\nend\nset x one";
    STEP_TWICE "E125" Error "Two steps, or two parameters, of one name",
        "A name means one thing. Steps of used files can be told apart: `use 'file.scn' as NAME`.",
        "step a\n  echo 1\nend\nstep a\n  echo 2\nend", "step a\n  echo 1\nend\nstep b\n  echo 2\nend";
    NOT_LITERAL "E126" Error "A default that is no literal",
        "A default is known before the run, and gives its parameter's type. What is no literal by its form is E025; this one is for a literal whose value cannot be kept.",
        "", "";
    USE_CIRCLE "E127" Error "Files that use each other in a circle",
        "A file uses another for its steps; those must be known first.",
        "use 'scenario.scn'", "echo a";
    USE_FILE "E128" Error "A used file that cannot be read",
        "The path of `use` is relative to the file that it stands in.",
        "use 'nowhere.scn'", "echo a";
    SETS_COMPONENT "E129" Error "A component that is set like a variable",
        "Components are the environment's: their names cannot be variables.",
        "set System = 1", "set system = 1";
    SHARED_VARIABLE "E130" Error "A variable that branches share",
        "The branches of a `parallel` run at the same time: a variable that one sets cannot be touched by another.",
        "set x = 1\nparallel\n  set x = 2\n  echo #{x}\nend", "parallel\n  set x = 2\n  set y = 3\nend\necho #{x} #{y}";
    HEADER_TWICE "E131" Error "A line at the top that stands there twice",
        "`@title`, `@timeout`, `@known`, `@each` and `@language` stand at the top once, and each `@param` has a name of its own.",
        "@known BUG-7\n@known BUG-8\necho a", "@known BUG-7\necho a";
    SCHEDULE "E132" Error "A schedule that is none",
        "A schedule is a cron line: minute, hour, day of the month, month, day of the week.",
        "@on schedule '61 * * * *'\necho a", "@on schedule '*/10 * * * *'\necho a";
    TOO_LARGE "E133" Error "An expression or a step too large",
        "An expression is evaluated in 200 places at most, lists and maps are nested 100 deep at most, and a step takes 48 parameters at most.",
        "step book p1 p2 p3 p4 p5 p6 p7 p8 p9 p10 p11 p12 p13 p14 p15 p16 p17 p18 p19 p20 p21 p22 p23 p24 p25 p26 p27 p28 p29 p30 p31 p32 p33 p34 p35 p36 p37 p38 p39 p40 p41 p42 p43 p44 p45 p46 p47 p48 p49\n  echo #{p1}\nend", "step book order\n  echo #{order.id}\nend\nset order = {id: 7, side: 'buy'}\nbook #{order}";
    AMBIGUOUS_COMMAND "E134" Error "A command that several plug-ins have",
        "Where two plug-ins of the environment have a command of the same name, it is named with its plug-in: `PLUGIN.NAME`, PLUGIN being the environment's name for it.",
        "", "";
    VALUE_KIND "E135" Error "A value of the wrong kind",
        "What stands here can never be used: a function's argument, what a loop goes through or counts to, has another kind than it takes. `scn help FUNCTION` says what each takes.",
        "set n = len(5)", "set n = len('five')";
    COUNT "E136" Error "A count that cannot be",
        "`retry` makes one attempt at least, and `repeat` cannot go a negative number of rounds.",
        "retry 0 run true", "retry 3 run true";
    TYPED "E137" Error "What has no place at a prompt",
        "At a prompt stands what a scenario's body holds: statements, `step` and `use`. What begins with `@` is known before a run begins, and `finally` ends a file.",
        "", "";
    MAYBE_UNSET "W101" Warning "A variable that some path does not set",
        "On at least one path the variable is read before anything sets it. Reached that way, it is an ERROR.",
        "set a = 1\nif a == 1 then set x = 2\necho #{x}", "set a = 1\nset x = 0\nif a == 1 then set x = 2\necho #{x}";
    UNREACHABLE "W102" Warning "Code that is never reached",
        "Nothing leads here: what stands before always goes elsewhere.",
        "echo a\nexit\necho b", "echo a\nexit";
    UNUSED_LABEL "W103" Warning "A label that nothing jumps to",
        "It does no harm; perhaps a `goto` has its name misspelt, or was taken out.",
        "again:\necho a", "echo a";
    HIDES "W104" Warning "A name that hides another",
        "A variable hides a `@param`, and that a name of the environment. The variable begins with the value that it hides. A `step` hides the command of its name that is there everywhere, and so does an alias of the environment.",
        "@param a = 1\nset a = 2\necho #{a}", "@param a = 1\nset b = 2\necho #{a} #{b}";
    NOT_UNDONE "W105" Warning "What is started and on some path never undone",
        "The scenario undoes it by itself on one path and not on another. It is still undone when the scenario ends; say so with `defer`, or undo it on every path.",
        "background load run sleep 60\nset calm = true\npause load\nif calm then resume load", "background load run sleep 60\nset calm = true\npause load\ndefer resume load\nif calm then echo calm";
    SHELL "W106" Warning "What only a shell or another language understands",
        "Words go to a command as they stand: `$ | > < ; & * ~` mean nothing, and a variable's value is `#{x}`. A shell's work is asked of the shell by name, `sh 'ps ax | grep engine'`. What is meant as it stands is put into quotes.",
        "set who = 'engine'\necho $who", "set who = 'engine'\necho #{who}";
    NO_NUMBER "W107" Warning "Text that reads as no number",
        "Beside a number, a quantity or true/false, text is read as one of those. This text cannot be, so the line is an ERROR when it is reached.",
        "set x = 'build ' + 7", "set x = \"build #{7}\"";
    TEXT_CONDITION "W108" Warning "A condition in a text",
        "All that stands after `pass`, `fail`, `skip` and `error` is their text, `if` too.",
        "set ready = true\npass if ready", "set ready = true\nif ready then pass";
    UNKNOWN_FIELD "W109" Warning "A field that nothing has",
        "A field that is not there is `none`. A result has `.exit .signal .stdout .stderr .duration .host .error .timed_out .value`; a component has its attributes, what its logs and probes report, and what every process has.",
        "set r run true\nassert r.exitcode == 0", "set r run true\nassert r.exit == 0";
    UNHEARD "W110" Warning "An event that nothing tells of",
        "No log's rule of the environment gives an event with such a message, and there is no plug-in that could: whoever waits for it waits in vain, and that it never came says nothing.",
        "", "";
}
