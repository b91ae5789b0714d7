import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { chromium } from '@playwright/test';
import { PNG } from 'pngjs';

/**
 * Draws the scanned pages of the book template from the texts in test/fixtures/book, as a scanner would at 150 dpi:
 * `node test/support/templates/bookPages.ts`. CHROMIUM names the browser where Playwright has none of its own.
 */

const root = join(import.meta.dirname, '../../..');
const texts = join(root, 'test/fixtures/book');
const pages = join(root, 'media/templates/pipelines/book/pages');

/** A5 at 150 dpi. */
const size = { width: 874, height: 1240 };

/** Of the page that is hard to read. */
const badPage = 'page-04';

const greyLevels = 16;

/** Where a long word may be parted: between two consonants with vowels around them. */
function withHyphens(text: string): string {
  return text.replace(/\p{L}{8,}/gu, (word) =>
    word.replace(/([aeiou][b-df-hj-np-tv-z])(?=[b-df-hj-np-tv-z][aeiou])/gi, '$1\u00ad'),
  );
}

function pageOf(text: string, isBad: boolean): string {
  const blocks = text.trim().split(/\n\s*\n/);
  const isChapter = blocks[0]?.startsWith('CHAPTER') ?? false;
  const paragraphs = blocks.map((block, at) =>
    isChapter && at < 2
      ? `<h1>${block}</h1>`
      : `<p class="${/^\p{Ll}/u.test(block) ? 'on' : ''}">${withHyphens(block)}</p>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><style>
    body { margin: 0; padding: 110px 100px; background: ${isBad ? '#cccccc' : '#f4f4f4'}; color: ${isBad ? '#303030' : '#111'};
      font: 25px/1.5 'DejaVu Serif', serif; filter: blur(${isBad ? 2.05 : 0}px); }
    h1 { text-align: center; font-size: 28px; margin: 0 0 30px; }
    p { margin: 0; text-align: justify; text-indent: 1.4em; hyphens: manual; } .on { text-indent: 0; }
  </style><body>${paragraphs.join('')}</body></html>`;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG with four bits of grey for each dot, and its resolution, as text recognition wants to know it. */
function greyPng(picture: PNG): Buffer {
  const { width, height, data } = picture;
  const rows = Buffer.alloc(height * (1 + Math.ceil(width / 2)));
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    at += 1;
    for (let x = 0; x < width; x += 2) {
      const level = (column: number): number => {
        if (column >= width) return 0;
        const grey = data[4 * (y * width + column)] ?? 255;
        return Math.max(0, Math.min(greyLevels - 1, Math.round((grey / 255) * (greyLevels - 1))));
      };
      rows[at] = level(x) * greyLevels + level(x + 1);
      at += 1;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([4, 0, 0, 0, 0], 8);
  const density = Buffer.alloc(9);
  density.writeUInt32BE(Math.round(150 / 0.0254), 0);
  density.writeUInt32BE(Math.round(150 / 0.0254), 4);
  density[8] = 1;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('pHYs', density),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ]);
}

const executablePath = process.env.CHROMIUM;
const browser = await chromium.launch({ args: ['--no-sandbox'], ...(executablePath ? { executablePath } : {}) });
const tab = await browser.newPage({ viewport: size });
mkdirSync(pages, { recursive: true });
for (const file of readdirSync(texts).filter((name) => name.endsWith('.txt'))) {
  const name = basename(file, '.txt');
  const isBad = name === badPage;
  await tab.setContent(pageOf(readFileSync(join(texts, file), 'utf8'), isBad));
  const picture = PNG.sync.read(await tab.screenshot());
  writeFileSync(join(pages, `${name}.png`), greyPng(picture));
}
await browser.close();
