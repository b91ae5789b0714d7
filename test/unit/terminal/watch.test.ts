import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { useWorkbench } from '../../support/terminalHarness.ts';

describe('parallel-candidates watch', function () {
  this.timeout(60_000);
  const bench = useWorkbench();
  const put = (name: string, text: string): void => writeFileSync(bench().seen(name), text);
  const args = (...more: readonly string[]) => ['watch', '.', '--base-url', bench().server.baseUrl, ...more];
  const calls = (): number => bench().server.ledger.records.length;

  beforeEach(() => {
    put('rows.csv', 'sku,product\na,Mug\n');
    put('page.prompt.md', '---\ncandidates: { count: 1, data: rows.csv }\n---\nWrite about {{ product }}.\n');
  });

  it('makes once what is not there, or was made of another prompt or row', async () => {
    const once = async (): Promise<number> => {
      bench().server.ledger.reset();
      const { code, stderr } = await bench().run(...args('--once'));
      assert.equal(code, 0, stderr);
      return calls();
    };
    assert.equal(await once(), 1);
    assert.equal(await once(), 0);
    appendFileSync(bench().seen('rows.csv'), 'b,Tea\n');
    assert.equal(await once(), 1);
    put('rows.csv', 'sku,product\na,Big mug\nb,Tea\n');
    assert.equal(await once(), 1);
    assert.deepEqual(bench().visible('candidates/page/a'), ['01.md', '02.md']);
    put('page.prompt.md', '---\ncandidates: { count: 1, data: rows.csv }\n---\nWrite on {{ product }}.\n');
    assert.equal(await once(), 2);
  });

  it('goes on with the others where a file is wrong, and says so', async () => {
    put('wrong.prompt.md', '---\ncandidates: { count: many }\n---\nX\n');
    const { code, stderr } = await bench().run(...args('--once'));
    assert.deepEqual([code, calls()], [2, 1]);
    assert.match(stderr, /wrong\.prompt\.md:2: "candidates\.count" must be/);
  });

  it('makes what changes until it is interrupted, and nothing of what it has made', async () => {
    const running = bench().start(args());
    let told = '';
    running.process.stderr?.on('data', (text: Buffer) => (told += text.toString()));
    await bench().eventually(() => told.includes('Watching .'));
    put('other.prompt.md', '---\ncandidates: { count: 2 }\n---\nWrite.\n');
    await bench().eventually(() => bench().visible('candidates/other').length === 2);
    appendFileSync(bench().seen('rows.csv'), 'b,Tea\n');
    await bench().eventually(() => bench().visible('candidates/page/b').length === 1);
    running.process.kill('SIGINT');
    assert.equal((await running.result).code, 130);
    assert.equal(calls(), 4);
  });

  it('says what is no folder', async () => {
    const { code, stderr } = await bench().run('watch', 'page.prompt.md');
    assert.equal(code, 2);
    assert.match(stderr, /There is no folder page\.prompt\.md\./);
  });
});
