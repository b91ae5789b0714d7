import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { failed, success } from '../../../../src/base/outcome.ts';
import { placedMessage } from '../../../../src/base/problem.ts';
import { placeIn, shownPath, type AgentFolder, type AgentHost } from '../../../../src/runs/agents/agentHost.ts';
import { FollowedRuns } from '../../../../src/runs/agents/followedRuns.ts';
import { agentTools } from '../../../../src/runs/agents/tools.ts';
import { estimatePlan } from '../../../../src/runs/plan/estimatePlan.ts';
import { planRun } from '../../../../src/runs/plan/plan.ts';
import { DiskFiles } from '../../../../src/storage/diskFiles.ts';
import { hasJournal } from '../../../../src/storage/journalFolders.ts';
import { PathGate } from '../../../../src/storage/pathGate.ts';
import { DiskShelves } from '../../../../src/storage/shelfFile.ts';
import { TokenCounter } from '../../../../src/services/tokenCounter.ts';
import { sourceIn } from '../../../../src/runs/agents/namedPrompt.ts';
import { useRunsBench, type Process } from '../../../support/runsHarness.ts';
import { settingsFor } from '../../../support/journal/support.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { credential } from '../../../support/credential.ts';

interface Status {
  readonly state: string;
  readonly written: number;
  readonly failed: number;
  readonly left: number;
  readonly cap: object | null;
  readonly spent: {
    readonly requests: number;
    readonly tokens: { readonly output: number };
    readonly cost: number | null;
  };
  readonly waitingFor: string | null;
  readonly problem: string | null;
  readonly failures: readonly { readonly number: number; readonly reason: string }[];
}

interface Results {
  readonly total: number;
  readonly next: number | null;
  readonly candidates: readonly {
    readonly file: string;
    readonly row: string;
    readonly text: string | null;
    readonly isCut: boolean;
    readonly similarTo: { readonly file: string; readonly kind: string } | null;
  }[];
}

const prices = { input: 1, output: 1_000 };

