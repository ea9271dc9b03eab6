// One file of the extension and all that it needs, and the grammar that all editors share.
import { copyFile, mkdir } from 'node:fs/promises';
import { build } from 'esbuild';

await mkdir('dist', { recursive: true });
await copyFile('../scn.tmLanguage.json', 'dist/scn.tmLanguage.json');
await build({
  entryPoints: ['extension.js'],
  bundle: true,
  outfile: 'dist/extension.js',
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode'],
  minify: true,
  logLevel: 'warning',
});
