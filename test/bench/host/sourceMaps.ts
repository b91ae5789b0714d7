import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repository } from '../../support/editor/cache.ts';

export interface Position {
  /** Below the repository, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

interface Bundle {
  readonly folder: string;
  readonly map: SourceMap;
  readonly lines: readonly string[];
}

/** Where the code of a bundle was written. */
export class SourceMaps {
  readonly #bundles = new Map<string, Bundle | undefined>();

  /**
   * @param url of the bundle
   * @param line from 0
   * @param column from 0; undefined for where the code of the line begins
   */
  original(url: string, line: number, column: number | undefined): Position | undefined {
    const bundle = this.#bundle(url);
    if (!bundle) return undefined;
    const begin = column ?? Math.max(0, bundle.lines[line]?.search(/\S/) ?? 0);
    const entry = bundle.map.findEntry(line, begin);
    if (!('originalSource' in entry)) return undefined;
    const file = relative(repository, resolve(bundle.folder, entry.originalSource)).replaceAll('\\', '/');
    return { file: file.replace(/^.*node_modules\//, ''), line: entry.originalLine + 1 };
  }

  #bundle(url: string): Bundle | undefined {
    if (!this.#bundles.has(url)) this.#bundles.set(url, read(url));
    return this.#bundles.get(url);
  }
}

function read(url: string): Bundle | undefined {
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  if (!existsSync(`${path}.map`)) return undefined;
  return {
    folder: dirname(path),
    map: new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')) as SourceMapPayload),
    lines: readFileSync(path, 'utf8').split('\n'),
  };
}
