import { writeFile } from 'node:fs/promises';
import { transform } from 'esbuild';

/**
 * What is behind an `import()` is loaded when it is asked for, and what several parts need lies in one file for all of
 * them. esbuild splits ES modules only, and the extension host loads CommonJS: each file is made one, in the same place.
 */
export const commonJsChunks = {
  name: 'commonjs-chunks',
  setup(pluginBuild) {
    const options = pluginBuild.initialOptions;
    const { minify, target } = options;
    Object.assign(options, { format: 'esm', splitting: true, write: false, sourcemap: minify ? false : 'inline' });
    pluginBuild.onEnd(async ({ outputFiles = [] }) => {
      await Promise.all(
        outputFiles.map(async ({ path, text }) => {
          const { code } = await transform(text, {
            format: 'cjs',
            platform: 'node',
            target,
            minify,
            sourcemap: minify ? false : 'inline',
            // Else Node would load the files as ES modules, which only names what it finds exported by their letters.
            supported: { 'dynamic-import': false },
          });
          await writeFile(path, code);
        }),
      );
    });
  },
};
