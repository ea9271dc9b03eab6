// The server as the client that the extension uses talks to it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const rpc = require('vscode-jsonrpc/node');
const program = process.env.SCN ?? 'scn';

test('the server answers the library of the extension', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'scn-'));
  await mkdir(path.join(folder, 'environments'));
  await writeFile(path.join(folder, 'scn.toml'), 'environment = "local"\n');
  await writeFile(path.join(folder, 'environments/local.toml'), '[commands.start_load]\nrun = ["true"]\n');
  const server = spawn(program, ['lsp'], { cwd: folder });
  const connection = rpc.createMessageConnection(
    new rpc.StreamMessageReader(server.stdout),
    new rpc.StreamMessageWriter(server.stdin),
  );
  const found = new Promise((done) => {
    connection.onNotification('textDocument/publishDiagnostics', done);
  });
  connection.listen();
  const rootUri = pathToFileURL(folder).href;
  const answer = await connection.sendRequest('initialize', { processId: process.pid, rootUri, capabilities: {} });
  assert.ok(answer.capabilities.completionProvider);
  await connection.sendNotification('initialized', {});
  const uri = pathToFileURL(path.join(folder, 'a.scn')).href;
  const textDocument = { uri, languageId: 'scn', version: 1, text: 'start_loa\n' };
  await connection.sendNotification('textDocument/didOpen', { textDocument });
  const { diagnostics } = await found;
  assert.equal(diagnostics[0].code, 'E103');
  const params = { textDocument: { uri }, position: { line: 0, character: 9 } };
  const list = await connection.sendRequest('textDocument/completion', params);
  assert.ok(list.items.some((item) => item.label === 'start_load'));
  const lenses = await connection.sendRequest('textDocument/codeLens', { textDocument: { uri } });
  const contributed = require('../package.json').contributes.commands.map((one) => one.command);
  for (const lens of lenses) assert.ok(contributed.includes(lens.command.command), lens.command.command);
  await connection.sendRequest('shutdown');
  await connection.sendNotification('exit');
  const status = await new Promise((done) => server.on('close', done));
  assert.equal(status, 0);
});
