import assert from 'node:assert/strict';
import fc from 'fast-check';
import { failed, success } from '../../src/base/outcome.ts';
import { makeDelivery, type Delivered } from '../../src/deliver/deliveries.ts';
import type { DeliveredRecord, DeliveryContext } from '../../src/deliver/delivery.ts';
import type { DeliveryDefinition, DeliveryKind } from '../../src/flow/pipeline.ts';

export const recordOf = (key: string, data: DeliveredRecord['data']): DeliveredRecord => ({ key, data });

export interface Circumstances extends Partial<DeliveryContext> {
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly path?: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

const usualPaths: Readonly<Record<DeliveryKind, string>> = {
  bibtex: 'out.bib',
  apkg: 'out.apkg',
  epub: 'out.epub',
  html: 'out.html',
  markdown: 'out.md',
  jsonl: 'out.jsonl',
};

export function definitionOf(kind: DeliveryKind, { path, options = {} }: Circumstances = {}): DeliveryDefinition {
  return { kind, path: path ?? usualPaths[kind], options, line: 7 };
}

export function contextOf({ files = {}, ...given }: Circumstances = {}): DeliveryContext {
  return {
    name: 'pipeline',
    stages: [],
    beganAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    missing: [],
    readFile: (path) =>
      Promise.resolve(files[path] ? success(files[path]) : failed(`There is no file ${path}: correct its name.`)),
    pathOf: (template, { key }) => template.replace(/\{\{ *key *\}\}/g, key.replaceAll('/', '-')),
    ...given,
  };
}

export async function deliver(
  kind: DeliveryKind,
  records: readonly DeliveredRecord[],
  circumstances: Circumstances = {},
): Promise<Delivered> {
  const made = await makeDelivery(definitionOf(kind, circumstances), records, contextOf(circumstances));
  assert.ok(made.ok, made.ok ? '' : made.failure);
  return made.value;
}

/** The one file that there is, as text. */
export function textOf({ files }: Delivered): string {
  assert.equal(files.length, 1);
  const { content } = files[0]!;
  return typeof content === 'string' ? content : new TextDecoder('utf-8', { fatal: true }).decode(content);
}

export function bytesOf({ files }: Delivered): Uint8Array {
  assert.equal(files.length, 1);
  const { content } = files[0]!;
  assert.ok(content instanceof Uint8Array);
  return content;
}

/** Texts that models, scans and strangers come up with. */
export const foreignText = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(
        '\u001b[31m',
        '\u202e',
        '\u2066',
        '\ud800',
        '\udc00',
        '\0',
        '\u0085',
        '\ufffe',
        '\r\n',
        '\n',
        ' ',
      ),
      fc.constantFrom(
        '{',
        '}',
        '\\',
        '$x_1^2$',
        '%',
        '~',
        '--',
        "''",
        '``',
        '@book{a,',
        '"',
        '#',
        '&amp;',
        ' and ',
        ',',
        '=',
      ),
      fc.constantFrom(
        '<script>',
        '</p>',
        '<!--',
        ']]>',
        '[latex]',
        '{{Front}}',
        '\u001f',
        '```',
        '# ',
        '* ',
        '[^1]',
        '|',
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

/** Whether there is more in a text than what breaks lines. */
export function isReadable(text: string): boolean {
  return text.replaceAll('\u0085', '').trim() !== '';
}
