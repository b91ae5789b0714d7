import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AttachmentFiles } from '../../../src/runs/plan/attachments.ts';
import type { Plan } from '../../../src/runs/plan/plan.ts';
import { DiskFiles } from '../../../src/storage/diskFiles.ts';
import { changedItem } from '../../support/changedItem.ts';
import { value } from '../../support/journal/support.ts';
import { pdf, png } from '../../support/pictures.ts';
import { useRunsBench } from '../../support/runsHarness.ts';

describe('a run with attachments', function () {
  this.timeout(20_000);
  const bench = useRunsBench();
  let bodies: Readonly<Record<string, unknown>>[];

  beforeEach(() => {
    bodies = [];
    bench().server.configure({
      habit: ({ body }) => {
        bodies.push(body);
        return null;
      },
    });
    writeFileSync(join(bench().folder, 'photo.png'), png(10, 10));
    writeFileSync(join(bench().folder, 'plan.pdf'), pdf(1));
  });

  async function planned(count: number): Promise<Plan> {
    const plan = await bench().plan(count);
    const files = new AttachmentFiles(new DiskFiles(), bench().folder);
    const attached = await files.attach(plan.items[0]!.messages, ['photo.png', 'plan.pdf']);
    assert.ok(attached.ok);
    const messages = attached.value;
    return { ...plan, items: plan.items.map((item) => changedItem(item, { messages })) };
  }

  it('sends what the files hold, and keeps only what they are', async () => {
    const { runs, workspace } = await bench().process();
    const started = value(await runs.start(await planned(2), bench().options(), workspace));
    assert.equal((await started.finished).counts.written, 2);
    const parts = [
      { type: 'text', text: 'Write.' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${png(10, 10).toString('base64')}` } },
      {
        type: 'file',
        file: { filename: 'plan.pdf', file_data: `data:application/pdf;base64,${pdf(1).toString('base64')}` },
      },
    ];
    for (const body of bodies) assert.deepEqual(body.messages, [{ role: 'user', content: parts }]);
    assert.equal(bodies.length, 2);
    const { rows } = value(await workspace.journal.items(started.id, []));
    assert.deepEqual(
      rows[0]?.messages[0]?.attachments?.map(({ path, tokens }) => [path, tokens]),
      [
        ['photo.png', 255],
        ['plan.pdf', 3000],
      ],
    );
  });

  it('fails without a call where a file is not what it was, and goes on when it is again', async () => {
    const { runs, workspace } = await bench().process();
    const plan = await planned(1);
    writeFileSync(join(bench().folder, 'photo.png'), png(11, 10));
    const started = value(await runs.start(plan, bench().options(), workspace));
    assert.equal((await started.finished).counts.failed, 1);
    const [item] = runs.snapshots().items;
    assert.equal(item?.failure?.message, 'The attachment photo.png has changed since the plan: generate again.');
    assert.deepEqual(bodies, []);
    writeFileSync(join(bench().folder, 'photo.png'), png(10, 10));
    const again = { states: ['failed'], fresh: false } as const;
    const resumed = value(await runs.resume(bench().resumption(workspace, started.id, { again })));
    assert.equal((await resumed.finished).counts.written, 1);
  });
});
