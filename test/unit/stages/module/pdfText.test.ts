import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PDFDocument, StandardFonts, type PDFFont, type PDFPage } from 'pdf-lib';
import { success } from '../../../../src/base/outcome.ts';
import type { ModuleStage } from '../../../../src/flow/pipeline.ts';
import { moduleStage } from '../../../../src/stages/module/moduleStage.ts';
import { pageText } from '../../../../src/stages/module/builtIns/pageText.ts';
import { builtPrograms } from '../../../../src/stages/module/threads.ts';
import { common, resultOf, saidBy, taskOf } from '../../../support/stages/task.ts';
import { sourcePrograms, useThreads } from '../../../support/stages/threads.ts';

const words = 'the quick brown fox jumps over a lazy dog while seven wizards mix strong jugs of cold tea'.split(' ');

/** Lines of prose that fill a column. */
function prose(font: PDFFont, size: number, width: number, count: number, first: number): string[] {
  let next = first;
  return Array.from({ length: count }, () => {
    let line = words[next++ % words.length]!;
    for (;;) {
      const longer = `${line} ${words[next % words.length]!}`;
      if (font.widthOfTextAtSize(longer, size) > width) return line;
      line = longer;
      next += 1;
    }
  });
}

async function pdf(
  draw: (page: PDFPage, font: PDFFont, document: PDFDocument) => void,
  title?: string,
): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  if (title !== undefined) document.setTitle(title);
  draw(document.addPage([600, 800]), await document.embedFont(StandardFonts.Helvetica), document);
  return document.save();
}

const dist = join(import.meta.dirname, '../../../../dist');
const builds = [
  ['as source', sourcePrograms],
  ['as built', builtPrograms(dist)],
] as const;

for (const [how, programs] of builds) {
  describe(`pdf-text, ${how}`, function () {
    this.timeout(30_000);
    const threads = useThreads(programs);
    before(function () {
      if (!existsSync(programs.pdfText)) this.skip();
    });

    async function read(
      bytes: Uint8Array,
      record: Record<string, unknown> = { file: { path: 'a.pdf' } },
      more: Partial<ModuleStage> = {},
    ) {
      const stage: ModuleStage = { ...common, kind: 'module', module: 'pdf-text', with: {}, ...more };
      const tools = {
        threads,
        folder: dist,
        resolveModule: () => Promise.reject(new Error('not asked')),
        readFile: (path: string) =>
          Promise.resolve(path.endsWith('.pdf') ? success(bytes) : ({ ok: false, failure: 'No such file.' } as const)),
      };
      return moduleStage(stage, tools)(taskOf(record));
    }

    it('reads text, pages and title', async () => {
      const bytes = await pdf((page, font, document) => {
        page.drawText('Of Foxes', { x: 50, y: 740, size: 24, font });
        page.drawText('A first line,', { x: 50, y: 700, size: 11, font });
        page.drawText('and a second.', { x: 50, y: 686, size: 11, font });
        document.addPage([600, 800]).drawText('Page two', { x: 50, y: 700, size: 11, font });
      });
      const { text, format } = resultOf(await read(bytes));
      assert.equal(format, 'json');
      assert.deepEqual(JSON.parse(text), {
        text: 'Of Foxes\n\nA first line,\nand a second.\n\nPage two',
        pages: ['Of Foxes\n\nA first line,\nand a second.', 'Page two'],
        title: 'Of Foxes',
      });
      const titled = await pdf((page, font) => page.drawText('x', { font }), 'The Title');
      assert.equal((JSON.parse(resultOf(await read(titled)).text) as { title: string }).title, 'The Title');
    });

    it('reads two columns one after the other, drawn by rows', async () => {
      let expected = '';
      const bytes = await pdf((page, font) => {
        const [left, right] = [prose(font, 10, 230, 30, 0), prose(font, 10, 230, 30, 5)];
        page.drawText('A Title That Goes Over Both of the Columns of This Page', { x: 60, y: 750, size: 18, font });
        for (let row = 0; row < 30; row++) {
          page.drawText(left[row]!, { x: 50, y: 700 - row * 13, size: 10, font });
          page.drawText(right[row]!, { x: 310, y: 700 - row * 13, size: 10, font });
        }
        page.drawText('Footnotes are below all columns, and go from one side to the other of the page as well.', {
          x: 50,
          y: 200,
          size: 10,
          font,
        });
        expected = [
          'A Title That Goes Over Both of the Columns of This Page',
          left.join('\n'),
          right.join('\n'),
          'Footnotes are below all columns, and go from one side to the other of the page as well.',
        ].join('\n\n');
      });
      assert.equal((JSON.parse(resultOf(await read(bytes)).text) as { text: string }).text, expected);
    });

    it('tells in one sentence what is no PDF with text', async () => {
      const said = async (bytes: Uint8Array) => saidBy(await read(bytes));
      assert.equal(await said(new Uint8Array()), 'bad-request: "a.pdf" is empty.');
      assert.equal(await said(Buffer.from('<html>')), 'bad-request: "a.pdf" is no PDF.');
      assert.match(
        await said(Buffer.from('%PDF-1.7\nnot more')),
        /^bad-request: "a\.pdf" is a broken PDF \(.*\): save it again/,
      );
      const pictures = await pdf((page) => page.drawRectangle({ x: 0, y: 0, width: 9, height: 9 }));
      assert.match(await said(pictures), /^not-found: "a\.pdf" has no text, for its pages are pictures or empty/);
      assert.match(await said(encryptedPdf()), /^bad-request: "a\.pdf" is encrypted: save it without its password\.$/);
    });

    it('finds its file where the stage or the record says', async () => {
      const bytes = await pdf((page, font) => page.drawText('found', { font }));
      for (const record of [{ file: 'x.pdf' }, { path: 'x.pdf' }, { file: { path: 'x.pdf' } }]) {
        assert.match(resultOf(await read(bytes, record)).text, /found/);
      }
      assert.match(
        resultOf(await read(bytes, { d: { file: 'x.pdf' } }, { with: { file: '{{ d.file }}' } })).text,
        /found/,
      );
      assert.match(
        saidBy(await read(bytes, {})),
        /^bad-request: The stage "it" finds no file in the record: say which/,
      );
      assert.equal(saidBy(await read(bytes, { file: 'x.txt' })), 'bad-request: No such file.');
    });
  });
}

