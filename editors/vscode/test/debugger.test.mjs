// The debugger as the library for testing debug adapters drives it: the protocol as editors speak it.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const require = createRequire(import.meta.url);
const { DebugClient } = require('@vscode/debugadapter-testsupport');
const program = process.env.SCN ?? 'scn';

const SCENARIO = `defer sh 'echo undone >> log'
set all = [1, {a: [2, 3]}]
for round in [1, 2, 3]
  greet "round #{round}"
end
assert len(all) == 3
step greet what
  echo #{what}
end
`;

/** Runs `act` with a client whose adapter works in a folder that has the scenario. */
async function session(act) {
  const folder = await mkdtemp(path.join(tmpdir(), 'scn-'));
  const file = path.join(folder, 'a.scn');
  await writeFile(file, SCENARIO);
  const client = new DebugClient(program, 'dap', 'scn', { cwd: folder });
  client.defaultTimeout = 60000;
  await client.start();
  try {
    await act(client, file);
  } finally {
    await client.stop();
  }
  return readFile(path.join(folder, 'log'), 'utf8');
}

/** Launches it with these breakpoints. */
async function launch(client, file, breakpoints, more) {
  const configured = client.waitForEvent('initialized').then(async () => {
    await client.setBreakpointsRequest({ source: { path: file }, breakpoints });
    await client.configurationDoneRequest();
  });
  await Promise.all([client.launch({ program: file, ...more }), configured]);
}

/** The variables behind a reference, by name. */
async function open(client, variablesReference, more) {
  const { body } = await client.variablesRequest({ variablesReference, ...more });
  return Object.fromEntries(body.variables.map((one) => [one.name, one]));
}

test('a breakpoint on a condition is hit, and values are opened and set', async () => {
  const log = await session(async (client, file) => {
    const stopped = client.assertStoppedLocation('breakpoint', { path: file, line: 4 });
    await launch(client, file, [{ line: 4, condition: 'round == 2' }]);
    await stopped;
    const { body: stack } = await client.stackTraceRequest({ threadId: 1 });
    const { body } = await client.scopesRequest({ frameId: stack.stackFrames[0].id });
    const variables = await open(client, body.scopes[0].variablesReference);
    assert.equal(variables.round.value, '2');
    assert.equal(variables.all.indexedVariables, 2);
    const inner = await open(client, variables.all.variablesReference, { filter: 'indexed', start: 1, count: 1 });
    assert.equal(inner[1].evaluateName, 'all[1]');
    const watched = await client.evaluateRequest({ expression: 'all[1].a[0] + round', context: 'watch', frameId: 0 });
    assert.equal(watched.body.result, '4');
    await assert.rejects(client.evaluateRequest({ expression: "sh 'echo looked >> log'", context: 'hover', frameId: 0 }));
    await Promise.all([client.stepInRequest({ threadId: 1 }), client.assertStoppedLocation('step', { path: file, line: 8 })]);
    await Promise.all([client.stepOutRequest({ threadId: 1 }), client.assertStoppedLocation('step', { path: file, line: 4 })]);
    // It does not hold: it stops there, the cause is mended, and it is tried again.
    await Promise.all([client.continueRequest({ threadId: 1 }), client.assertStoppedLocation('exception', { path: file, line: 6 })]);
    const { body: again } = await client.scopesRequest({ frameId: 0 });
    await client.setVariableRequest({ variablesReference: again.scopes[0].variablesReference, name: 'all', value: '[1, 2, 3]' });
    await Promise.all([client.evaluateRequest({ expression: ':retry', context: 'repl', frameId: 0 }), client.waitForEvent('terminated')]);
  });
  assert.equal(log, 'undone\n');
});

test('output has its line, and a restart undoes all before it begins anew', async () => {
  const log = await session(async (client, file) => {
    const said = [];
    client.on('output', ({ body }) => said.push(body));
    await client.hitBreakpoint({ program: file, stopOnFail: false }, { path: file, line: 6 }, { path: file, line: 6 });
    const round = said.find((one) => one.output === 'round 1\n');
    assert.deepEqual([round.category, round.line, round.source.path], ['stdout', 8, file]);
    await Promise.all([client.send('restart'), client.assertStoppedLocation('breakpoint', { path: file, line: 6 })]);
    assert.equal(await readFile(path.join(path.dirname(file), 'log'), 'utf8'), 'undone\n');
  });
  // A disconnect is answered when all is done.
  assert.equal(log, 'undone\nundone\n');
});

test('a message is told in place of a stop', async () => {
  await session(async (client, file) => {
    const said = [];
    client.on('output', ({ body }) => said.push(body.output));
    const ended = client.waitForEvent('terminated');
    const breakpoints = [{ line: 4, logMessage: 'round {round} of {len(range(3))}', hitCondition: '% 2' }];
    await launch(client, file, breakpoints, { stopOnFail: false });
    await ended;
    assert.deepEqual(said.filter((one) => one.includes(' of ')), ['round 2 of 3\n']);
  });
});
