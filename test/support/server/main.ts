import { parseArgs } from 'node:util';
import { checkOptions } from './options.ts';
import { startTestServer } from './testServer.ts';

const usage = `Runs the test server until its standard input ends or it is told to terminate.
Prints {"baseUrl":"http://127.0.0.1:<port>/v1"} when it is ready.

  --port N            0 (default) takes a free one
  --latency MS        fixed latency of an answer
  --chunks N          pieces of a streamed answer
  --seed N
  --rpm N             requests per minute
  --tpm N             tokens per minute
  --burst SECONDS     what the quotas' buckets hold, in seconds of their rate (60)
  --max-concurrent N
  --options JSON      any other server option; it wins over the flags above
`;

/** `text` as a number, to be spread into the options. */
function numeric<Key extends string>(key: Key, text: string | undefined): Partial<Record<Key, number>> {
  return text === undefined ? {} : ({ [key]: Number(text) } as Record<Key, number>);
}

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    latency: { type: 'string' },
    chunks: { type: 'string' },
    seed: { type: 'string' },
    rpm: { type: 'string' },
    tpm: { type: 'string' },
    burst: { type: 'string' },
    'max-concurrent': { type: 'string' },
    options: { type: 'string', default: '{}' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(usage);
} else {
  const limits = {
    ...numeric('requestsPerMinute', values.rpm),
    ...numeric('tokensPerMinute', values.tpm),
    ...numeric('burstSeconds', values.burst),
    ...numeric('maxConcurrent', values['max-concurrent']),
  };
  const server = await startTestServer({
    port: Number(values.port),
    ...(values.latency !== undefined && { latency: { kind: 'fixed', ms: Number(values.latency) } }),
    ...numeric('chunks', values.chunks),
    ...numeric('seed', values.seed),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...checkOptions(JSON.parse(values.options)),
  });
  const stop = (): void => {
    process.stdin.destroy();
    void server.close();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdin.once('end', stop).resume();
  process.stdout.write(`${JSON.stringify({ baseUrl: server.baseUrl })}\n`);
}
