import { writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { build, transform } from 'esbuild';

/**
 * What is behind an `import()` is loaded when it is asked for, and what several parts need lies in one file for all of
 * them. esbuild splits ES modules only, and the extension host loads CommonJS: each file is made one, in the same place.
 * What is loaded at the start anyway is one file, for each takes its time to find, read and compile.
 */
export const commonJsChunks = {
  name: 'commonjs-chunks',
  setup(pluginBuild) {
    const options = pluginBuild.initialOptions;
    const { minify, target, external } = options;
    const sourcemap = minify ? false : 'inline';
    Object.assign(options, { format: 'esm', splitting: true, write: false, sourcemap });
    const commonJs = {
      format: 'cjs',
      platform: 'node',
      target,
      minify,
      sourcemap,
      // Else Node would load the files as ES modules, which only names what it finds exported by their letters.
      supported: { 'dynamic-import': false },
    };
    pluginBuild.onEnd(async ({ outputFiles = [], metafile }) => {
      const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), withOneVscode(text)]));
      const [folder] = outputFiles.map(({ path }) => dirname(path));
      if (folder === undefined) return;
      const [entry] = Object.keys(options.entryPoints);
      const [program, ...chunks] = eagerNames(metafile, `${options.outdir}/${entry}.js`);
      const start = await inOneFile(program, chunks, texts, { ...commonJs, external });
      await writeFile(`${folder}/${program}`, start);
      await Promise.all(
        [...texts].map(async ([name, text]) => {
          if (name === program) return;
          // Whoever is loaded later finds in the one file what it shares with it.
          const part = chunks.indexOf(name);
          const code =
            part === -1
              ? (await transform(text, commonJs)).code
              : `module.exports = require("./${program}").part${part};\n`;
          await writeFile(`${folder}/${name}`, code);
        }),
      );
    });
  },
};

/** The program's own file, and those that it loads at once. @param program its path among the outputs */
function eagerNames({ outputs }, program) {
  const names = new Set([program]);
  // What is added meanwhile is looked into too.
  for (const name of names) {
    for (const { path, kind } of outputs[name].imports)
      if (kind === 'import-statement' && outputs[path]) names.add(path);
  }
  return [...names].map((path) => basename(path));
}

/** @returns a program that has all that it loads at once, and gives away each part of it as `part<place>` */
async function inOneFile(program, chunks, texts, options) {
  const parts = chunks.map((name, place) => `export * as part${place} from "./${name}";`);
  const files = {
    name: 'files',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\// }, ({ path, kind }) =>
        kind === 'dynamic-import' ? { path, external: true } : { path: path.slice(2), namespace: 'built' },
      );
      onLoad({ filter: /.*/, namespace: 'built' }, ({ path }) => ({ contents: texts.get(path) }));
    },
  };
  const { outputFiles } = await build({
    ...options,
    stdin: { contents: [`export * from "./${program}";`, ...parts].join('\n'), resolveDir: '.' },
    bundle: true,
    write: false,
    logLevel: 'warning',
    plugins: [files],
  });
  return outputFiles[0].contents;
}

/**
 * The editor's API as it is. Of `import * as vscode`, esbuild would make a copy of hundreds of names in every module that
 * has it, and each start would wait for that.
 */
function withOneVscode(text) {
  return text.replace(/\bimport\s*\*\s*as ([\w$]+) from\s*"vscode";/g, 'const $1 = require("vscode");');
}
