// The extension itself, in an editor of which only what it asks for is there.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import Module from 'node:module';
import { test } from 'node:test';

const require = createRequire(import.meta.url);
const { words } = require('../lib/command');
const { Follow, cases, title } = require('../lib/record');
const manifest = require('../package.json');

test('command lines are words, and no name of a file is an option', () => {
  assert.deepEqual(words('run', 'a b.scn', { env: 'local', set: { rate: 5 }, more: ['--json'] }), [
    'run', '--env', 'local', '--set', 'rate=5', '--json', 'a b.scn',
  ]);
  assert.deepEqual(words('fmt', '-x.scn', { env: 'local' }), ['fmt', './-x.scn']);
});

test('cases are found where they begin', () => {
  const text = '@title One  two\ncase first # note\nend\necho """\ncase no\n"""\n  case second #{x}\nend\n';
  assert.deepEqual(cases(text), [{ title: 'first', line: 1 }, { title: 'second #{x}', line: 6 }]);
  assert.equal(title(text), 'One  two');
});

test('a record tells what became of a test, however it is cut', () => {
  const record = [
    { event: 'step_started', line: 2, command: ['echo', 'a'] },
    { event: 'said', text: 'a' },
    { event: 'case_finished', line: 1, verdict: 'FAIL', reason: 'no' },
    { event: 'verdict', verdict: 'FAIL', reason: 'a case failed', line: 1 },
    { event: 'run_finished', verdict: 'FAIL', duration_us: 1500 },
  ].map((event) => `${JSON.stringify(event)}\n`).join('');
  for (const size of [1, 7, 1000]) {
    const told = [];
    const follow = new Follow((one) => told.push(one));
    for (let at = 0; at < record.length; at += size) follow.feed(record.slice(at, at + size));
    assert.deepEqual(told, [
      { kind: 'step', line: 2, text: 'echo a' },
      { kind: 'output', text: 'a' },
      { kind: 'case', line: 1, verdict: 'FAIL', reason: 'no' },
      { kind: 'run', verdict: 'FAIL', reason: 'a case failed', line: 1, duration: 1.5 },
    ]);
  }
});

/** Whatever is asked of it is there, and remembers what was registered. */
function editor(registered) {
  const any = (name) =>
    new Proxy(function () {}, {
      get: (_, key) => {
        if (key === 'then') return undefined;
        if (key === Symbol.toPrimitive) return () => name;
        if (key === 'isTrusted') return true;
        if (key === Symbol.iterator) return undefined;
        if (key === 'textDocuments' || key === 'workspaceFolders') return [];
        return any(`${name}.${String(key)}`);
      },
      apply: (_, __, args) => {
        registered.push([name, ...args]);
        return any(`${name}()`);
      },
      construct: () => ({ name }),
    });
  return any('vscode');
}

test('all that the manifest promises is registered', async () => {
  const registered = [];
  const load = Module._load;
  Module._load = function (name, ...rest) {
    if (name === 'vscode') return editor(registered);
    if (name === 'vscode-languageclient/node') {
      const LanguageClient = class {
        constructor(...args) {
          registered.push(['client', ...args]);
        }
        #running = false;
        async start() {
          if (registered.filter(([name]) => name === 'client').length === 1) throw 'not there';
          this.#running = true;
        }
        isRunning() {
          return this.#running;
        }
        async stop() {
          if (!this.#running) throw new Error('it does not run');
          registered.push(['stopped']);
        }
      };
      return { LanguageClient };
    }
    return load.call(this, name, ...rest);
  };
  try {
    const extension = require('../extension.js');
    await extension.activate({ subscriptions: [] });
    // The first time the program is not there: then it is set, and the server is started again.
    const restart = registered.find(([name, command]) => name === 'vscode.commands.registerCommand' && command === 'scn.restart');
    await restart[2]();
    await extension.deactivate();
    assert.equal(registered.filter(([name]) => name === 'stopped').length, 1);
  } finally {
    Module._load = load;
  }
  const commands = registered.filter(([name]) => name === 'vscode.commands.registerCommand').map(([, command]) => command);
  assert.deepEqual(commands.sort(), manifest.contributes.commands.map((one) => one.command).sort());
  const of = (name) => registered.find(([known]) => known === name)?.[1];
  assert.equal(of('vscode.debug.registerDebugAdapterDescriptorFactory'), manifest.contributes.debuggers[0].type);
  assert.equal(of('vscode.tasks.registerTaskProvider'), manifest.contributes.taskDefinitions[0].type);
  assert.equal(of('vscode.tests.createTestController'), 'scn');
  const client = registered.find(([name]) => name === 'client');
  // With a transport the library would add an option, which was never asked for.
  assert.deepEqual(client[3].run.args, ['lsp']);
  assert.ok(!('transport' in client[3].run));
});
