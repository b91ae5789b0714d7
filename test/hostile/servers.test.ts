import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import type { AttemptOutcome } from '../../src/model/attempt.ts';
import { kindOf } from '../../src/services/kinds.ts';
import { readServices } from '../../src/services/serviceConfiguration.ts';
import type { Generation } from '../../src/services/service.ts';
import type { JsonReport } from '../../src/terminal/report.ts';
import { chunk, event, jsonType } from '../support/server/habits.ts';
import { useWorkbench } from '../support/terminalHarness.ts';
import { useServers } from './support/hostileServer.ts';

const answer = chunk({ content: 'Rain.' }, 'stop') + event('[DONE]');
/** So little memory that nothing large is kept by accident, MB. */
const heapMb = 64;
/** More than any wait is taken for, s. */
const longPatience = String(100 * 86_400);

function eventOf(text: string): string {
  return event({ choices: [{ index: 0, delta: { content: text } }] });
}

/** Sends pieces for as long as somebody takes them. */
function endless(response: NodeJS.WritableStream, piece: string): void {
  Readable.from(
    (function* () {
      for (;;) yield piece;
    })(),
  )
    .on('error', () => undefined)
    .pipe(response);
}

describe('hostile servers', function () {
  this.timeout(60_000);
  const bench = useWorkbench();
  const servers = useServers();

  /** One candidate, asked for once, with little memory. */
  async function generate(origin: string, ...more: readonly string[]): Promise<JsonReport> {
    bench().prompt(1);
    const args = ['generate', 'a.prompt.md', '--json', '--base-url', `${origin}/v1`, '--attempts', '1', ...more];
    const { stdout, stderr } = await bench().start(args, { NODE_OPTIONS: `--max-old-space-size=${heapMb}` }).result;
    assert.notEqual(stdout, '', stderr);
    const report = JSON.parse(stdout) as JsonReport;
    for (const figure of [report.tokens.input, report.tokens.output, report.durationMs, report.attempts]) {
      assert.ok(Number.isSafeInteger(figure) && figure >= 0, stdout);
    }
    // What was written down can be read again.
    const [run] = await bench().runs();
    assert.equal(run?.items, 1);
    return report;
  }

  async function answering(send: (response: ServerResponse) => void, ...more: readonly string[]): Promise<JsonReport> {
    const { origin } = await servers.http((_, response) => send(response));
    return generate(origin, ...more);
  }

  for (const index of [1e8, 4294967290, -1, 1e300, 0.5, '0x7', '99999999', [0], { a: 1 }, true]) {
    it(`cost nothing with an index of ${JSON.stringify(index)}`, async () => {
      const { written, failed } = await answering((response) => {
        const odd = event({ choices: [{ index, delta: { content: 'Odd.' }, finish_reason: 'stop' }] });
        response.end(odd + answer);
      });
      assert.equal(written + failed, 1);
    });
  }

  for (const usage of [
    '{"prompt_tokens":1e300,"completion_tokens":1e300}',
    '{"prompt_tokens":1e999,"completion_tokens":-1e999}',
    '{"prompt_tokens":NaN,"completion_tokens":Infinity}',
    '{"prompt_tokens":-5,"completion_tokens":-0.5,"total_tokens":-1}',
    '{"prompt_tokens":9007199254740993,"completion_tokens":"7"}',
    '{"prompt_tokens":{"valueOf":1},"completion_tokens":[2],"completion_tokens_details":{"reasoning_tokens":1e300}}',
    '[1e300]',
    '"1e300"',
  ]) {
    it(`are not believed to have used ${usage}`, async () => {
      const { written, tokens } = await answering((response) => {
        response.end(
          `${chunk({ content: 'Rain.' }, 'stop')}${event(`{"choices":[],"usage":${usage}}`)}${event('[DONE]')}`,
        );
      });
      assert.equal(written, 1);
      assert.ok(tokens.input < 1e6 && tokens.output < 1e6, JSON.stringify(tokens));
    });
  }

  for (const headers of [
    { 'retry-after': '1e300' },
    { 'retry-after': '99999999999999999999' },
    { 'retry-after': '-5' },
    { 'retry-after': 'Sat, 13 Sep 275760 00:00:00 GMT' },
    { 'retry-after': 'NaN', 'retry-after-ms': 'Infinity' },
    { 'x-ratelimit-reset-requests': '9'.repeat(300), 'x-ratelimit-remaining-requests': '0' },
    { 'x-ratelimit-limit-tokens': '1e308', 'x-ratelimit-remaining-tokens': '-1', 'x-ratelimit-reset-tokens': '1e308s' },
    { 'x-ratelimit-limit-requests': '0', 'x-ratelimit-remaining-requests': 'NaN' },
    { date: 'Thu, 01 Jan 1970 00:00:00 GMT', 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' },
  ]) {
    it(`end a candidate's last attempt whatever wait they ask for: ${JSON.stringify(headers).slice(0, 80)}`, async () => {
      const refuse = (response: ServerResponse) => response.writeHead(429, headers).end('{}');
      const limited = await answering(refuse, '--patience', longPatience);
      assert.deepEqual([limited.failed, limited.errors[0]?.reason], [1, 'rate-limited']);
      assert.equal((await answering(refuse)).failed, 1);
      const taken = await answering((response) => response.writeHead(200, headers).end(answer));
      assert.equal(taken.written, 1);
    });
  }

  it('are waited for in sight, for a month at most, and not by somebody who has had enough', async () => {
    const { origin } = await servers.http((_, response) => {
      response.writeHead(429, { ...jsonType, 'retry-after': '9'.repeat(99), 'x-ratelimit-remaining-requests': '0' });
      response.end('{"error":{"message":"Come back in 99999999999999999 days"}}');
    });
    bench().prompt(1);
    const args = ['generate', 'a.prompt.md', '--base-url', `${origin}/v1`];
    const impatient = await bench().start(args).result;
    assert.equal(impatient.code, 1);
    assert.match(impatient.stderr, /It asks to wait until \d{4}-\d\d-\d\d \d\d:\d\d\. Resume the run then\./);
    const running = bench().start([...args, '--patience', longPatience]);
    await running.until(/rate-limited in .*Retry in /);
    running.process.kill('SIGINT');
    const { code, stderr } = await running.result;
    assert.equal(code, 130);
    const [, seconds = ''] = /Retry in ([\d,.]+) s/.exec(stderr) ?? [];
    const waited = Number(seconds.replaceAll(',', ''));
    assert.ok(waited > 30 * 86_400 && waited <= 35 * 86_400, stderr);
  });

  it('send no more than 16 MB of an answer, whatever they would send', async () => {
    for (const size of [100, 64 * 1024]) {
      const piece = eventOf('x'.repeat(size)).repeat(Math.ceil(10_000 / size));
      const { errors } = await answering((response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        endless(response, piece);
      });
      assert.equal(errors[0]?.reason, 'too-long');
    }
  });

  it('send no line that is longer, nor a body without any', async () => {
    for (const start of ['data: {"choices":[{"delta":{"content":"', '{"choices":[{"message":{"content":"', '']) {
      const { errors } = await answering((response) => {
        response.write(start);
        endless(response, 'x'.repeat(64 * 1024));
      });
      assert.ok(['too-long', 'malformed'].includes(errors[0]?.reason ?? ''), errors[0]?.reason);
    }
  });

  it('send no bomb that is small until it is unpacked', async () => {
    const { errors } = await answering((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      const gzip = createGzip({ level: 9 });
      gzip.on('error', () => undefined).pipe(response);
      endless(gzip, eventOf('x'.repeat(1e6)));
    });
    assert.equal(errors[0]?.reason, 'too-long');
    const bomb = gzipSync(Buffer.alloc(200_000_000, 'x'), { level: 9 });
    const refused = await answering((response) => {
      response.writeHead(500, { 'content-encoding': 'gzip' }).end(bomb);
    });
    assert.equal(refused.errors[0]?.reason, 'server-error');
    assert.ok(refused.errors[0].message.length < 500);
  });

  it('send no error body without an end', async () => {
    for (const [status, reason] of [
      [400, 'bad-request'],
      [503, 'server-error'],
    ] as const) {
      let ended: Promise<void> | undefined;
      const { errors } = await answering((response) => {
        ended = new Promise((resolve) => response.once('close', () => resolve()));
        response.writeHead(status, jsonType);
        endless(response, '{"error":{"message":"no"}}'.padEnd(10_000));
      });
      assert.equal(errors[0]?.reason, reason);
      await ended;
    }
  });

  it('send no headers without an end', async () => {
    const { origin } = await servers.raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      endless(socket, `x-${'a'.repeat(100)}: ${'b'.repeat(1000)}\r\n`);
    });
    const { errors } = await generate(origin);
    assert.ok(['connection', 'wrong-address'].includes(errors[0]?.reason ?? ''), errors[0]?.reason);
    assert.match(errors[0]?.message ?? '', /^The service ".*\.$/);
  });

  it('that speak something else are told so in a sentence', async () => {
    for (const said of [
      'SSH-2.0-x\r\n',
      '\u0000\u0001\u0002',
      'HTTP/9.9 999 x\r\n\r\n',
      'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n',
    ]) {
      const { origin } = await servers.raw((socket) => socket.end(said));
      const { errors } = await generate(origin);
      assert.match(errors[0]?.message ?? '', /^The service ".*\.$/s);
    }
  });

  describe('by the settings of a service', () => {
    async function call(origin: string, settings: object): Promise<AttemptOutcome<Generation>> {
      const entry = { name: 'mine', kind: 'openai', baseUrl: `${origin}/v1`, models: ['m'], ...settings };
      const { services, problems } = readServices([entry]);
      assert.deepEqual(problems, []);
      const mine = services.find(({ name }) => name === 'mine');
      assert.ok(mine);
      const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }], parameters: {}, index: 1 };
      const options = { signal: new AbortController().signal, onProgress: () => undefined };
      return kindOf(mine).create(mine, { credential: undefined }).generate(request, options);
    }

    it('send no more than it says', async () => {
      const { origin } = await servers.http((_, response) => response.end(eventOf('x'.repeat(2000)) + answer));
      const cut = await call(origin, { maxAnswerBytes: 1024 });
      assert.equal(cut.kind === 'failed' && cut.failure.reason, 'too-long');
      assert.equal((await call(origin, { maxAnswerBytes: 4096 })).kind, 'completed');
    });

    it('are not waited for longer than it says, however alive they seem', async () => {
      const { origin } = await servers.http((_, response) => {
        const pings = setInterval(() => response.write(': ping\n\n'), 20);
        response.once('close', () => clearInterval(pings));
      });
      for (const [timeouts, message] of [
        [{ firstToken: 0.2 }, /did not begin its text within 0\.2 s/],
        [{ total: 0.2 }, /took more than 0\.2 s/],
      ] as const) {
        const late = await call(origin, { timeouts });
        assert.equal(late.kind, 'failed');
        assert.equal(late.failure.reason, 'timeout');
        assert.match(late.failure.message, message);
      }
    });

    it('think into the text, or nowhere', async () => {
      const { origin } = await servers.http((_, response) => {
        response.end(chunk({ reasoning_content: 'Hm.' }) + answer);
      });
      const texts = [];
      for (const settings of [{}, { reasoning: 'drop' }, { reasoning: 'text' }]) {
        const outcome = await call(origin, settings);
        assert.equal(outcome.kind, 'completed');
        texts.push(outcome.result.text);
      }
      assert.deepEqual(texts, ['Rain.', 'Rain.', '<think>\nHm.\n</think>\n\nRain.']);
    });
  });
});
