// Scenarios and their cases in the test explorer.
const { spawn } = require('node:child_process');
const path = require('node:path');
const vscode = require('vscode');
const { words } = require('./command');
const { Follow, cases, title } = require('./record');

const MOST = 5000;
const EXCLUDE = '**/{target,node_modules,.*}/**';

/** Begins to offer tests; gives what ends that. */
function begin(settings) {
  const controller = vscode.tests.createTestController('scn', 'Scenarios');
  const watcher = vscode.workspace.createFileSystemWatcher('**/*.scn');
  const files = new Map();

  const read = async (uri) => {
    const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
    const text = open ? open.getText() : Buffer.from(await vscode.workspace.fs.readFile(uri)).toString('utf8');
    fill(uri, text);
  };
  const fill = (uri, text) => {
    const id = uri.toString();
    const name = vscode.workspace.asRelativePath(uri);
    const item = files.get(id) ?? controller.createTestItem(id, name, uri);
    item.description = title(text);
    item.children.replace(
      cases(text).map(({ title, line }) => {
        const child = controller.createTestItem(`${id}#${line}`, title, uri);
        child.range = new vscode.Range(line, 0, line, 0);
        return child;
      }),
    );
    item.range = new vscode.Range(0, 0, 0, 0);
    files.set(id, item);
    controller.items.add(item);
  };
  const gone = (uri) => {
    files.delete(uri.toString());
    controller.items.delete(uri.toString());
  };
  const all = async () => {
    const found = await vscode.workspace.findFiles('**/*.scn', EXCLUDE, MOST);
    await Promise.all(found.map((uri) => read(uri).catch(() => gone(uri))));
  };
  controller.resolveHandler = async (item) => (item ? read(item.uri) : all());
  controller.refreshHandler = all;

  const run = async (request, token) => {
    const wanted = request.include ?? [...controller.items].map(([, item]) => item);
    const roots = new Set(wanted.map((item) => item.parent ?? item));
    const round = controller.createTestRun(request);
    for (const item of roots) {
      if (token.isCancellationRequested) break;
      if (request.exclude?.includes(item)) continue;
      await one(item, round, token, settings);
    }
    round.end();
  };
  const debug = async (request) => {
    const wanted = request.include ?? [...controller.items].map(([, item]) => item);
    for (const item of new Set(wanted.map((item) => item.parent ?? item))) {
      await vscode.commands.executeCommand('scn.debug', item.uri.toString());
    }
  };
  controller.createRunProfile('Run', vscode.TestRunProfileKind.Run, run, true);
  controller.createRunProfile('Debug', vscode.TestRunProfileKind.Debug, debug, false);

  return vscode.Disposable.from(
    controller,
    watcher,
    watcher.onDidCreate((uri) => read(uri).catch(() => gone(uri))),
    watcher.onDidChange((uri) => read(uri).catch(() => gone(uri))),
    watcher.onDidDelete(gone),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document.languageId === 'scn' && files.has(document.uri.toString())) {
        fill(document.uri, document.getText());
      }
    }),
  );
}

/** Runs one scenario, and says what became of it and of its cases. */
function one(item, round, token, settings) {
  const { program, env, folder } = settings(item.uri);
  const file = path.relative(folder, item.uri.fsPath);
  const children = new Map([...item.children].map(([, child]) => [child.range.start.line + 1, child]));
  round.started(item);
  const say = (text, at) => round.appendOutput(`${text.replace(/\r?\n?$/, '').replace(/\r?\n/g, '\r\n')}\r\n`, at, item);
  const place = (line) => new vscode.Location(item.uri, new vscode.Position(Math.max(0, (line ?? 1) - 1), 0));
  const judge = (test, { verdict, reason, line, duration }) => {
    if (verdict === 'PASS') return round.passed(test, duration);
    if (verdict === 'SKIP') return round.skipped(test);
    const message = new vscode.TestMessage(reason ?? verdict);
    message.location = place(line);
    return verdict === 'FAIL' ? round.failed(test, message, duration) : round.errored(test, message, duration);
  };
  return new Promise((done) => {
    let judged = false;
    const follow = new Follow((told) => {
      const child = children.get(told.line);
      if (told.kind === 'output') say(told.text);
      if (told.kind === 'step') say(`> ${told.text}`, place(told.line));
      if (told.kind === 'case_started' && child) round.started(child);
      if (told.kind === 'case' && child) judge(child, told);
      if (told.kind === 'run') {
        judged = true;
        judge(item, told);
      }
    });
    const child = spawn(program, words('run', file, { env, more: ['--json'] }), { cwd: folder });
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => follow.feed(text));
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    token.onCancellationRequested(() => child.kill('SIGINT'));
    const end = (reason) => {
      if (!judged) round.errored(item, new vscode.TestMessage(reason));
      done();
    };
    child.on('error', (error) => end(`${program} could not be started: ${error.message}`));
    child.on('close', () => end(errors.trim() || 'it ended without a verdict'));
  });
}

module.exports = { begin };
