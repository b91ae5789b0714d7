import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { build, context } from 'esbuild';
import { commonJsChunks } from './esbuild.chunks.mjs';
import { thirdPartyNotices } from './notices.mjs';

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

/** Agents are served by a library of its own, which only `mcp` loads. */
const lazyServer = {
  name: 'lazy-server',
  setup(pluginBuild) {
    pluginBuild.onResolve({ filter: /\/mcpServer\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './mcpServer.js', external: true } : undefined,
    );
  },
};

/**
 * What module stages do in threads: piscina looks for its own script beside the bundle, as exactly `worker.js`; built-ins
 * are loaded by the stages that use them.
 */
const threads = {
  worker: 'node_modules/piscina/dist/worker.js',
  moduleWorker: 'src/stages/module/moduleWorker.ts',
  pdfText: 'src/stages/module/builtIns/pdfText.ts',
  ocrPage: 'src/stages/module/builtIns/ocrPage.ts',
  ocrEngine: 'node_modules/tesseract.js/src/worker-script/node/index.js',
};
const { resolve } = createRequire(import.meta.url);
/** In Node, tesseract.js chooses among six builds of its core: one reads what we read, on every processor since 2008. */
const core = 'tesseract.js-core/tesseract-core-simd-lstm';
const oneCore = {
  name: 'one-core',
  setup(pluginBuild) {
    pluginBuild.onResolve({ filter: /^tesseract\.js-core\// }, () => ({ path: resolve(`${core}.js`) }));
  },
};

const common = { bundle: true, minify, sourcemap: !minify, logLevel: 'warning', metafile: true };
// jsonc-parser's CommonJS build hides its imports from a bundler.
const node = {
  ...common,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  mainFields: ['module', 'main'],
  external: ['vscode', '@napi-rs/nice'],
  // The same without Redis.
  alias: { bottleneck: 'bottleneck/light.js' },
  define: {
    'process.env.PARALLEL_CANDIDATES_VERSION': JSON.stringify(version),
    // tinyglobby makes a `require` of it, which takes a path as well.
    'import.meta.url': '__filename',
    // Crash tests kill the process at certain points; nothing of that is in a release.
    ...(minify ? { 'process.env.PARALLEL_CANDIDATES_FAILPOINT': 'undefined' } : {}),
  },
};

// Before anything is loaded that an older Node does not have.
const cliBanner = `#!/usr/bin/env node
"use strict";
{
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 13)) {
    process.stderr.write("parallel-candidates: This needs Node 22.13 or later, and this is " + process.versions.node + ": install a newer one.\\n");
    process.exit(2);
  }
}`;

const bundles = [
  {
    ...node,
    entryPoints: { extension: 'src/extension.ts' },
    outdir: 'dist',
    chunkNames: 'extension-[name]-[hash]',
    plugins: [lazyProtocols, commonJsChunks],
  },
  {
    ...node,
    entryPoints: { cli: 'src/cli.ts' },
    outdir: 'dist',
    plugins: [lazyProtocols, lazyServer],
    banner: { js: cliBanner },
  },
  { ...node, entryPoints: { journalWorker: 'src/storage/journal/journalWorker.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { tokenWorker: 'src/services/tokenWorker.ts' }, outdir: 'dist' },
  { ...node, entryPoints: protocols, outdir: 'dist' },
  { ...node, entryPoints: { mcpServer: 'src/terminal/mcp/mcpServer.ts' }, outdir: 'dist' },
  { ...node, entryPoints: threads, outdir: 'dist', external: [...node.external, '@napi-rs/*'], plugins: [oneCore] },
  {
    ...common,
    platform: 'browser',
    target: 'es2023',
    format: 'esm',
    entryPoints: {
      queue: 'media/queue/queue.ts',
      plan: 'media/plan/plan.ts',
      preview: 'media/plan/preview.ts',
      board: 'media/board/board.ts',
    },
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

// They lie beside what reads them.
const language = '@tesseract.js-data/eng';
await copyFile(resolve(`${core}.wasm`), `dist/${basename(core)}.wasm`);
await copyFile(resolve(`${language}/4.0.0_best_int/eng.traineddata.gz`), 'dist/eng.traineddata.gz');
const copied = [dirname(resolve(`${core}.js`)), dirname(resolve(`${language}/package.json`))];

if (minify) {
  // A packaged README may only show pictures and link to pages that are on the web.
  const readme = await readFile('README.md', 'utf8');
  const packaged = readme
    .replace(/^```sh\nnpm ci[^`]*```\n\n/m, '')
    .replace(/^!\[.*\n\n/gm, '')
    .replace(/^\[[^\]]+\]: (?!https:).*\n/gm, '')
    .replace(/\[([^\]]+)\]\((?!https?:|#)[^)]*\)/g, '$1')
    .replace(/\[([^\]]+)\]\[[^\]]+\]/g, '$1');
  await writeFile('dist/README.md', packaged);
}

if (watch) {
  for (const options of bundles) {
    await (await context(options)).watch();
  }
} else {
  const built = await Promise.all(bundles.map((options) => build(options)));
  // What tests bring is in no package.
  const packed = built.filter((_, place) => bundles[place]?.outdir === 'dist');
  const inputs = packed.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  await writeFile('dist/THIRD_PARTY_NOTICES.txt', await thirdPartyNotices(inputs, copied));
}
