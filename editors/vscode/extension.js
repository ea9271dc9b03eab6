// Scenarios of scn in VS Code: the language server, the debugger, the test explorer, tasks.
const path = require('node:path');
const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');
const { words } = require('./lib/command');
const tests = require('./lib/tests');

const VERBS = ['run', 'check', 'plan', 'fmt'];
let client;

/** What is set for a file: the program, the environment, the folder to work in. */
function settings(uri) {
  const set = vscode.workspace.getConfiguration('scn', uri);
  const folder = uri && vscode.workspace.getWorkspaceFolder(uri);
  return {
    program: set.get('path') || 'scn',
    env: set.get('environment') || undefined,
    folder: folder ? folder.uri.fsPath : uri ? path.dirname(uri.fsPath) : process.cwd(),
  };
}

/** The file that a command is about: the one it names, or the open one. */
function chosen(uri) {
  if (typeof uri === 'string') return vscode.Uri.parse(uri);
  return uri ?? vscode.window.activeTextEditor?.document.uri;
}

function task(verb, uri, env) {
  const { program, env: usual, folder } = settings(uri);
  const file = path.relative(folder, uri.fsPath);
  const line = words(verb, file, { env: env ?? usual });
  const execution = new vscode.ProcessExecution(program, line, { cwd: folder });
  const scope = vscode.workspace.getWorkspaceFolder(uri) ?? vscode.TaskScope.Workspace;
  return new vscode.Task({ type: 'scn', verb, file }, scope, `${verb} ${file}`, 'scn', execution, []);
}

async function perform(verb, uri) {
  const file = chosen(uri);
  if (!file) return;
  if (!vscode.workspace.isTrusted && verb === 'run') {
    vscode.window.showWarningMessage('This folder is not trusted: nothing is run in it.');
    return;
  }
  await vscode.workspace.textDocuments.find((one) => one.uri.toString() === file.toString())?.save();
  await vscode.tasks.executeTask(task(verb, file));
}

function debug(uri) {
  const file = chosen(uri);
  if (!file) return undefined;
  const { env } = settings(file);
  const name = path.basename(file.fsPath);
  const configuration = { type: 'scn', request: 'launch', name, program: file.fsPath, env, stopOnFail: true };
  return vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(file), configuration);
}

async function chooseEnvironment() {
  const files = await vscode.workspace.findFiles('**/environments/*.toml', '**/{target,node_modules,.*}/**', 500);
  const names = [...new Set(files.map((file) => path.basename(file.fsPath, '.toml')))].sort();
  const usual = "the project's default";
  const name = await vscode.window.showQuickPick([usual, ...names], { placeHolder: 'Check and run scenarios in' });
  if (!name) return;
  const set = vscode.workspace.getConfiguration('scn');
  await set.update('environment', name === usual ? '' : name, vscode.ConfigurationTarget.Workspace);
}

function languageClient() {
  // Where a transport is named the library adds an option for it.
  const run = { command: settings().program, args: ['lsp'] };
  const set = vscode.workspace.getConfiguration('scn');
  return new LanguageClient('scn', 'scn', { run, debug: run }, {
    documentSelector: [
      { scheme: 'file', language: 'scn' },
      { scheme: 'file', pattern: '**/environments/*.toml' },
      { scheme: 'file', pattern: '**/scn.toml' },
    ],
    initializationOptions: {
      environment: set.get('environment'),
      inlayHints: { durations: set.get('inlayHints.durations') },
    },
  });
}

async function start() {
  client = languageClient();
  try {
    await client.start();
  } catch (error) {
    const program = settings().program;
    vscode.window.showErrorMessage(`${program} lsp could not be started (${error?.message ?? error}). Is scn installed? See the setting scn.path.`);
  }
}

async function stop() {
  // One that could not be started cannot be stopped.
  if (client?.isRunning()) await client.stop();
}

const debugAdapter = {
  createDebugAdapterDescriptor(session) {
    const { program, folder } = settings(vscode.Uri.file(session.configuration.program ?? '/'));
    return new vscode.DebugAdapterExecutable(program, ['dap'], { cwd: session.workspaceFolder?.uri.fsPath ?? folder });
  },
};

/** What is missing in a configuration: the open scenario is meant. */
const debugConfigurations = {
  resolveDebugConfiguration(_folder, configuration) {
    if (configuration.type) return configuration;
    const file = vscode.window.activeTextEditor?.document;
    if (file?.languageId !== 'scn') return undefined;
    return { type: 'scn', request: 'launch', name: 'This scenario', program: file.uri.fsPath, stopOnFail: true };
  },
};

const taskProvider = {
  provideTasks() {
    const file = vscode.window.activeTextEditor?.document;
    return file?.languageId === 'scn' ? VERBS.map((verb) => task(verb, file.uri)) : [];
  },
  resolveTask({ definition }) {
    const open = vscode.window.activeTextEditor?.document.uri;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const uri = definition.file && folder ? vscode.Uri.joinPath(folder, definition.file) : open;
    if (!uri || !VERBS.includes(definition.verb)) return undefined;
    const resolved = task(definition.verb, uri, definition.env);
    resolved.definition = definition;
    return resolved;
  },
};

async function activate(context) {
  const command = (name, act) => vscode.commands.registerCommand(name, act);
  context.subscriptions.push(
    command('scn.run', (uri) => perform('run', uri)),
    command('scn.plan', (uri) => perform('plan', uri)),
    command('scn.debug', debug),
    command('scn.chooseEnvironment', chooseEnvironment),
    command('scn.restart', async () => {
      await stop();
      await start();
    }),
    vscode.debug.registerDebugAdapterDescriptorFactory('scn', debugAdapter),
    vscode.debug.registerDebugConfigurationProvider('scn', debugConfigurations),
    vscode.tasks.registerTaskProvider('scn', taskProvider),
    vscode.workspace.onDidChangeConfiguration((changed) => {
      if (changed.affectsConfiguration('scn.path')) vscode.commands.executeCommand('scn.restart');
    }),
  );
  // Where nothing may be run there are no tests to run.
  const offer = () => context.subscriptions.push(tests.begin(settings));
  if (vscode.workspace.isTrusted) offer();
  else context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(offer));
  await start();
}

function deactivate() {
  return stop();
}

module.exports = { activate, deactivate };
