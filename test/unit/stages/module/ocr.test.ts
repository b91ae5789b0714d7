import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { success } from '../../../../src/base/outcome.ts';
import type { ModuleStage } from '../../../../src/flow/pipeline.ts';
import { moduleStage, type ModuleTools } from '../../../../src/stages/module/moduleStage.ts';
import { whyNoPage } from '../../../../src/stages/module/builtIns/pageImage.ts';
import { readTsv } from '../../../../src/stages/module/builtIns/tesseractTsv.ts';
import { builtPrograms, type Threads } from '../../../../src/stages/module/threads.ts';
import { gif, jpeg, png } from '../../../support/pictures.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { common, resultOf, saidBy, taskOf } from '../../../support/stages/task.ts';
import { drawnPage, errorRate } from '../../../support/stages/drawnPage.ts';
import { sourcePrograms, useThreads } from '../../../support/stages/threads.ts';

const lines = [
  'The quick brown fox jumps over a lazy dog,',
  'and seven wizards mix strong jugs of tea.',
  'We read a page of a book that is very old,',
  'and each word of it was drawn by hand here.',
  'Some pages are dark, others are torn apart,',
  'but all of them were kept for many years.',
];
/** Uncompressed, in grey. */
function tiffOf(page: Buffer): Buffer {
  const { width, height, data } = PNG.sync.read(page);
  const entries = [
    [256, width],
    [257, height],
    [258, 8],
    [259, 1],
    [262, 1],
    [273, 200],
    [277, 1],
    [278, height],
    [279, width * height],
  ] as const;
  const head = Buffer.alloc(200);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(entries.length, 8);
  for (const [place, [tag, value]] of entries.entries()) {
    head.writeUInt16LE(tag, 10 + place * 12);
    head.writeUInt16LE(4, 12 + place * 12);
    head.writeUInt32LE(1, 14 + place * 12);
    head.writeUInt32LE(value, 18 + place * 12);
  }
  return Buffer.concat([head, Buffer.from(Array.from({ length: width * height }, (_, pixel) => data[pixel * 4]!))]);
}

const dist = join(import.meta.dirname, '../../../../dist');

function run(
  threads: Threads,
  bytes: Uint8Array,
  more: Partial<ModuleTools> = {},
  options: Record<string, unknown> = {},
) {
  const stage: ModuleStage = { ...common, kind: 'module', module: 'ocr', with: options };
  const tools: ModuleTools = {
    threads,
    folder: dist,
    environment: { PATH: '' },
    resolveModule: () => Promise.reject(new Error('not asked')),
    readFile: () => Promise.resolve(success(bytes)),
    ...more,
  };
  return moduleStage(stage, tools)(taskOf({ file: { path: 'page.png' } }));
}

