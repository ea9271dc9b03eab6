/**
 * Scenarios of scn, for editors that colour by tree-sitter.
 *
 * It knows lines, words, texts and expressions as far as colours need them: a file is a list of lines, and
 * what opens a block is a line like any other. What is wrong is said by the language server.
 */

/* eslint-disable no-undef */

// What no word begins with: blanks, quotes, `#`.
const PLAIN = /[^\s\u00a0\u202f\u2007'"‘“#]+/;
const NAME = /[\p{L}\p{N}_]+/;
const LONG_NAME = /[\p{L}\p{N}_]+[.-][\p{L}\p{N}_.-]*/;

const HEADERS = [
  '@title', '@tags', '@covers', '@known', '@timeout', '@param', '@needs', '@each', '@on', '@language',
];

/** `all` one after the other, each with `sign` before it but the first. */
const listed = (sign, one) => seq(one, repeat(seq(sign, one)));

/** What goes on with a word: nothing blank stands before it. */
const goes_on = (pattern) => token.immediate(prec(3, pattern));

module.exports = grammar({
  name: 'scn',

  extras: ($) => [/[ \t\r\u00a0\u202f\u2007\ufeff]/, $.continuation, $.comment],

  rules: {
    source_file: ($) => seq(repeat(seq(optional($._line), /\n/)), optional($._line)),

    // A blank stands before it: within a word, a `\` is itself.
    continuation: () => token(prec(5, /\\[ \t]*\r?\n/)),
    comment: () => token(/#([^{\n][^\n]*)?/),

    _line: ($) => choice($.header, $.label, $._statement, $.else_line, $.step_definition),

    // ── Headers ──────────────────────────────────────────────────────────────

    header: ($) =>
      choice(
        seq(field('name', alias('@timeout', $.header_name)), $._operand),
        seq(field('name', alias('@param', $.header_name)), $.parameter),
        seq(field('name', alias('@each', $.header_name)), $._loop),
        seq(
          field(
            'name',
            alias(
              choice(...HEADERS.filter((name) => !['@timeout', '@param', '@each'].includes(name))),
              $.header_name,
            ),
          ),
          repeat($.word),
        ),
      ),

    // ── Statements ───────────────────────────────────────────────────────────

    label: () => token(/[\p{L}\p{N}_]+:/),

    _statement: ($) => choice($._branch, $.if_statement),

    // What may stand after `then`.
    _branch: ($) =>
      choice(
        $.set_statement,
        $.loop_statement,
        $.plain_statement,
        $.value_statement,
        $.text_statement,
        $.goto_statement,
        $.use_statement,
        $.background_statement,
        $.defer_statement,
        $.mark_statement,
        $.wait_statement,
        $.watch_statement,
        $.step,
      ),

    set_statement: ($) =>
      seq('set', field('name', $.name), choice(seq('=', $._expression), $.step)),

    if_statement: ($) =>
      seq(
        'if',
        $._expression,
        optional(seq('then', $._branch, optional(seq('else', $._branch)))),
      ),
    else_line: ($) => seq('else', optional(seq('if', $._expression))),

    loop_statement: ($) =>
      choice(seq('while', $._expression), seq('for', $._loop), seq('repeat', $._expression)),
    _loop: ($) => seq(listed(',', field('name', $.name)), 'in', $._expression),

    plain_statement: () => choice('end', 'break', 'continue', 'do', 'parallel', 'finally'),

    value_statement: ($) =>
      seq(choice('return', 'exit', 'require', 'assert', 'check'), optional($._expression)),

    text_statement: ($) =>
      seq(choice('case', 'pass', 'fail', 'skip', 'error'), repeat($.word)),

    goto_statement: ($) => seq('goto', field('label', $.name)),

    step_definition: ($) => seq('step', field('name', $._long_name), repeat($.parameter)),
    parameter: ($) => seq(field('name', $.name), optional(seq('=', $._operand))),

    use_statement: ($) =>
      seq('use', field('file', $.word), optional(seq('as', field('name', $.name)))),

    background_statement: ($) => seq('background', field('name', $._long_name), $.step),
    defer_statement: ($) => seq('defer', $.step),
    mark_statement: ($) => seq('mark', field('name', $.name)),

    wait_statement: ($) =>
      seq('wait', choice(seq('until', $._condition), seq('event', $._event))),
    watch_statement: ($) =>
      choice(
        seq(choice('hold', 'always', 'never', 'eventually'), $._condition),
        seq('never', 'event', $._event),
      ),
    _condition: ($) => seq($._expression, repeat($._clause)),
    _clause: ($) => seq(choice('for', 'within', 'every'), $._operand),
    _event: ($) =>
      seq(
        listed('or', $._pattern),
        repeat(
          choice(
            seq('from', $.word),
            seq('where', $._expression),
            seq('since', $._expression),
            seq('within', $._operand),
            seq('as', field('name', $.name)),
          ),
        ),
      ),
    _pattern: ($) => choice($.regex, $.word),
    regex: () => token(prec(4, /\/(\\[^\n]|[^\/\\\n])+\//)),

    // ── Commands ─────────────────────────────────────────────────────────────

    // With a modifier alone it is a block: `retry within 5s`.
    step: ($) =>
      choice(
        seq(repeat1($.modifier), optional($._command)),
        $._command,
      ),
    _command: ($) =>
      choice(
        seq('call', $.word, repeat($.word)),
        seq(choice('await', 'cancel'), repeat1(field('name', $._long_name))),
        seq(field('command', $.command), repeat($.word)),
      ),
    command: ($) => $._long_name,
    modifier: ($) =>
      choice(
        seq('on', field('host', $.word)),
        seq('timeout', $._operand),
        seq('input', $.word),
        prec.right(
          seq(
            'retry',
            choice(seq('within', $._operand), $._operand),
            optional(seq('every', $._operand)),
          ),
        ),
        'not',
        'soft',
        'try',
        'must',
      ),

    // ── Words and texts ──────────────────────────────────────────────────────

    word: ($) =>
      seq(
        choice($.named, $.plain, $._text, $.interpolation),
        repeat(
          choice(
            alias($._more, $.plain),
            alias($._hash, $.plain),
            alias($._more_single, $.single_quoted),
            alias($._more_double, $.double_quoted),
            alias($._more_curly, $.double_quoted),
            alias($._more_block, $.block_text),
            alias($._more_interpolation, $.interpolation),
          ),
        ),
      ),

    // `name=…`
    named: () => token(prec(2, /[\p{L}_][\p{L}\p{N}_]*=/)),
    plain: () => PLAIN,
    _more: () => goes_on(PLAIN),
    _hash: () => token.immediate(prec(2, '#')),

    _text: ($) => choice($.single_quoted, $.double_quoted, $.block_text),
    single_quoted: () => token(choice(/'[^'\n]*'/, /‘([^’‘\n]|\p{L}’\p{L})*’/)),
    _more_single: () => goes_on(choice(/'[^'\n]*'/, /‘([^’‘\n]|\p{L}’\p{L})*’/)),

    double_quoted: ($) =>
      choice(seq('"', $._double), seq('“', $._curly)),
    _more_double: ($) => seq(goes_on('"'), $._double),
    _more_curly: ($) => seq(goes_on('“'), $._curly),
    _double: ($) =>
      seq(
        repeat(choice(token.immediate(prec(1, /[^"\\#\n]+/)), $._within_text)),
        token.immediate(prec(2, '"')),
      ),
    _curly: ($) =>
      seq(
        repeat(choice(token.immediate(prec(1, /[^”“\\#\n]+/)), $._within_text)),
        token.immediate(prec(2, '”')),
      ),
    block_text: ($) => seq(token(prec(4, '"""')), $._block),
    _more_block: ($) => seq(token.immediate(prec(4, '"""')), $._block),
    _block: ($) =>
      seq(
        repeat(
          choice(
            token.immediate(prec(1, /[^"\\#]+/)),
            token.immediate(prec(1, /""?/)),
            $._within_text,
          ),
        ),
        token.immediate(prec(4, '"""')),
      ),
    _within_text: ($) =>
      choice(
        $.escape,
        alias($._more_interpolation, $.interpolation),
        token.immediate(prec(1, '#')),
      ),
    escape: () => token.immediate(prec(1, /\\(u\{[^}\n]*\}|#\{|\r?\n|[^\n])/)),

    interpolation: ($) => seq(token(prec(4, '#{')), $._inner),
    _more_interpolation: ($) => seq(token.immediate(prec(4, '#{')), $._inner),
    _inner: ($) => seq(optional($._expression), '}'),

    // ── Expressions ──────────────────────────────────────────────────────────

    _expression: ($) => prec.right(repeat1($._item)),

    _item: ($) => choice($._atom, $.member, $.operator, $._sign),
    _atom: ($) =>
      choice(
        $.name,
        $.number,
        $.constant,
        $.call,
        $.group,
        $.list,
        $.map,
        $._text,
        $.interpolation,
      ),

    // A value without an operator.
    _operand: ($) =>
      prec.right(seq(optional('-'), $._atom, repeat(choice($.member, alias($._index, $.list))))),
    _index: ($) => seq(token.immediate(prec(1, '[')), optional($._expression), ']'),

    call: ($) =>
      seq(field('function', $.name), token.immediate(prec(1, '(')), optional($._expression), ')'),
    member: ($) => seq(token.immediate(prec(1, '.')), field('name', $.name)),
    group: ($) => seq('(', optional($._expression), ')'),
    list: ($) => seq('[', optional($._expression), ']'),
    map: ($) => seq('{', optional($._expression), '}'),

    operator: () =>
      choice('and', 'or', 'not', 'in', 'contains', 'matches', 'where', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%'),
    _sign: () => choice(',', ':', '='),
    constant: () => choice('true', 'false', 'none', 'it'),

    number: () => token(prec(1, /\d+(\.\d+)?([a-zA-Zµ]+\d*)*%?/)),
    name: () => NAME,
    _long_name: ($) => choice($.name, alias($._dotted, $.name)),
    _dotted: () => LONG_NAME,
  },
});