/** Asks for a password that nobody knows. */
function encryptedPdf(): Uint8Array {
  const hex = (length: number, byte: string): string => `<${byte.repeat(length)}>`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>',
    `<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O ${hex(32, '11')} /U ${hex(32, '22')} >>`,
  ];
  let text = '%PDF-1.4\n';
  const places: number[] = [];
  for (const [place, object] of objects.entries()) {
    places.push(text.length);
    text += `${place + 1} 0 obj\n${object}\nendobj\n`;
  }
  const start = text.length;
  const rows = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  text += `xref\n0 5\n0000000000 65535 f \n${rows}trailer\n<< /Size 5 /Root 1 0 R /Encrypt 4 0 R /ID [${hex(16, '33')} ${hex(16, '33')}] >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

describe('the text of a page', () => {
  it('joins what is drawn in pieces, and parts what stands apart', () => {
    const item = (text: string, x: number, width: number, y = 100) => ({ text, x, y, width, size: 10 });
    assert.equal(
      pageText([item('wor', 0, 15), item('d', 15, 5), item('next', 25, 20), item('2', 45, 3, 103)]),
      'word next2',
    );
    assert.equal(pageText([]), '');
  });

  it('reads the rows of a table as rows', () => {
    const cells = Array.from({ length: 20 }, (_, row) => [
      { text: `name ${row}`, x: 50, y: 700 - row * 13, width: 35, size: 10 },
      { text: String(row * 7), x: 300, y: 700 - row * 13, width: 12, size: 10 },
    ]).flat();
    const widest = [
      { text: 'a name that is much wider than all of the others are', x: 50, y: 720, width: 220, size: 10 },
      { text: 'and a wide number of a column: 123456', x: 300, y: 720, width: 200, size: 10 },
    ];
    assert.match(pageText([...widest, ...cells]), /name 3 21\nname 4 28/);
  });
});
