// The grammar that editors share, on the scenario that it all began with.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const require = createRequire(import.meta.url);
const textmate = require('vscode-textmate');
const oniguruma = require('vscode-oniguruma');

async function colours(text) {
  const wasm = await readFile(require.resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const source = await readFile(new URL('../../scn.tmLanguage.json', import.meta.url), 'utf8');
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (string) => new oniguruma.OnigString(string),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(source, 'scn.tmLanguage.json'),
  });
  const grammar = await registry.loadGrammar('source.scn');
  let state = textmate.INITIAL;
  return text.split('\n').map((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    const shown = (token) => [line.slice(token.startIndex, token.endIndex).trim(), token.scopes.at(-1).replace(/\.scn$/, '')];
    return tokens.map(shown).filter(([words]) => words);
  });
}

const COMMAND = 'entity.name.function.command';
const KEYWORD = 'keyword.control';
const MODIFIER = 'storage.modifier';

test('the scenario that started it', async () => {
  const lines = await colours(`start_load
kill -9 MatchingEnginePrimary
set smoke_status exec_smoke
if ‘PASS’ == #{smoke_status} then goto pass
echo FAIL
stop_load
exit`);
  assert.deepEqual(lines, [
    [['start_load', COMMAND]],
    [['kill', COMMAND], ['-9', 'constant.other.option'], ['MatchingEnginePrimary', 'source.scn'.replace(/\.scn$/, '')]],
    [['set', KEYWORD], ['smoke_status', 'variable.other'], ['exec_smoke', COMMAND]],
    [
      ['if', KEYWORD], ['‘PASS’', 'string.quoted.single'], ['==', 'keyword.operator'],
      ['#{', 'punctuation.section.interpolation.begin'], ['smoke_status', 'variable.other'],
      ['}', 'punctuation.section.interpolation.end'], ['then', KEYWORD], ['goto', KEYWORD], ['pass', 'entity.name.label'],
    ],
    [['echo', COMMAND], ['FAIL', 'source']],
    [['stop_load', COMMAND]],
    [['exit', KEYWORD]],
  ]);
});

test('modifiers, branches on one line, and texts of many lines', async () => {
  const lines = await colours(`set s must timeout (t * 2) on matching order side=buy # note
if x > 5m then echo it's so else fail not if
echo """
  if #{x} then
  """ more
never event /a b/ from System`);
  const has = (line, words, scope) => {
    const found = lines[line].find(([shown]) => shown === words);
    assert.equal(found?.[1], scope, `${line} ${words}: ${JSON.stringify(lines[line])}`);
  };
  has(0, 'must', MODIFIER);
  has(0, 'timeout', MODIFIER);
  has(0, 'matching', 'entity.name.type');
  has(0, 'order', COMMAND);
  has(0, 'side', 'variable.parameter');
  has(0, '# note', 'comment.line.number-sign');
  has(1, '5m', 'constant.numeric');
  has(1, 'then', KEYWORD);
  has(1, 'echo', COMMAND);
  has(1, 'else', KEYWORD);
  has(1, 'fail', KEYWORD);
  has(3, 'x', 'variable.other');
  has(3, 'if', 'string.quoted.triple');
  has(5, 'event', KEYWORD);
  has(5, '/a b/', 'string.regexp');
});
