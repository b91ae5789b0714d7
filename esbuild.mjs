import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build, context } from 'esbuild';

const watch = process.argv.includes('--watch');
const minify = process.argv.includes('--minify');
const { version } = JSON.parse(await readFile('package.json', 'utf8'));

/**
 * How a kind of services is spoken with, and its SDK, which weighs about as much as everything else together: a file of its
 * own, loaded by the first call.
 */
const protocols = { openai: 'src/services/openai/protocol.ts', anthropic: 'src/services/anthropic/protocol.ts' };
const lazyProtocols = {
  name: 'lazy-protocols',
  setup(pluginBuild) {
    pluginBuild.onResolve({ filter: /^\.\/protocol\.ts$/ }, ({ kind, resolveDir }) =>
      kind === 'dynamic-import' ? { path: `./${basename(resolveDir)}.js`, external: true } : undefined,
    );
  },
};

const common = { bundle: true, minify, sourcemap: !minify, logLevel: 'warning', metafile: false };
// jsonc-parser's CommonJS build hides its imports from a bundler.
const node = {
  ...common,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  mainFields: ['module', 'main'],
  external: ['vscode'],
  define: {
    'process.env.PARALLEL_CANDIDATES_VERSION': JSON.stringify(version),
    // tinyglobby makes a `require` of it, which takes a path as well.
    'import.meta.url': '__filename',
    // Crash tests kill the process at certain points; nothing of that is in a release.
    ...(minify ? { 'process.env.PARALLEL_CANDIDATES_FAILPOINT': 'undefined' } : {}),
  },
};

const bundles = [
  { ...node, entryPoints: { extension: 'src/extension.ts' }, outdir: 'dist', plugins: [lazyProtocols] },
  {
    ...node,
    entryPoints: { cli: 'src/cli.ts' },
    outdir: 'dist',
    plugins: [lazyProtocols],
    banner: { js: '#!/usr/bin/env node' },
  },
  { ...node, entryPoints: { journalWorker: 'src/storage/journal/journalWorker.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { tokenWorker: 'src/services/tokenWorker.ts' }, outdir: 'dist' },
  { ...node, entryPoints: protocols, outdir: 'dist' },
  {
    ...common,
    platform: 'browser',
    target: 'es2023',
    format: 'esm',
    entryPoints: { queue: 'media/queue/queue.ts', plan: 'media/plan/plan.ts', preview: 'media/plan/preview.ts' },
    outdir: 'dist',
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
  },
  ...(minify
    ? []
    : [
        {
          ...node,
          external: ['vscode', 'mocha'],
          entryPoints: { index: 'test/host/index.ts' },
          outdir: 'dist/test/host',
        },
      ]),
];

await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
// The bundles are CommonJS (the extension host loads them with require) inside a package of type "module".
await writeFile('dist/package.json', '{ "type": "commonjs" }\n');

if (minify) {
  // A packaged README may only show pictures and link to pages that are on the web.
  const readme = await readFile('README.md', 'utf8');
  const packaged = readme
    .replace(/^```sh\nnpm ci[^`]*```\n\n/m, '')
    .replace(/^!\[.*\n\n/gm, '')
    .replace(/^\[[^\]]+\]: (?!https:).*\n/gm, '')
    .replace(/\[([^\]]+)\]\[[^\]]+\]/g, '$1');
  await writeFile('dist/README.md', packaged);
}

if (watch) {
  for (const options of bundles) {
    await (await context(options)).watch();
  }
} else {
  await Promise.all(bundles.map((options) => build(options)));
}
