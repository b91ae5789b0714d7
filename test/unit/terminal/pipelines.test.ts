import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PipelineReport } from '../../../src/terminal/pipelineReport.ts';
import type { CliResult } from '../../support/cli.ts';
import { refusing } from '../../support/server/habits.ts';
import { useWorkbench } from '../../support/terminalHarness.ts';

interface ListedRecords {
  readonly run: string;
  readonly records: readonly {
    readonly stage: string;
    readonly key: string;
    readonly state: string;
    readonly problem: string | null;
    readonly adapted?: { readonly leftOut: readonly string[] };
    readonly record: Readonly<Record<string, unknown>>;
  }[];
}

describe('parallel-candidates run', function () {
  this.timeout(60_000);
  const bench = useWorkbench();
  const put = (name: string, text: string): void => writeFileSync(bench().seen(name), text);
  const read = (name: string): string => readFileSync(bench().seen(name), 'utf8');
  /** Paths that the other server was asked for. */
  let asked: string[];
  let failing: Set<string>;
  let other: Server;
  let origin: string;

  beforeEach(async () => {
    asked = [];
    failing = new Set();
    other = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
      asked.push(request.url ?? '');
      if (failing.has(pathname)) return response.writeHead(403).end('{"error":"not for you"}');
      if (pathname.startsWith('/file/')) {
        return response.writeHead(200, { 'content-type': 'application/pdf' }).end(`%PDF-1.4 ${pathname}`);
      }
      if (pathname === '/none') return response.writeHead(404).end();
      const word = searchParams.get('word') ?? '';
      response.setHeader('content-type', 'application/json');
      return response.end(JSON.stringify({ results: word === 'none' ? [] : [{ word, length: word.length }] }));
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    put('words.csv', 'id,word\nw1,tree\nw2,none\nw3,house\n');
  });

  afterEach(() => new Promise((resolve) => other.close(resolve)));

  async function ran(...args: readonly string[]): Promise<PipelineReport & { readonly code: number | null }> {
    const { code, stdout, stderr } = await bench().run('run', '--base-url', bench().server.baseUrl, '--json', ...args);
    assert.notEqual(code, 2, stderr);
    return { code, ...(JSON.parse(stdout) as PipelineReport) };
  }

  async function records(...args: readonly string[]): Promise<ListedRecords> {
    const { code, stdout, stderr } = await bench().run('records', '--json', ...args);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as ListedRecords;
  }

  const stagesOf = ({ stages }: PipelineReport): unknown =>
    stages.map(({ name, written, failed, skipped }) => [name, written, failed, skipped]);

  function lookUp(more = ''): void {
    put(
      'words.pipeline.yml',
      `source: { data: words.csv, key: id }
stages:
  - name: found
    http: { url: "${origin}/look", query: { word: "{{ word }}" }, select: "results[0]", allowPrivate: true }
    otherwise: keep
  - name: paper
    when: "{{ found.length > 4 }}"
    http: { url: "${origin}/file/{{ word }}", accept: application/pdf, allowPrivate: true }
    output: files/{{ key }}.pdf
  - name: count
    command: [node, -e, "process.stdout.write(String(process.argv[1].length))", "{{ word }}"]
${more}table: { file: words.csv.out.csv, columns: [key, found.length, paper.file, count.text, state] }
deliver: [{ jsonl: words.jsonl }]
`,
    );
  }

  it('asks over HTTP, keeps what finds nothing, passes by, downloads, runs programs, and delivers in order', async () => {
    lookUp();
    const report = await ran('words.pipeline.yml');
    assert.deepEqual([report.code, report.records, report.failed, report.errors], [0, 3, 0, []]);
    assert.deepEqual(stagesOf(report), [
      ['found', 3, 0, 0],
      ['paper', 1, 0, 2],
      ['count', 3, 0, 0],
    ]);
    assert.equal(
      read('words.csv.out.csv'),
      'key,found.length,paper.file,count.text,state\r\nw1,4,,4,written\r\nw2,,,4,written\r\nw3,5,files/w3.pdf,5,written\r\n',
    );
    assert.equal(read('files/w3.pdf'), '%PDF-1.4 /file/house');
    assert.equal(read('words.jsonl').trim().split('\n').length, 3);
    assert.deepEqual(
      report.files.map((file) => file.slice(bench().folder.length + 1)),
      ['files/w3.pdf', 'words.csv.out.csv', 'words.jsonl'],
    );
    assert.deepEqual([...asked].sort(), ['/file/house', '/look?word=house', '/look?word=none', '/look?word=tree']);
  });

  it('tells what a service has made of the parameters of a stage, and of texts that were cut', async () => {
    const matter = 'candidates: { count: 1, temperature: 0.5, budget: { requests: 1 } }';
    put('say.prompt.md', `---\n${matter}\n---\nSay {{ word }}.\n`);
    put('say.pipeline.yml', 'source: { data: words.csv, key: id }\nstages: [{ name: say, prompt: say.prompt.md }]\n');
    bench().server.configure({ habit: refusing({ temperature: null }) });
    const run = (): Promise<CliResult> =>
      bench().run('run', 'say.pipeline.yml', '--base-url', bench().server.baseUrl, '--model', 'm');
    const { code, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.equal(stderr.split('openai-compatible/m: temperature is left out').length - 1, 1, stderr);
    assert.match(
      stderr,
      /say\.prompt\.md:1: "candidates\.budget" of this prompt counts where it is generated by itself/,
    );
    const { records: listed } = await records('--stage', 'say');
    assert.deepEqual(
      listed.map(({ adapted }) => adapted?.leftOut),
      [['temperature'], ['temperature'], ['temperature']],
    );
    assert.match((await bench().run('records', '--csv')).stdout, /,parameters,state\r\n.*: temperature is left out,/);
    bench().server.configure({ habit: 'cut-half' });
    put('say.prompt.md', '---\ncandidates: { count: 1 }\n---\nSay {{ word }} at length.\n');
    assert.match((await run()).stderr, /3 .* cut at the output limit/);
  });

  it('asks for nothing again that has not changed, and makes what has', async () => {
    lookUp();
    await ran('words.pipeline.yml');
    asked.length = 0;
    put('words.csv', 'id,word\nw1,tree\nw4,forest\nw3,house\n');
    const report = await ran('words.pipeline.yml');
    assert.deepEqual([...asked].sort(), ['/file/forest', '/look?word=forest']);
    assert.equal(report.records, 3);
    assert.match(read('words.csv.out.csv'), /w1,.*\r\nw4,.*\r\nw3,/);
  });

  it('makes the same files one at a time', async () => {
    lookUp();
    await ran('words.pipeline.yml');
    const parallel = ['files/w3.pdf', 'words.csv.out.csv', 'words.jsonl'].map(read);
    const { code } = await ran('words.pipeline.yml', '--sequential', '--cache', 'off');
    assert.equal(code, 0);
    assert.deepEqual(['files/w3.pdf', 'words.csv.out.csv', 'words.jsonl'].map(read), parallel);
    assert.ok(!existsSync(bench().seen('archive')), 'what is the same is left as it is');
  });

  it('leaves nothing in the archive when it comes to the same again, however long it takes', async () => {
    put(
      'slow.pipeline.yml',
      `source: { rows: [{ id: a }, { id: b }], key: id }
stages: [{ name: wait, command: [node, -e, "setTimeout(() => console.log(1), 700)"] }]
table: { file: slow.csv, columns: [id, wait.text] }
`,
    );
    await ran('slow.pipeline.yml');
    const before = read('slow.csv');
    // The table is written meanwhile, without the records that are not through yet.
    await ran('slow.pipeline.yml', '--sequential', '--cache', 'off');
    assert.equal(read('slow.csv'), before);
    assert.ok(!existsSync(bench().seen('archive')));
    writeFileSync(bench().seen('slow.csv'), 'mine');
    await ran('slow.pipeline.yml');
    assert.equal(read('slow.csv'), before);
    assert.equal(read('archive/slow.csv'), 'mine');
  });

  it('goes on with the others where a record fails, and tries again what has failed', async () => {
    lookUp();
    failing.add('/file/house');
    const report = await ran('words.pipeline.yml');
    assert.deepEqual([report.code, report.failed], [1, 1]);
    assert.deepEqual(
      report.errors.map(({ record, stage, reason }) => [record, stage, reason]),
      [['w3', 'paper', 'bad-request']],
    );
    assert.match(read('words.csv.out.csv'), /w3,5,,,failed/);
    const { records: failed } = await records('--stage', 'paper', '--state', 'failed');
    assert.deepEqual(
      failed.map(({ key, stage }) => [key, stage]),
      [['w3', 'paper']],
    );
    failing.clear();
    asked.length = 0;
    const { code, stdout, stderr } = await bench().run('retry', '--stage', 'paper', '--json');
    assert.equal(code, 0, stderr);
    assert.deepEqual(asked, ['/file/house']);
    assert.deepEqual(stagesOf(JSON.parse(stdout) as PipelineReport), [
      ['found', 3, 0, 0],
      ['paper', 1, 0, 2],
      ['count', 3, 0, 0],
    ]);
    assert.match(read('words.csv.out.csv'), /w3,5,files\/w3\.pdf,5,written/);
  });

  /** Stages of each kind that leave files; programs and modules note each time that they run. */
  function leaveFiles(...names: readonly ('say' | 'program' | 'count' | 'paper')[]): void {
    put('say.prompt.md', 'Say {{ word }}.\n');
    put(
      'program.cjs',
      "require('node:fs').appendFileSync('ran.log', `program ${process.argv[2]}\\n`);\nconsole.log(process.argv[2]);\n",
    );
    put(
      'count.mjs',
      "import { appendFileSync } from 'node:fs';\nexport default ({ word }, { folder }) => {\n" +
        "  appendFileSync('ran.log', `count ${word}\\n`);\n  return { letters: word.length };\n};\n",
    );
    const stages = {
      say: 'prompt: say.prompt.md',
      program: 'command: [node, program.cjs, "{{ word }}"]',
      count: 'module: ./count.mjs',
      paper: `http: { url: "${origin}/file/{{ word }}", allowPrivate: true }`,
    };
    const lines = names.map((name) => `  - { name: ${name}, ${stages[name]}, output: "out/${name}/{{ key }}.txt" }\n`);
    put('ran.log', '');
    put(
      'leave.pipeline.yml',
      `source: { rows: [{ id: a, word: tree }], key: id }\nstages:\n${lines.join('')}` +
        `  - { name: last, command: [cat, "{{ ${names.at(-1)}.file }}"] }\ndeliver: [{ jsonl: all.jsonl }]\n`,
    );
  }

  const spent = (): unknown => [bench().server.ledger.records.length, read('ran.log'), asked];

  for (const name of ['say', 'program', 'count'] as const) {
    it(`keeps what a stage made whose file cannot be written, and only writes it later: ${name}`, async () => {
      leaveFiles(name);
      put('out', 'in the way');
      const report = await ran('leave.pipeline.yml');
      assert.deepEqual(
        [report.code, report.errors.map(({ stage, reason }) => [stage, reason])],
        [1, [[name, 'write-failed']]],
      );
      const before = spent();
      rmSync(bench().seen('out'));
      const { code, stderr } = await bench().run('retry', '--json');
      assert.equal(code, 0, stderr);
      assert.deepEqual(spent(), before, 'nothing is asked or run again');
      const [line = ''] = read('all.jsonl').split('\n');
      const { last } = JSON.parse(line) as { last: { text: string } };
      assert.equal(last.text.trim(), read(`out/${name}/a.txt`).trim());
    });
  }

  for (const name of ['say', 'program', 'count', 'paper'] as const) {
    for (const point of ['after-commit', 'before-rename', 'after-rename'] as const) {
      it(`comes to the same when it is killed ${point}, and nothing is made twice: ${name}`, async () => {
        leaveFiles(name);
        const killed = bench().start(['run', 'leave.pipeline.yml', '--base-url', bench().server.baseUrl, '--json'], {
          PARALLEL_CANDIDATES_FAILPOINT: point,
        });
        assert.equal((await killed.result).code, null);
        const before = spent();
        const { code, stderr } = await bench().run('resume', '--json');
        assert.equal(code, 0, stderr);
        assert.deepEqual(spent(), before);
        assert.deepEqual(readdirSync(bench().seen(`out/${name}`)), ['a.txt'], 'nothing half is left');
        const [line = ''] = read('all.jsonl').split('\n');
        const { last } = JSON.parse(line) as { last: { text: string } };
        assert.equal(last.text.trim(), read(`out/${name}/a.txt`).trim());
      });
    }
  }

  it('asks a dead host that the data names a few times, and the others as if it were not there', async () => {
    let tried = 0;
    const dead = createServer().on('connection', (socket) => {
      tried++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve));
    const { port } = dead.address() as AddressInfo;
    const rows = Array.from({ length: 200 }, (_, at) => {
      const base = at % 2 === 0 ? `http://127.0.0.1:${port}` : origin;
      return `k${at},${base}/look?word=w${at}\n`;
    });
    put('hosts.csv', `id,url\n${rows.join('')}`);
    put(
      'hosts.pipeline.yml',
      `source: { data: hosts.csv, key: id }
stages: [{ name: get, http: { url: "{{ url }}", allowPrivate: true }, retry: { attempts: 2, base: 0.05 } }]
`,
    );
    const report = await ran('hosts.pipeline.yml').finally(() => dead.close());
    assert.deepEqual([report.code, report.failed, asked.length], [1, 100, 100]);
    for (const { reason, message } of report.errors) {
      assert.equal(reason, 'connection');
      assert.match(message, /"127\.0\.0\.1:\d+"/);
    }
    assert.ok(tried < 30, `${tried} requests`);
  });

  it('has no more of a large file in memory than comes at once', async function () {
    if (process.platform !== 'linux') this.skip();
    const [piece, pieces] = [Buffer.alloc(1_000_000, 'x'), 50];
    const { promise: isUnderWay, resolve: underWay } = Promise.withResolvers<() => void>();
    const large = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const send = async (count: number): Promise<void> => {
        for (let at = 0; at < count; at++) if (!response.write(piece)) await once(response, 'drain');
      };
      void send(1).then(() => underWay(() => void send(pieces - 1).then(() => response.end())));
    });
    await new Promise<void>((resolve) => large.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(large.address() as AddressInfo).port}/`;
      put(
        'large.pipeline.yml',
        `source: { rows: [{}] }\nstages: [{ name: get, http: { url: "${url}", allowPrivate: true }, output: large.txt }]\n`,
      );
      const { process: child, result } = bench().start(['run', 'large.pipeline.yml', '--json'], {
        NODE_OPTIONS: '--max-old-space-size=48',
      });
      const send = await isUnderWay;
      // One that has ended has none.
      const memory = (): number =>
        Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
      const before = memory();
      let after = before;
      const watch = setInterval(() => (after = Math.max(after, memory())), 5);
      send();
      const { code, stderr } = await result.finally(() => clearInterval(watch));
      assert.equal(code, 0, stderr);
      assert.equal(statSync(bench().seen('large.txt')).size, piece.length * pieces);
      assert.ok(after - before < 75_000_000, `${after - before} bytes more`);
    } finally {
      large.close();
    }
  });

  it('expands, gathers and asks prompts, by stages that are named for one run', async () => {
    mkdirSync(bench().seen('prompts'));
    put('prompts/say.prompt.md', '---\ncandidates: { count: 1 }\n---\nSay {{ part }} of {{ id }}.\n');
    put('prompts/all.prompt.md', 'Say all:{% for each in records %} {{ each.part }}{% endfor %}.\n');
    put('parts.json', '[{"id":"a","parts":[{"part":"x"},{"part":"y"}]},{"id":"b","parts":[{"part":"z"}]}]');
    put(
      'parts.pipeline.yml',
      `source: { data: parts.json }
stages:
  - { name: say, each: parts, prompt: prompts/say.prompt.md, workers: 1 }
  - { name: all, gather: {}, prompt: prompts/all.prompt.md }
deliver: [{ markdown: all.md }]
`,
    );
    const only = await ran('parts.pipeline.yml', '--only', 'say', '--limit', '1');
    assert.deepEqual(stagesOf(only), [['say', 2, 0, 0]]);
    bench().server.ledger.reset();
    const report = await ran('parts.pipeline.yml', '--workers', 'say=3', '--queue-size', '2');
    assert.equal(report.code, 0);
    assert.deepEqual(stagesOf(report), [
      ['say', 1, 0, 2],
      ['all', 1, 0, 0],
    ]);
    assert.equal(bench().server.ledger.records.length, 2);
    assert.ok(existsSync(bench().seen('all.md')));
    const { records: all } = await records('--stage', 'all');
    const record = all[0]?.record ?? {};
    assert.deepEqual(
      (record.records as readonly { readonly part: string }[]).map(({ part }) => part),
      ['x', 'y', 'z'],
    );
  });

  it('gathers rows in the first stage', async () => {
    put(
      'words.pipeline.yml',
      `source: { data: words.csv, key: id }
stages:
  - { name: two, gather: { size: 2 }, command: [node, -e, "process.stdin.pipe(process.stdout)"], stdin: "{{ records }}", result: json }
  - { name: one, each: records, command: [node, -e, "process.stdout.write(process.argv[1])", "{{ word }}"] }
table: { file: out.csv, columns: [key, word, one.text] }
`,
    );
    const report = await ran('words.pipeline.yml');
    assert.deepEqual(stagesOf(report), [
      ['two', 2, 0, 0],
      ['one', 3, 0, 0],
    ]);
    const table = 'key,word,one.text\r\n/0/0,tree,tree\r\n/0/1,none,none\r\n/1/0,house,house\r\n';
    assert.equal(read('out.csv'), table);
    put('words.csv', 'id,word\nw1,tree\nw2,none\nw3,houses\n');
    assert.deepEqual(stagesOf(await ran('words.pipeline.yml')), [
      ['two', 1, 0, 1],
      ['one', 1, 0, 2],
    ]);
  });

  it('tells what is wrong with its rows in the words of the pipeline file', async () => {
    const run = (): Promise<CliResult> => bench().run('run', 'words.pipeline.yml');
    const text = (source: string): string =>
      `source: { ${source} }\nstages: [{ name: one, command: [node, "{{ word }}"] }]\n`;
    for (const [source, told] of [
      [
        'data: no.csv',
        /words\.pipeline\.yml:1: There is no file "no\.csv" beside the pipeline file: correct source\.data\./,
      ],
      ['files: "*.pdf"', /words\.pipeline\.yml:1: No file matches "\*\.pdf": correct the pattern in source\.files\./],
      [
        'data: twice.csv, key: word',
        /twice\.csv:3: Rows 1 and 2 have the same key "a": correct one, or set source\.key /,
      ],
    ] as const) {
      put('twice.csv', 'word\na\na\n');
      put('words.pipeline.yml', text(source));
      const { code, stderr } = await run();
      assert.equal(code, 2);
      assert.match(stderr, told);
    }
    put('words.pipeline.yml', `${text('data: words.csv')}---\nmore: 1\n`);
    assert.match(
      (await run()).stderr,
      /words\.pipeline\.yml:3: .* another document begins with "---", and only one is read\./,
    );
    put('words.pipeline.yml', '#'.repeat(5_000_000));
    assert.match((await run()).stderr, /The pipeline file has more than 1,000,000 characters: make it shorter\./);
  });

  it('makes records of one key once, also where the first stage takes lists apart', async () => {
    put(
      'parts.json',
      '[{"id":"a","parts":[{"k":"x","n":1},{"k":"y","n":2},{"k":"y","n":3}]},{"id":"b","parts":[{"k":"y","n":4},{"k":"z","n":5}]}]',
    );
    put(
      'parts.pipeline.yml',
      `source: { data: parts.json, key: id }
stages:
  - { name: odd, each: parts, key: "{{ k }}", when: "{{ k != 'z' }}", command: [echo, "{{ n }}"] }
  - { name: all, command: [echo, "{{ k }}"] }
table: { file: parts.csv, columns: [key, n, odd.text, all.text] }
`,
    );
    assert.equal((await ran('parts.pipeline.yml')).code, 0);
    assert.equal(read('parts.csv'), 'key,n,odd.text,all.text\r\nx,1,1,x\r\ny,2,2,y\r\nz,5,,z\r\n');
  });

  it('shows the plan, and begins nothing', async () => {
    lookUp();
    const { code, stdout, stderr } = await bench().run('run', 'words.pipeline.yml', '--dry-run', '--json');
    assert.equal(code, 0, stderr);
    const plan = JSON.parse(stdout) as {
      readonly records: number;
      readonly stages: readonly { readonly items: number }[];
    };
    assert.deepEqual([plan.records, plan.stages.map(({ items }) => items)], [3, [3, 3, 3]]);
    assert.deepEqual([asked, readdirSync(bench().folder).sort()], [[], ['words.csv', 'words.pipeline.yml']]);
  });

  it('counts in the plan what the cache would answer, as far as that is known', async () => {
    lookUp();
    const planned = async (...more: readonly string[]) => {
      const { code, stdout, stderr } = await bench().run('run', 'words.pipeline.yml', '--dry-run', '--json', ...more);
      assert.equal(code, 0, stderr);
      const { requests, cached, stages } = JSON.parse(stdout) as {
        readonly requests: number;
        readonly cached: number;
        readonly stages: readonly { readonly name: string; readonly cached: number }[];
      };
      return [requests, cached, stages.map((stage) => stage.cached)];
    };
    assert.deepEqual(await planned(), [6, 0, [0, 0, 0]]);
    await ran('words.pipeline.yml');
    assert.deepEqual(await planned(), [2, 7, [3, 1, 3]], 'what follows a record is known by what the cache has of it');
    assert.deepEqual(await planned('--cache', 'off'), [6, 0, [0, 0, 0]]);
    put('words.csv', 'id,word\nw1,tree\nw4,forest\nw3,house\n');
    assert.deepEqual(await planned(), [3, 5, [2, 1, 2]]);
    const { stdout } = await bench().run('run', 'words.pipeline.yml', '--dry-run');
    assert.match(stdout, /^5 items are in the cache, and are not made again\.$/m);
  });

  it('says what is wrong before anything begins', async () => {
    put('bad.pipeline.yml', 'stages:\n  - name: a\n    prompt: no.prompt.md\n  - name: a\n    http: { url: "x" }\n');
    put('good.pipeline.yml', 'stages:\n  - { name: a, prompt: { text: "Say {{ word }}." } }\n');
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['bad.pipeline.yml'], /bad\.pipeline\.yml:4: .*"a"/],
      [['no.pipeline.yml'], /There is no file no\.pipeline\.yml/],
      [['words.csv'], /words\.csv is no pipeline/],
      [['good.pipeline.yml', '--only', 'b'], /has no stage "b"/],
      [['good.pipeline.yml', '--workers', 'a'], /must be "stage=value"/],
      [['good.pipeline.yml', '--service', 'a=nobody'], /asks for the service "nobody", which is not there/],
    ];
    for (const [args, expected] of cases) {
      const { code, stdout, stderr } = await bench().run('run', ...args);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, expected);
    }
    const { code, stdout } = await bench().run('run', 'bad.pipeline.yml', '--dry-run', '--json');
    const { problems } = JSON.parse(stdout) as { readonly problems: readonly { readonly line: number }[] };
    assert.deepEqual([code, problems[0]?.line], [2, 4]);
  });

  it('says once that a service is not there, whoever names it', async () => {
    put(
      'gone.pipeline.yml',
      `source: { data: words.csv, key: id }
stages:
  - name: found
    http: { url: "${origin}/look" }
    service: nowhere
  - { name: say, prompt: { text: "Say {{ word }}" }, service: gone }
`,
    );
    const told = async (...more: readonly string[]): Promise<readonly string[]> => {
      const { code, stderr } = await bench().run(
        'run',
        'gone.pipeline.yml',
        '--base-url',
        origin,
        '--dry-run',
        ...more,
      );
      assert.equal(code, 2);
      return [...stderr.matchAll(/asks for the service "(.*?)"/g)].map(([, name = '']) => name);
    };
    assert.deepEqual(await told(), ['nowhere', 'gone']);
    assert.deepEqual(await told('--service', 'say=other'), ['other', 'nowhere']);
  });

  it('says in one sentence which stages and states of records there are', async () => {
    lookUp();
    await ran('words.pipeline.yml');
    for (const [args, said] of [
      [['--stage', 'fuond'], 'The pipeline has no stage "fuond": its stages are found, paper, count.'],
      [['--state', 'done'], '--state must be queued, written, failed, cancelled, skipped, not "done".'],
    ] as const) {
      const { code, stdout, stderr } = await bench().run('records', ...args);
      assert.deepEqual([code, stdout, stderr.trim().split('\n').length], [2, '', 1], stderr);
      assert.ok(stderr.includes(said), stderr);
    }
  });

  it('is resumed where it was left, without asking twice', async () => {
    lookUp();
    bench().server.configure({});
    const first = bench().start(['run', 'words.pipeline.yml', '--workers', 'count=1']);
    await first.until(/completed/);
    first.process.kill('SIGKILL');
    await first.result;
    const before = asked.length;
    const { code, stdout, stderr } = await bench().run('resume', '--json');
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout) as PipelineReport;
    assert.equal(report.records, 3);
    assert.ok(asked.length - before <= 4 - 1 || before <= 4);
    assert.ok(existsSync(bench().seen('words.jsonl')));
  });

  for (const [place, what] of [
    ['mid-delivery:1', 'its table is written, and nothing that it delivers'],
    ['mid-delivery:3', 'some of what it delivers is written'],
  ] as const) {
    it(`is not through until all is delivered: killed when ${what}, it delivers when it is resumed`, async () => {
      lookUp('');
      const more = 'deliver: [{ jsonl: "each/{{ id }}.jsonl" }, { markdown: all.md, text: count.text }]';
      put('words.pipeline.yml', read('words.pipeline.yml').replace(/^deliver: .*$/m, more));
      const whole = {
        'each/w1.jsonl': '',
        'each/w2.jsonl': '',
        'each/w3.jsonl': '',
        'all.md': '',
        'words.csv.out.csv': '',
      };
      const left = (): Readonly<Record<string, string>> =>
        Object.fromEntries(
          Object.keys(whole).flatMap((name) => (existsSync(bench().seen(name)) ? [[name, read(name)]] : [])),
        );
      const args = ['run', 'words.pipeline.yml', '--base-url', bench().server.baseUrl];
      const killed = await bench().start(args, { PARALLEL_CANDIDATES_FAILPOINT: place }).result;
      assert.equal(killed.code, null, killed.stderr);
      const before = asked.length;
      assert.notDeepEqual(Object.keys(left()), Object.keys(whole));
      const resumed = await bench().run('resume', '--json');
      assert.equal(resumed.code, 0, resumed.stderr);
      const { files, failed } = JSON.parse(resumed.stdout) as PipelineReport;
      assert.deepEqual([failed, files.length], [0, 6]);
      assert.equal(asked.length, before, 'nothing is asked for again');
      const after = left();
      await ran('words.pipeline.yml');
      assert.deepEqual(after, left(), 'it comes to what an undisturbed run does');
      assert.deepEqual(Object.keys(after), Object.keys(whole));
      const nothing = await bench().run('resume');
      assert.match(nothing.stderr, /nothing to resume/);
    });
  }
});
