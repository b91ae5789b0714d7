import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { PipelineReport } from '../../../src/terminal/pipelineReport.ts';
import { useWorkbench } from '../../support/terminalHarness.ts';

interface DryRun {
  readonly requests: number;
  readonly cost: { readonly low: number; readonly high: number } | null;
  readonly costIsPartial: boolean;
  /** Seconds. */
  readonly eta: { readonly low: number; readonly high: number } | null;
  readonly stages: readonly {
    readonly items: number | null;
    readonly itemsAreAtMost: boolean;
    readonly requestsPerMinute: number | null;
  }[];
}

describe('http services of pipelines', function () {
  this.timeout(60_000);
  const bench = useWorkbench();
  const servers: Server[] = [];
  let asked: string[];

  beforeEach(() => {
    asked = [];
  });

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  /** @returns its origin */
  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-type', 'application/json');
      listener(request, response);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function put(name: string, text: string): void {
    writeFileSync(bench().seen(name), text);
  }

  function pipeline(rows: number, http: string, more = ''): void {
    const words = Array.from({ length: rows }, (_, row) => `{ word: w${row} }`).join(', ');
    put(
      'a.pipeline.yml',
      `source: { rows: [${words}], key: word }\nstages:\n  - name: found\n    http: ${http}\n    service: web\n${more}`,
    );
  }

  function run(settings: object, ...args: readonly string[]) {
    const config = bench().seen('.config');
    mkdirSync(join(config, 'parallel-candidates'), { recursive: true });
    const services = [{ name: 'web', kind: 'http', ...settings }];
    writeFileSync(
      join(config, 'parallel-candidates', 'settings.json'),
      JSON.stringify({ 'parallelCandidates.services': services }),
    );
    bench().within = (command, cwd) => [
      'sh',
      '-c',
      'cd "$0" && exec env "$@"',
      cwd,
      `XDG_CONFIG_HOME=${config}`,
      ...command,
    ];
    return bench().run('run', 'a.pipeline.yml', '--retry-base', '10', '--json', ...args);
  }

  async function ran(settings: object, ...args: readonly string[]): Promise<PipelineReport> {
    const { stdout, stderr, code } = await run(settings, ...args);
    assert.notEqual(code, 2, stderr);
    return JSON.parse(stdout) as PipelineReport;
  }

  it('are bounded by what a minute may cost, which a plan tells with the cost', async () => {
    const baseUrl = await serve((_, response) => response.end('{}'));
    pipeline(12, `{ url: "${baseUrl}/x", query: { q: "{{ word }}" } }`);
    const { stdout } = await run({ baseUrl, pricePerRequest: 0.01, costPerMinute: 6 }, '--dry-run');
    const plan = JSON.parse(stdout) as DryRun;
    // 80 % of 6 a minute, at 0.01 each.
    assert.equal(Math.round(plan.stages[0]?.requestsPerMinute ?? 0), 480);
    assert.equal(plan.requests, 12);
    assert.deepEqual([plan.cost?.low.toFixed(6), plan.costIsPartial], ['0.120000', false]);
    assert.deepEqual(asked, []);
  });

  it('share what they may do in a minute among their stages, in a plan that says what it does not know', async () => {
    const baseUrl = 'http://127.0.0.1:9';
    const again = `  - name: again\n    when: "{{ found.open }}"\n    http: { url: "${baseUrl}/y" }\n    service: web\n`;
    pipeline(12, `{ url: "${baseUrl}/x" }`, again);
    const settings = { baseUrl, requestsPerMinute: 15, pricePerRequest: 0.01 };
    const { stdout } = await run(settings, '--dry-run');
    const plan = JSON.parse(stdout) as DryRun;
    // 24 requests at 80 % of 15 a minute; the second stage may have none.
    assert.deepEqual(plan.eta, { low: 120, high: 120 });
    assert.deepEqual(
      plan.stages.map(({ items, itemsAreAtMost }) => [items, itemsAreAtMost]),
      [
        [12, false],
        [12, true],
      ],
    );
    assert.deepEqual([plan.cost?.low.toFixed(6), plan.cost?.high.toFixed(6)], ['0.120000', '0.240000']);
    const polite = `  - name: polite\n    http: { url: "https://api.example.org/{{ word }}" }\n`;
    pipeline(12, `{ url: "${baseUrl}/x" }`, polite + '  - name: each\n    each: found.list\n    command: [echo]\n');
    const more = JSON.parse((await run(settings, '--dry-run')).stdout) as DryRun;
    assert.deepEqual(
      more.stages.map(({ requestsPerMinute, items }) => [requestsPerMinute, items]),
      [
        [12, 12],
        [120, 12],
        [null, null],
      ],
    );
  });

  it('cost what each of their requests does, pages too', async () => {
    const baseUrl = await serve((request, response) => {
      const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('cursor') ?? 0);
      response.end(JSON.stringify({ items: [page], next: page < 2 ? page + 1 : null }));
    });
    pipeline(2, `{ url: "${baseUrl}/x", paging: { next: next, parameter: cursor, items: items } }`);
    const report = await ran({ baseUrl, pricePerRequest: 0.25, costPerMinute: 10_000 });
    assert.deepEqual([report.records, report.failed, asked.length], [2, 0, 6]);
    assert.equal(report.cost, 1.5);
  });

  it('are asked by a later run whether anything has changed, and what has not is not paid again', async () => {
    const conditions: (string | undefined)[] = [];
    let version = 1;
    const baseUrl = await serve((request, response) => {
      conditions.push(request.headers['if-none-match']);
      response.setHeader('etag', `"v${version}"`);
      const isKnown = request.headers['if-none-match'] === `"v${version}"`;
      return isKnown ? response.writeHead(304).end() : response.end(JSON.stringify({ version }));
    });
    pipeline(3, `{ url: "${baseUrl}/x", query: { q: "{{ word }}" } }`, 'deliver: [{ jsonl: found.jsonl }]\n');
    const settings = { baseUrl, pricePerRequest: 0.5 };
    const found = (): string => readFileSync(bench().seen('found.jsonl'), 'utf8');
    assert.equal((await ran(settings, '--cache', 'off')).cost, 1.5);
    const first = found();
    // Another process, which has nothing in memory.
    const again = await ran(settings, '--cache', 'off');
    assert.deepEqual([again.records, again.failed, again.cost], [3, 0, 0]);
    assert.equal(found(), first);
    assert.deepEqual(conditions, [undefined, undefined, undefined, '"v1"', '"v1"', '"v1"']);
    version = 2;
    assert.equal((await ran(settings, '--cache', 'off')).cost, 1.5);
    assert.match(found(), /"version":2/);
    // Clearing the cache forgets it.
    await bench().run('clear-cache');
    await ran(settings, '--cache', 'off');
    assert.deepEqual(conditions.slice(9), [undefined, undefined, undefined]);
  });

  it('are refused where nobody says what a request costs', async () => {
    pipeline(1, '{ url: "http://127.0.0.1:9/x" }');
    const { code, stderr } = await run({ baseUrl: 'http://127.0.0.1:9', costPerMinute: 1 });
    assert.equal(code, 2);
    assert.match(stderr, /"costPerMinute" must be a number above 0, with "pricePerRequest" beside it\./);
  });

  it('are left alone for as long as they ask, and nothing is lost', async () => {
    let refusedAt: number | undefined;
    let refused = 0;
    const baseUrl = await serve((_, response) => {
      if (asked.length <= 3) return response.end('{}');
      refusedAt ??= performance.now();
      if (performance.now() - refusedAt > 900) return response.end('{}');
      refused += 1;
      return response.writeHead(429, { 'retry-after': '1', 'x-ratelimit-remaining-requests': '0' }).end();
    });
    pipeline(30, `{ url: "${baseUrl}/x", query: { q: "{{ word }}" } }`);
    const report = await ran({ baseUrl });
    assert.deepEqual([report.records, report.failed], [30, 0]);
    // Those that were on their way when the first one was refused.
    assert.ok(refused >= 1 && refused <= 10, `${refused} were refused`);
  });

  it('are probed when they are down, and what fails meanwhile does not count against the records', async () => {
    const baseUrl = await serve((_, response) => {
      const isDown = asked.length > 1 && asked.length <= 13;
      response.writeHead(isDown ? 500 : 200).end('{}');
    });
    pipeline(12, `{ url: "${baseUrl}/x", query: { q: "{{ word }}" } }`);
    // Of twelve failures, one would be the second of a record. The breaker opens before that, and probes do not count.
    const report = await ran({ baseUrl }, '--workers', 'found=2', '--attempts', '2');
    assert.deepEqual([report.records, report.failed, report.errors], [12, 0, []]);
  });

  it('are no hosts that only the data names: one that is down says nothing about another', async () => {
    const bad = await serve((_, response) => response.writeHead(500).end());
    const good = await serve((_, response) => response.end('{}'));
    const rows = Array.from({ length: 24 }, (_, row) => `{ id: r${row}, url: "${row % 2 === 0 ? bad : good}/${row}" }`);
    put(
      'a.pipeline.yml',
      `source: { rows: [${rows.join(', ')}], key: id }\nstages:\n  - name: page\n    http: { url: "{{ url }}", allowPrivate: true }\n`,
    );
    const report = await ran({ baseUrl: good });
    assert.deepEqual(
      report.stages.map(({ written, failed }) => [written, failed]),
      [[12, 12]],
    );
    const rowsOf = (rest: number): string[] => asked.filter((url) => Number(url.slice(1)) % 2 === rest);
    assert.equal(new Set(rowsOf(1)).size, 12);
    assert.equal(rowsOf(1).length, 12);
    // The one that is down is found out, and left alone but for probes.
    assert.ok(rowsOf(0).length < 12 * 3, `${rowsOf(0).length} requests to a host that is down`);
  });
});
