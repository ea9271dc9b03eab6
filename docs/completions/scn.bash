# Completion of scn, for bash.

_scn_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_scn_paths() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$@" -- "$cur"; compgen -d -- "$cur")
}

_scn_environments() {
    local names
    names=$("${COMP_WORDS[0]}" env list 2>/dev/null | sed 's/^..\([^ ]*\).*/\1/')
    _scn_words "$names"
    if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
        _scn_paths -f -X '!*.toml'
    fi
}

_scn() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} at=scn word
    # bash cuts --env=local in three.
    if [[ $cur == "=" ]]; then
        cur=
    elif [[ $prev == "=" ]]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for word in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
        case "$at $word" in
        'scn run' | 'scn check' | 'scn plan' | 'scn report' | 'scn fmt' | 'scn resume' | 'scn cleanup' | 'scn replay' | 'scn repl' | 'scn runs' | 'scn env' | 'scn init' | 'scn doctor' | 'scn plugin' | 'scn lsp' | 'scn dap' | 'scn completions' | 'scn help' | 'scn runs list' | 'scn runs prune' | 'scn env list' | 'scn env show' | 'scn env diff' | 'scn env schema' | 'scn plugin list' | 'scn plugin new' | 'scn plugin check') at="$at $word" ;;
        esac
    done
    COMPREPLY=()
    case "$at $prev" in
        'scn run --env') _scn_environments; return ;;
        'scn run --set') :; return ;;
        'scn run --tags') :; return ;;
        'scn run --runs') _scn_paths -d; return ;;
        'scn run --report') :; return ;;
        'scn run --sync') _scn_words 'step owed none'; return ;;
        'scn run --seed') :; return ;;
        'scn run --break') :; return ;;
        'scn run --on-fail') _scn_words 'repl'; return ;;
        'scn check --env') _scn_environments; return ;;
        'scn plan --env') _scn_environments; return ;;
        'scn report --format' | 'scn report -f') _scn_words 'console html junit tap json ctrf allure otlp'; return ;;
        'scn report --output' | 'scn report -o') :; return ;;
        'scn report --runs') _scn_paths -d; return ;;
        'scn resume --runs') _scn_paths -d; return ;;
        'scn resume --set') :; return ;;
        'scn resume --assume') _scn_words 'done not-done ask'; return ;;
        'scn cleanup --runs') _scn_paths -d; return ;;
        'scn cleanup --set') :; return ;;
        'scn replay --runs') _scn_paths -d; return ;;
        'scn repl --env') _scn_environments; return ;;
        'scn repl --set') :; return ;;
        'scn repl --runs') _scn_paths -d; return ;;
        'scn repl --seed') :; return ;;
        'scn runs list --runs') _scn_paths -d; return ;;
        'scn runs prune --runs') _scn_paths -d; return ;;
        'scn runs prune --keep') :; return ;;
        'scn runs prune --older-than') :; return ;;
        'scn runs prune --larger-than') :; return ;;
        'scn doctor --env') _scn_environments; return ;;
        'scn plugin list --env') _scn_environments; return ;;
        'scn plugin new --lang') _scn_words 'rust c python'; return ;;
        'scn plugin check --config') :; return ;;
        'scn plugin check --env') _scn_environments; return ;;
        'scn help --env') _scn_environments; return ;;
    esac
    if [[ $cur == -* ]]; then
        case $at in
            'scn') _scn_words '--help -h --version -V' ;;
            'scn run') _scn_words '--env --set --tags --runs --report --sync --seed --break --on-fail --step --json --quiet -q --verbose -v --help -h' ;;
            'scn check') _scn_words '--env --all-envs --json --help -h' ;;
            'scn plan') _scn_words '--env --help -h' ;;
            'scn report') _scn_words '--format -f --output -o --runs --help -h' ;;
            'scn fmt') _scn_words '--check --help -h' ;;
            'scn resume') _scn_words '--runs --set --assume --json --quiet -q --verbose -v --help -h' ;;
            'scn cleanup') _scn_words '--runs --set --json --quiet -q --verbose -v --help -h' ;;
            'scn replay') _scn_words '--runs --json --quiet -q --verbose -v --help -h' ;;
            'scn repl') _scn_words '--env --set --runs --seed --quiet -q --verbose -v --help -h' ;;
            'scn runs') _scn_words '--help -h' ;;
            'scn runs list') _scn_words '--runs --json --help -h' ;;
            'scn runs prune') _scn_words '--runs --keep --older-than --larger-than --dry-run --help -h' ;;
            'scn env') _scn_words '--help -h' ;;
            'scn env list') _scn_words '--help -h' ;;
            'scn env show') _scn_words '--help -h' ;;
            'scn env diff') _scn_words '--help -h' ;;
            'scn env schema') _scn_words '--help -h' ;;
            'scn init') _scn_words '--help -h' ;;
            'scn doctor') _scn_words '--env --help -h' ;;
            'scn plugin') _scn_words '--help -h' ;;
            'scn plugin list') _scn_words '--env --help -h' ;;
            'scn plugin new') _scn_words '--lang --help -h' ;;
            'scn plugin check') _scn_words '--config --env --examples --help -h' ;;
            'scn lsp') _scn_words '--help -h' ;;
            'scn dap') _scn_words '--help -h' ;;
            'scn completions') _scn_words '--help -h' ;;
            'scn help') _scn_words '--env --man --help -h' ;;
        esac
        return
    fi
    case $at in
        'scn') _scn_words 'run check plan report fmt resume cleanup replay repl runs env init doctor plugin lsp dap completions help' ;;
        'scn run') _scn_paths -f -X '!*.scn' ;;
        'scn check') _scn_paths -f -X '!*.scn' ;;
        'scn plan') _scn_paths -f -X '!*.scn' ;;
        'scn report') _scn_paths -f ;;
        'scn fmt') _scn_paths -f -X '!*.scn' ;;
        'scn resume') _scn_paths -f ;;
        'scn cleanup') _scn_paths -f ;;
        'scn replay') _scn_paths -f ;;
        'scn repl') : ;;
        'scn runs') _scn_words 'list prune' ;;
        'scn runs list') : ;;
        'scn runs prune') : ;;
        'scn env') _scn_words 'list show diff schema' ;;
        'scn env list') : ;;
        'scn env show') _scn_environments ;;
        'scn env diff') _scn_environments ;;
        'scn env schema') : ;;
        'scn init') _scn_paths -f ;;
        'scn doctor') : ;;
        'scn plugin') _scn_words 'list new check' ;;
        'scn plugin list') : ;;
        'scn plugin new') _scn_paths -f ;;
        'scn plugin check') _scn_paths -f ;;
        'scn lsp') : ;;
        'scn dap') : ;;
        'scn completions') _scn_words 'bash zsh fish' ;;
        'scn help') _scn_words 'echo sleep run sh start stop restart kill pause resume http tcp read write copy remove mkdir digest diff attach log set if else end while for repeat break continue goto step return use case do parallel background await cancel wait hold always never eventually defer mark require assert check pass fail skip error exit finally call on timeout input retry not soft try must @title @tags @covers @known @timeout @param @needs @each @on @language len upper lower trim lines split join replace match int decimal text json csv keys values pairs range first last min max sum avg sort abs round percentile now random uuid env file exists free_port E001 E002 E003 E004 E005 E006 E007 E008 E009 E010 E011 E012 E013 E014 E015 E016 E017 E018 E019 E020 E021 E022 E023 E024 E025 E026 E027 E028 E029 E030 E031 E032 E033 E034 E035 E036 E037 E038 E039 E101 E102 E103 E104 E105 E106 E107 E108 E109 E110 E111 E112 E113 E114 E115 E116 E117 E118 E119 E120 E121 E122 E123 E124 E125 E126 E127 E128 E129 E130 E131 E132 E133 E134 E135 E136 E137 W101 W102 W103 W104 W105 W106 W107 W108 W109 W110 E301 E302 E303 E304 E305 E306 E307 E308 E309 E310 E311 E312 E313 E314 E315 E316 E317 E318 E319 E320 E321 E322 E323 E324 E325 E326 E327 E328 W301 W302 W303 W304 E350 W351 W352 W353 W354 plan report fmt cleanup replay repl runs init doctor plugin lsp dap completions help words interpolation names quantities expressions lookup results modifiers variables blocks jumps steps cases jobs waiting components watches undo verdict ending headers checking agent attrs calendar command commands config container cwd each event every extends fields holidays host hosts instructions isolate keep life limits memory output params parse path pidfile plugins port probe process processes program ready regex restarts result secrets setup signal ssh step_output unit user vars within zone' ;;
    esac
}

complete -F _scn scn