describe('agents', function () {
  this.timeout(60_000);
  const bench = useRunsBench();
  const elsewhere = useScratchFolder();
  const promptFile = 'a.prompt.md';
  let counter: TokenCounter;
  let process: Process;
  let host: AgentHost;

  beforeEach(async () => {
    counter = new TokenCounter(new URL('../../../../src/services/tokenWorker.ts', import.meta.url));
    process = await bench().process();
    host = hostOf(process);
    prompt('Write a line.');
  });
  afterEach(() => counter.dispose());

  function hostOf({ runs, workspace }: Process, more: Partial<AgentHost> = {}): AgentHost {
    const folder = folderOf(workspace);
    return { runs, services: bench().services, followed: new FollowedRuns(), folders: [folder], ...more };
  }

  function folderOf(workspace: Process['workspace']): AgentFolder {
    const root = bench().folder;
    const files = new DiskFiles();
    return {
      root,
      choosing: () => {
        const lockPath = join(root, '.shelves.lock');
        return Promise.resolve(
          success({ files, root, shelves: new DiskShelves({ gate: new PathGate(), root, lockPath }) }),
        );
      },
      plan: async (path, { count, models, values, existing }) => {
        const source = await sourceIn(path, { files, root });
        if (!source.ok) return source;
        const { baseUrl } = bench().server;
        const planned = await planRun({
          sources: [source.value],
          root,
          services: [
            {
              name: 'test',
              kind: 'openai',
              baseUrl,
              models: ['m'],
              maxConcurrent: 2,
              modelPrices: { m: prices },
            } as never,
          ],
          defaultService: 'test',
          serviceKey: (service) => bench().services.register(service, credential('key', baseUrl), { safetyFactor: 1 }),
          files,
          existing,
          given: values === undefined ? {} : { values },
          ...(count === undefined ? {} : { count }),
          ...(models === undefined ? {} : { models }),
        });
        return planned.ok ? success(planned.value) : failed(planned.problems.map(placedMessage).join(' '));
      },
      estimate: (plan) =>
        estimatePlan(plan, { cache: 'off', sequential: false }, { services: bench().services, counter, workspace }),
      runOptions: () => Promise.resolve(success(bench().options())),
      open: () => Promise.resolve(success(workspace)),
      openIfJournalled: async () => success((await hasJournal(settingsFor(root))) ? workspace : undefined),
      resumption: (there, { id }, budget) =>
        Promise.resolve(success(bench().resumption(there, id, { options: { budget } }))),
      promptFiles: () => Promise.resolve(success([join(root, promptFile), join(root, 'wrong.prompt.md')])),
    };
  }

  function prompt(body: string, matter = 'count: 3'): void {
    writeFileSync(join(bench().folder, promptFile), `---\ncandidates:\n  ${matter}\n---\n${body}\n`);
  }

  async function ask(name: string, input: unknown, signal = new AbortController().signal) {
    const tool = agentTools.find((each) => each.name === name);
    assert.ok(tool, name);
    const outcome = await tool.call(host, input, signal);
    // What is answered goes through JSON.
    if (outcome.ok) assert.deepEqual(JSON.parse(JSON.stringify(outcome.value)), outcome.value);
    return outcome;
  }
  async function call<Result>(name: string, input: object): Promise<Result> {
    const outcome = await ask(name, input);
    if (!outcome.ok) assert.fail(outcome.failure);
    return outcome.value as Result;
  }
  async function refused(name: string, input: object): Promise<string> {
    const outcome = await ask(name, input);
    if (outcome.ok) assert.fail(JSON.stringify(outcome.value));
    return outcome.failure;
  }

  async function ended(input: object): Promise<string> {
    const { run } = await call<{ readonly run: string }>('start_generation', { promptFile, ...input });
    await host.followed.untilAllEnded();
    return run;
  }

  it('start a run that goes on, and are told what it came to', async () => {
    bench().server.hold();
    const started = await call<{ readonly run: string; readonly estimate: { readonly cost: object } }>(
      'start_generation',
      { promptFile, cap: { requests: 3, cost: 5 }, candidates: 2 },
    );
    const before = await call<Status>('get_status', { run: started.run });
    assert.deepEqual([before.state, before.left, before.cap], ['running', 2, { requests: 3, cost: 5 }]);
    bench().server.release();
    await host.followed.untilAllEnded();
    const after = await call<Status>('get_status', { run: started.run });
    assert.deepEqual([after.state, after.written, after.left], ['finished', 2, 0]);
    const { requests, tokens, cost } = after.spent;
    assert.equal(requests, 2);
    assert.ok(cost !== null && Math.abs(cost - tokens.output / 1_000) < 0.01, String(cost));
    const { runs } = await call<{ readonly runs: readonly { readonly run: string }[] }>('get_status', {});
    assert.deepEqual(
      runs.map(({ run }) => run),
      [started.run],
    );
  });

  it('start nothing that may come to more than its cap, or than the person allows', async () => {
    assert.match(await refused('start_generation', { promptFile, cap: { requests: 2 } }), /^This takes 3 requests/);
    const dear = await refused('start_generation', { promptFile, cap: { cost: 0.001 } });
    assert.match(dear, /^This may cost \d+(?:\.\d+)?, and the cap is 0\.001: ask for fewer candidates/);
    const unpriced = { promptFile, cap: { cost: 1_000 }, models: ['another'] };
    assert.match(
      await refused('start_generation', unpriced),
      /^A budget of cost needs prices, and those of test\/another/,
    );
    host = hostOf(process, { mostSpent: { requests: 2 } });
    assert.match(await refused('start_generation', { promptFile, cap: { requests: 9 } }), /and the cap is 2:/);
    host = hostOf(process, { mostSpent: { tokens: 10 } });
    assert.match(await refused('start_generation', { promptFile, cap: { requests: 9 } }), /at most 10 are allowed/);
    assert.equal(bench().server.ledger.records.length, 0);
    assert.deepEqual(await call('get_status', {}), { runs: [] });
  });

  it('start nothing once they are called off', async () => {
    const outcome = await ask('start_generation', { promptFile, cap: { requests: 9 } }, AbortSignal.abort());
    assert.deepEqual(outcome, failed('This was called off before anything was spent.'));
    assert.equal(bench().server.ledger.records.length, 0);
  });

  it('are told that there is nothing to make where all of it is there', async () => {
    await ended({ cap: { requests: 3 } });
    const input = { promptFile, cap: { requests: 3 }, existing: 'missing' };
    const told = await call<{ readonly run: null; readonly alreadyThere: number }>('start_generation', input);
    assert.deepEqual([told.run, told.alreadyThere], [null, 3]);
  });

  it('give values of inputs, and are told which one lacks', async () => {
    prompt('Write about ${input:topic}.');
    assert.match(await refused('start_generation', { promptFile, cap: { requests: 3 } }), /topic/);
    const run = await ended({ cap: { requests: 3 }, inputs: { topic: 'tea {{ x }}' } });
    assert.equal((await call<Status>('get_status', { run })).written, 3);
  });

  it('are told what has failed, and what a run waits for that its process has left', async () => {
    bench().server.configure({ faults: { script: ['400'] } });
    const failing = await ended({ cap: { requests: 3 }, candidates: 1 });
    const { state, failed: count, failures } = await call<Status>('get_status', { run: failing });
    assert.deepEqual([state, count, failures.map(({ number }) => number)], ['finished', 1, [1]]);
    bench().server.configure({ faults: null });
    bench().server.hold(1);
    const { run } = await call<{ readonly run: string }>('start_generation', { promptFile, cap: { requests: 5 } });
    await bench().eventually(() => bench().names().length === 1);
    const other = hostOf(await bench().process());
    const own = host;
    host = other;
    const elsewhere = await call<Status>('get_status', { run });
    assert.equal(elsewhere.state, 'elsewhere');
    assert.match(
      elsewhere.waitingFor ?? '',
      /^Another process works on it \(editor, process \d+\): ask again later\.$/,
    );
    assert.ok((await refused('resume_generation', { run })).length > 0);
    host = own;
    await own.runs.stop(0);
    bench().server.release();
    host = other;
    assert.equal((await call<Status>('get_status', { run })).state, 'unfinished');
    const { status } = await call<{ readonly status: Status }>('resume_generation', { run, waitSeconds: 50 });
    assert.deepEqual(
      [status.problem, status.state, status.written, status.cap],
      [null, 'finished', 3, { requests: 5 }],
    );
    assert.match(await refused('resume_generation', { run }), /has come to its end/);
    assert.match(await refused('get_status', { run: 'x' }), /^There is no run x here/);
  });

  it('do not resume what a person has started without a cap, unless they name one', async () => {
    const plan = await bench().plan(3);
    bench().server.hold();
    const started = await process.runs.start(plan, bench().options(), process.workspace);
    assert.ok(started.ok);
    const { id: run } = started.value;
    await process.runs.stop(0);
    bench().server.release();
    assert.match(await refused('resume_generation', { run }), /was started without a cap: say with "cap"/);
    const input = { run, cap: { requests: 9 }, waitSeconds: 50 };
    const { status } = await call<{ readonly status: Status }>('resume_generation', input);
    assert.deepEqual([status.state, status.written], ['finished', 3]);
  });

  it('read candidates in pages of bounded texts, without archived ones, and which say the same', async () => {
    bench().server.configure({ vary: 'none' });
    await ended({ cap: { requests: 3 } });
    mkdirSync(join(bench().folder, 'candidates/a/archive'));
    writeFileSync(join(bench().folder, 'candidates/a/archive/04.md'), 'Old.\n');
    const first = await call<Results>('get_results', { promptFile, limit: 2, charactersEach: 5 });
    assert.deepEqual([first.total, first.candidates.length, first.next], [3, 2, 2]);
    assert.deepEqual(
      first.candidates.map(({ file, text, isCut, similarTo }) => [file, text?.length, isCut, similarTo]),
      [
        ['candidates/a/01.md', 5, true, null],
        ['candidates/a/02.md', 5, true, { file: 'candidates/a/01.md', kind: 'exact' }],
      ],
    );
    const rest = await call<Results>('get_results', { promptFile, offset: 2 });
    assert.deepEqual([rest.candidates.length, rest.next, rest.candidates[0]?.isCut], [1, null, false]);
    assert.equal((await call<Results>('get_results', { promptFile, row: 'none' })).total, 0);
    assert.equal((await call<Results>('get_results', { promptFile, offset: 9 })).next, null);
  });

  it('bound what one answer holds, and go on where it ended', async () => {
    const folder = join(bench().folder, 'candidates/a');
    mkdirSync(folder, { recursive: true });
    for (const number of [1, 2, 3, 4]) writeFileSync(join(folder, `0${number}.md`), `${number}😀`.repeat(40_000));
    const first = await call<Results>('get_results', { promptFile, charactersEach: 99_998 });
    assert.deepEqual([first.candidates.length, first.next], [2, 2]);
    const [text] = first.candidates.map((each) => each.text);
    assert.equal(text?.isWellFormed(), true);
    assert.equal((await call<Results>('get_results', { promptFile, charactersEach: 99_998, offset: 2 })).next, null);
  });

  it('pick a candidate, and take the place of nothing that is not its prompt file’s', async () => {
    await ended({ cap: { requests: 3 } });
    const { folder } = bench();
    const candidate = 'candidates/a/01.md';
    writeFileSync(join(folder, 'notes.md'), 'Mine.\n');
    writeFileSync(join(folder, 'a.picked.md'), 'Mine too.\n');
    assert.match(await refused('pick_candidate', { candidate, target: 'notes.md' }), /not yours to replace/);
    assert.match(await refused('pick_candidate', { candidate, target: promptFile }), /not yours to replace/);
    assert.match(await refused('pick_candidate', { candidate, target: '../out.md' }), /lies outside of/);
    assert.match(await refused('pick_candidate', { candidate: promptFile }), /is no candidate/);
    await refused('pick_candidate', { candidate, target: '.vscode/tasks.json' });
    const kept = await call('pick_candidate', { candidate });
    assert.deepEqual(kept, { candidate, target: 'a.picked.md', kept: 'archive/a.picked.md' });
    assert.equal(readFileSync(join(folder, 'archive/a.picked.md'), 'utf8'), 'Mine too.\n');
    assert.equal(readFileSync(join(folder, 'a.picked.md'), 'utf8'), readFileSync(join(folder, candidate), 'utf8'));
    await call('pick_candidate', { candidate, target: 'out/best.md' });
    // Another one may take the place of what was picked before it.
    await call('pick_candidate', { candidate: 'candidates/a/02.md', target: 'out/best.md' });
    const best = readFileSync(join(folder, 'out/best.md'), 'utf8');
    assert.equal(best, readFileSync(join(folder, 'candidates/a/02.md'), 'utf8'));
    assert.equal(existsSync(join(folder, '.vscode')), false);
  });

  it('list prompt files, those too that are wrong', async () => {
    writeFileSync(join(bench().folder, 'wrong.prompt.md'), '---\ncandidates:\n  count: many\n---\nWrite.\n');
    const { total, prompts } = await call<{ readonly total: number; readonly prompts: readonly object[] }>(
      'list_prompts',
      {},
    );
    assert.equal(total, 2);
    assert.deepEqual(prompts[0], { promptFile, candidates: 3, models: [], hasData: false, inputs: [] });
    assert.match(JSON.stringify(prompts[1]), /"problem":"wrong\.prompt\.md:\d+: /);
  });

  it('reach nothing outside of their folder, by letters or by links', async () => {
    const outside = join(elsewhere(), 'secret.prompt.md');
    writeFileSync(outside, 'A secret.\n');
    symlinkSync(outside, join(bench().folder, 'link.prompt.md'));
    const cap = { requests: 9 };
    const named = [outside, relative(bench().folder, outside), 'link.prompt.md', 'x/../../y.prompt.md'];
    for (const each of named) {
      const sentences = [
        await refused('start_generation', { promptFile: each, cap }),
        await refused('get_results', { promptFile: each }),
      ];
      for (const sentence of sentences) assert.match(sentence, /lies outside of|leads from/);
    }
    assert.equal(bench().server.ledger.records.length, 0);
  });

  it('know several folders by their names', () => {
    const folders = ['/work/shop', '/work/news'].map((root) => ({ root }) as AgentFolder);
    const several = { folders };
    const [shop, news] = folders;
    assert.ok(shop && news);
    const where = (named: string) => {
      const place = placeIn(several, named);
      return place.ok ? [place.value.folder.root, place.value.path] : undefined;
    };
    assert.deepEqual(where('news/a.prompt.md'), ['/work/news', '/work/news/a.prompt.md']);
    assert.deepEqual(where('/work/news/a.prompt.md'), ['/work/news', '/work/news/a.prompt.md']);
    assert.deepEqual(where('a.prompt.md'), ['/work/shop', '/work/shop/a.prompt.md']);
    assert.deepEqual(where(shownPath(several, news, '/work/news/b/c.md')), ['/work/news', '/work/news/b/c.md']);
    assert.equal(where('news/../../etc/passwd'), undefined);
    assert.equal(where('/etc/passwd'), undefined);
    assert.equal(placeIn({ folders: [] }, 'a').ok, false);
  });
});
