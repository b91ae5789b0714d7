import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesHash } from '../../../../src/base/hash.ts';
import { AttachmentFiles } from '../../../../src/runs/plan/attachments.ts';
import { readSchemas } from '../../../../src/runs/plan/schemas.ts';
import { planItems } from '../../../../src/prompts/items.ts';
import { parsePromptFile } from '../../../../src/prompts/parse.ts';
import type { PromptFile, SchemaSource } from '../../../../src/prompts/promptFile.ts';
import { DiskFiles } from '../../../../src/storage/diskFiles.ts';
import { pdf, png } from '../../../support/pictures.ts';
import { useScratchFolder } from '../../../support/scratch.ts';

const scratch = useScratchFolder();
const messages = [{ role: 'user', content: 'Look.' }] as const;

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(join(scratch(), 'work', name), content);
}

beforeEach(() => mkdirSync(join(scratch(), 'work/prompts'), { recursive: true }));

describe('the schema of a prompt file', () => {
  async function read(schema: SchemaSource): Promise<unknown> {
    const prompts = [{ path: 'prompts/a.prompt.md', schema: { ...schema, line: 3 } }];
    const found = await readSchemas(prompts, new DiskFiles(), join(scratch(), 'work'));
    if (found.ok) return found.value.get('prompts/a.prompt.md');
    assert.deepEqual(
      found.problems.map(({ file, line }) => [file, line]),
      [['prompts/a.prompt.md', 3]],
    );
    return found.problems[0]?.message;
  }

  it('stands in it, or in a file beside it', async () => {
    write('prompts/a.schema.json', '\ufeff{"type": "object"}');
    assert.deepEqual(await read({ kind: 'inline', schema: { type: 'array' } }), { type: 'array' });
    assert.deepEqual(await read({ kind: 'file', path: 'a.schema.json' }), { type: 'object' });
  });

  it('is told with its line when it cannot be used', async () => {
    write('prompts/broken.json', '{"type": ');
    write('prompts/text.json', '"is fine"');
    write('prompts/outer.json', '{"$ref": "https://example.com/a.json"}');
    writeFileSync(join(scratch(), 'secret.json'), '{}');
    symlinkSync(join(scratch(), 'secret.json'), join(scratch(), 'work/prompts/link.json'));
    const sentences = {
      'none.json': /^The schema none\.json is not there: check its path/,
      'broken.json': /^The schema broken\.json is no JSON: mend it\.$/,
      'text.json': /^The schema must be a JSON object/,
      'outer.json': /refers at # to "https:/,
      '../../secret.json': /is outside of the folder/,
      'link.json': /is outside of the folder/,
      '.': /is no file/,
    };
    for (const [path, sentence] of Object.entries(sentences)) {
      assert.match(String(await read({ kind: 'file', path })), sentence);
    }
    assert.match(String(await read({ kind: 'inline', schema: { type: 'text' } })), /unknown "type"/);
  });
});

describe('the attachments of a plan', () => {
  const attach = (...paths: string[]): ReturnType<AttachmentFiles['attach']> =>
    new AttachmentFiles(new DiskFiles(), join(scratch(), 'work')).attach(messages, paths);

  it('are known by what they hold, on the last message of the user', async () => {
    write('a.txt', png(100, 100));
    const attached = await attach('a.txt');
    assert.deepEqual(attached.ok && attached.value, [
      {
        ...messages[0],
        attachments: [
          { path: 'a.txt', mediaType: 'image/png', bytes: 32, hash: bytesHash(png(100, 100)), tokens: 255 },
        ],
      },
    ]);
  });

  it('are refused with a sentence', async () => {
    write('page.png', '<html>');
    write('large.pdf', Buffer.concat([pdf(1), Buffer.alloc(20 * 1024 * 1024)]));
    for (const name of ['1.pdf', '2.pdf', '3.pdf'])
      write(name, Buffer.concat([pdf(1), Buffer.alloc(19 * 1024 * 1024)]));
    writeFileSync(join(scratch(), 'outside.png'), png(1, 1));
    const sentences: [string[], RegExp][] = [
      [['none.png'], /^The attachment none\.png is not there: /],
      [['page.png'], /^The attachment page\.png is no PNG, JPEG, GIF or WebP image and no PDF: convert it\.$/],
      [['large.pdf'], /^The attachment large\.pdf has more than 20 MB: make it smaller\.$/],
      [['1.pdf', '2.pdf', '3.pdf'], /more than 50 MB together/],
      [['../outside.png'], /is outside of the folder/],
      [['prompts'], /is no file/],
      [Array.from({ length: 51 }, () => '1.pdf'), /More than 50 files/],
    ];
    for (const [paths, sentence] of sentences) {
      const attached = await attach(...paths);
      assert.match(attached.ok ? '' : attached.failure, sentence);
    }
  });
});

describe('the items of a prompt that varies and attaches', () => {
  const rows = [{ key: 'a', label: 'a', values: { photo: 'photos/a.png', more: '' } }];
  const parsed = parsePromptFile(
    'prompts/a.prompt.md',
    '---\ncandidates:\n  count: 5\n---\nFrom the angle of {{ angle }}.\n',
  );
  assert.ok(parsed.ok);
  const base: PromptFile = { ...parsed.value, rows };
  const options = { defaultModel: 'm', defaultPriority: 5 } as const;

  it('have messages for each combination, shared by those that have the same', () => {
    const planned = planItems([{ ...base, vary: { angle: ['price', 'comfort'] } }], options);
    assert.ok(planned.ok);
    assert.deepEqual(
      planned.value.map(({ messages: said, vary, siblings, variables }) => [
        said[0]?.content,
        vary,
        siblings,
        variables.angle,
      ]),
      [1, 2, 3, 4, 5].map((index) => {
        const angle = index % 2 === 1 ? 'price' : 'comfort';
        return [`From the angle of ${angle}.`, { angle }, index % 2 === 1 ? 3 : 2, angle];
      }),
    );
    assert.equal(new Set(planned.value.map(({ messages: said }) => said)).size, 2);
  });

  it('have the paths that come out of the row, beside the prompt file, and those that do not come out empty', () => {
    const templates = ['{{ photo }}', '{{ more }}', '../plan.pdf'].map((template) => ({ template, line: 4 }));
    const planned = planItems(
      [{ ...base, messages: [{ role: 'user', template: 'Look.', line: 1 }], attach: templates }],
      options,
    );
    assert.ok(planned.ok);
    assert.deepEqual(planned.value[0]?.attach, ['prompts/photos/a.png', 'plan.pdf']);
    const missing = planItems(
      [{ ...base, vary: { angle: ['x'] }, attach: [{ template: '{{ picture }}', line: 4 }] }],
      options,
    );
    assert.ok(!missing.ok);
    assert.equal(missing.problems[0]?.line, 4);
  });

  it('are JSON by name where there is a schema', () => {
    const prompt = { ...base, messages: [{ role: 'user' as const, template: 'Look.', line: 1 }] };
    const planned = planItems([prompt], { ...options, schemas: new Map([[prompt.path, { type: 'object' }]]) });
    assert.ok(planned.ok && planned.value[0]?.place.isJson === true);
  });
});
