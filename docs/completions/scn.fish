# Completion of scn, for fish.

function __scn_at
    set -l at scn
    set -l words (commandline -opc)
    for word in $words[2..-1]
        switch "$at $word"
            case 'scn run' 'scn check' 'scn plan' 'scn report' 'scn fmt' 'scn env' 'scn plugin' 'scn completions' 'scn help' 'scn env list' 'scn env show' 'scn env diff' 'scn env schema' 'scn plugin list' 'scn plugin new' 'scn plugin check'
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end

function __scn_environments
    set -l words (commandline -opc)
    $words[1] env list 2>/dev/null | string replace -r '^..(\S*).*' '$1'
end

complete -c scn -f
complete -c scn -n '__scn_at "scn"' -a run -d 'Run scenarios, one after the other'
complete -c scn -n '__scn_at "scn"' -a check -d 'Find what is wrong in scenarios, touching nothing'
complete -c scn -n '__scn_at "scn"' -a plan -d 'Print what each step would do, and where; touching nothing'
complete -c scn -n '__scn_at "scn"' -a report -d 'Render the record of runs: for a person, a browser, or another program'
complete -c scn -n '__scn_at "scn"' -a fmt -d 'Write scenarios in the one style'
complete -c scn -n '__scn_at "scn"' -a env -d 'List, show and compare environments'
complete -c scn -n '__scn_at "scn"' -a plugin -d 'List and check plug-ins'
complete -c scn -n '__scn_at "scn"' -a completions -d 'Print what makes a shell complete the words of `scn`'
complete -c scn -n '__scn_at "scn"' -a help -d 'Explain a finding\'s code, a statement, a command, a function or a verb'
complete -c scn -n '__scn_at "scn"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn"' -l version -s V -d 'Print version'
complete -c scn -n '__scn_at "scn run"' -l env -x -a '(__scn_environments)' -d 'The environment: a name, or a file'
complete -c scn -n '__scn_at "scn run"' -l set -x -d 'Set a `@param`, or a name of the environment\'s [vars]; of one name, the last counts'
complete -c scn -n '__scn_at "scn run"' -l tags -x -d 'Only scenarios with such `@tags`: `smoke and not slow`'
complete -c scn -n '__scn_at "scn run"' -l runs -x -a '(__fish_complete_directories (commandline -ct))' -d 'Where records are kept; `.scn/runs` in the project\'s root unless given'
complete -c scn -n '__scn_at "scn run"' -l report -x -d 'Write a report as the run ends, and however it ends; FORMAT is console, junit, tap, json or ctrf'
complete -c scn -n '__scn_at "scn run"' -l sync -x -a 'step owed none' -d 'What is to survive the machine\'s death: every step, what is owed, or nothing'
complete -c scn -n '__scn_at "scn run"' -l seed -x -d 'Make `random` and `uuid` give the same again'
complete -c scn -n '__scn_at "scn run"' -l json -d 'Put the journal\'s lines on standard output, in place of what the scenario says'
complete -c scn -n '__scn_at "scn run"' -l quiet -s q -d 'Show the verdict alone'
complete -c scn -n '__scn_at "scn run"' -l verbose -s v -d 'Show every step\'s output as it comes'
complete -c scn -n '__scn_at "scn run"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn run"' -a '(__fish_complete_suffix .scn)'
complete -c scn -n '__scn_at "scn check"' -l env -x -a '(__scn_environments)' -d 'The environment: a name, or a file'
complete -c scn -n '__scn_at "scn check"' -l all-envs -d 'Against every environment that there is'
complete -c scn -n '__scn_at "scn check"' -l json -d 'Print findings as JSON, one a line, on standard output'
complete -c scn -n '__scn_at "scn check"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn check"' -a '(__fish_complete_suffix .scn)'
complete -c scn -n '__scn_at "scn plan"' -l env -x -a '(__scn_environments)' -d 'The environment: a name, or a file'
complete -c scn -n '__scn_at "scn plan"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn plan"' -a '(__fish_complete_suffix .scn)'
complete -c scn -n '__scn_at "scn report"' -l format -s f -x -a 'console junit tap json ctrf' -d 'The format; that of OUTPUT\'s ending unless given, else console'
complete -c scn -n '__scn_at "scn report"' -l output -s o -x -d 'Where it goes; `-`, or nothing, is standard output'
complete -c scn -n '__scn_at "scn report"' -l runs -x -a '(__fish_complete_directories (commandline -ct))' -d 'Where records are kept; `.scn/runs` in the project\'s root unless given'
complete -c scn -n '__scn_at "scn report"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn report"' -a '(__fish_complete_path (commandline -ct))'
complete -c scn -n '__scn_at "scn fmt"' -l check -d 'Change nothing; say which files are not in the style'
complete -c scn -n '__scn_at "scn fmt"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn fmt"' -a '(__fish_complete_suffix .scn)'
complete -c scn -n '__scn_at "scn env"' -a list -d 'List the environments that there are, the default one marked with `*`'
complete -c scn -n '__scn_at "scn env"' -a show -d 'Print an environment as one file, with what it extends put in'
complete -c scn -n '__scn_at "scn env"' -a diff -d 'Print what two environments do not have in common; the exit status is 1 if there is any'
complete -c scn -n '__scn_at "scn env"' -a schema -d 'Print the JSON Schema of environments, for editors'
complete -c scn -n '__scn_at "scn env"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn env list"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn env show"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn env show"' -a '(__scn_environments)'
complete -c scn -n '__scn_at "scn env diff"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn env diff"' -a '(__scn_environments)'
complete -c scn -n '__scn_at "scn env schema"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn plugin"' -a list -d 'List the plug-ins of an environment, with their versions and commands'
complete -c scn -n '__scn_at "scn plugin"' -a new -d 'Make a project for a plug-in, which builds, tests and runs at once'
complete -c scn -n '__scn_at "scn plugin"' -a check -d 'Check that a plug-in keeps to the protocol; the exit status is 1 if it does not'
complete -c scn -n '__scn_at "scn plugin"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn plugin list"' -l env -x -a '(__scn_environments)' -d 'The environment: a name, or a file; the default one unless given'
complete -c scn -n '__scn_at "scn plugin list"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn plugin new"' -l lang -x -a 'rust c python' -d 'What it is to be written in'
complete -c scn -n '__scn_at "scn plugin new"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn plugin new"' -a '(__fish_complete_path (commandline -ct))'
complete -c scn -n '__scn_at "scn plugin check"' -l config -x -d 'Its configuration, as the environment would give it: JSON'
complete -c scn -n '__scn_at "scn plugin check"' -l examples -d 'Run its examples too, for which its commands are called'
complete -c scn -n '__scn_at "scn plugin check"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn plugin check"' -a '(__fish_complete_path (commandline -ct))'
complete -c scn -n '__scn_at "scn completions"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn completions"' -a 'bash zsh fish'
complete -c scn -n '__scn_at "scn help"' -l env -x -a '(__scn_environments)' -d 'Explain a command of this environment, too; of the default one unless given'
complete -c scn -n '__scn_at "scn help"' -l man -d 'Print the man page of `scn`, or of the verb that is the topic: for `man -l -`, or to be kept as scn.1 or scn-VERB.1 in a folder of MANPATH'
complete -c scn -n '__scn_at "scn help"' -l help -s h -d 'Print help (see more with \'--help\')'
complete -c scn -n '__scn_at "scn help"' -a 'echo sleep run sh start stop restart kill pause resume http tcp read write copy remove mkdir digest diff attach log set if else end while for repeat break continue goto step return use case do parallel background await cancel wait hold always never eventually defer mark require assert check pass fail skip error exit finally call on timeout input retry not soft try must @title @tags @covers @known @timeout @param @needs @each @on @language len upper lower trim lines split join replace match int decimal text json csv keys values pairs range first last min max sum avg sort abs round percentile now random uuid env file exists free_port E001 E002 E003 E004 E005 E006 E007 E008 E009 E010 E011 E012 E013 E014 E015 E016 E017 E018 E019 E020 E021 E022 E023 E024 E025 E026 E027 E028 E029 E030 E031 E032 E033 E034 E035 E036 E037 E038 E039 E101 E102 E103 E104 E105 E106 E107 E108 E109 E110 E111 E112 E113 E114 E115 E116 E117 E118 E119 E120 E121 E122 E123 E124 E125 E126 E127 E128 E129 E130 E131 E132 E133 E134 E135 E136 W101 W102 W103 W104 W105 E301 E302 E303 E304 E305 E306 E307 E308 E309 E310 E311 E312 E313 E314 E315 E316 E317 E318 E319 E320 E321 E322 E323 E324 E325 E326 E327 W301 W302 W303 W304 E350 W350 W351 plan report fmt plugin completions help'