for (const [how, programs] of [
  ['as source', sourcePrograms],
  ['as built', builtPrograms(dist)],
] as const) {
  describe(`ocr, ${how}`, function () {
    this.timeout(60_000);
    const threads = useThreads(programs);
    before(function () {
      if (!existsSync(programs.ocrPage)) this.skip();
    });

    it('reads a page with hardly an error', async () => {
      const { text, format } = resultOf(await run(threads, drawnPage(lines)));
      assert.equal(format, 'json');
      const read = JSON.parse(text) as { readonly text: string; readonly confidence: number };
      const rate = errorRate(read.text.replace(/\s*\n\s*/g, '\n'), lines.join('\n'));
      assert.ok(rate < 0.02, `${rate}: ${read.text}`);
      assert.ok(read.confidence > 50 && read.confidence <= 100);
    });

    it('reads a TIFF file', async () => {
      assert.match(resultOf(await run(threads, tiffOf(drawnPage([lines[0]!])))).text, /quick brown fox/);
    });

    it('tells of a page without text, and of a picture that is none', async () => {
      assert.match(
        saidBy(await run(threads, drawnPage([' '.repeat(40)]))),
        /^not-found: "page\.png" has no text that can be read\.$/,
      );
      assert.match(
        saidBy(await run(threads, Buffer.concat([png(100, 100), Buffer.alloc(100)]))),
        /^bad-request: "page\.png" cannot be read \(/,
      );
      assert.match(resultOf(await run(threads, drawnPage([lines[0]!]))).text, /quick brown fox/);
    });
  });
}

describe('ocr', () => {
  const folder = useScratchFolder();
  const threads = useThreads();

  it('refuses what is no page before anybody reads it', async () => {
    const said = async (bytes: Uint8Array, options = {}) => saidBy(await run(threads, bytes, {}, options));
    assert.equal(await said(new Uint8Array()), 'bad-request: "page.png" is empty.');
    assert.match(await said(gif(100, 100)), /is no PNG, JPEG or TIFF picture/);
    assert.match(await said(png(100_000, 100_000)), /has 100000 by 100000 pixels, which is too large for a page/);
    assert.match(await said(png(100, 100), { language: '../x' }), /language of ocr must be a name/);
    assert.match(await said(png(100, 100), { language: 'deu' }), /Pages in "deu" need Tesseract/);
  });

  it('knows the sizes of pictures', () => {
    assert.equal(whyNoPage(jpeg(1000, 2000)), undefined);
    assert.match(whyNoPage(jpeg(60_000, 60_000)) ?? '', /too large/);
    assert.match(whyNoPage(jpeg(1000, 2000).subarray(0, 20)) ?? '', /broken/);
    const tiff = Buffer.alloc(40);
    tiff.write('II*\0', 'latin1');
    tiff.writeUInt32LE(8, 4);
    tiff.writeUInt16LE(2, 8);
    for (const [place, tag] of [256, 257].entries()) {
      tiff.writeUInt16LE(tag, 10 + place * 12);
      tiff.writeUInt16LE(4, 12 + place * 12);
      tiff.writeUInt32LE(50_000, 18 + place * 12);
    }
    assert.match(whyNoPage(tiff) ?? '', /50000 by 50000/);
  });

  it('uses the program where it is installed', async function () {
    if (process.platform === 'win32') this.skip();
    const header = 'level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext';
    const row = (block: number, paragraph: number, line: number, word: string, sure: number) =>
      `5\t1\t${block}\t${paragraph}\t${line}\t1\t0\t0\t9\t9\t${sure}\t${word}`;
    const table = [
      header,
      '1\t1\t0\t0\t0\t0\t0\t0\t9\t9\t-1\t',
      row(1, 1, 1, 'Two', 90),
      row(1, 1, 1, 'words', 80),
      row(1, 1, 2, 'below', 70),
      row(1, 2, 1, 'apart', 60),
    ].join('\n');
    assert.deepEqual(readTsv(table), { text: 'Two words\nbelow\n\napart', confidence: 75 });
    assert.deepEqual(readTsv(''), { text: '', confidence: 0 });

    const program = join(folder(), 'tesseract');
    writeFileSync(join(folder(), 'table.tsv'), table);
    writeFileSync(
      program,
      `#!/bin/sh\n[ "$1" = --version ] && exit 0\ncat > "$(dirname "$0")/got"\necho "$@ $OMP_THREAD_LIMIT" > "$(dirname "$0")/asked"\ncat "$(dirname "$0")/table.tsv"\n`,
    );
    chmodSync(program, 0o755);
    const environment = { PATH: `${folder()}:${process.env.PATH ?? ''}`, KEY: 'k' };
    const outcome = await run(threads, png(100, 100), { environment, folder: folder() }, { language: 'deu' });
    assert.deepEqual(JSON.parse(resultOf(outcome).text), { text: 'Two words\nbelow\n\napart', confidence: 75 });
    assert.deepEqual(readFileSync(join(folder(), 'got')), png(100, 100));
    assert.equal(readFileSync(join(folder(), 'asked'), 'utf8'), 'stdin stdout -l deu tsv 1\n');

    writeFileSync(program, '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "Failed loading language" >&2; exit 1\n');
    const said = saidBy(await run(threads, png(100, 100), { environment, folder: folder() }));
    assert.equal(
      said,
      'bad-request: "page.png" cannot be read by Tesseract (Failed loading language): check the picture and its language.',
    );
  });
});
