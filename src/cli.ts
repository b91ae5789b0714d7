import { clearCache } from './terminal/commands/clearCache.ts';
import { discard } from './terminal/commands/discard.ts';
import { generate } from './terminal/commands/generate.ts';
import { resume } from './terminal/commands/resume.ts';
import { listRuns } from './terminal/commands/runs.ts';
import { Refusal, usage, UsageError } from './terminal/usage.ts';

const exitUsage = 2;

async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case 'generate':
      return generate(rest);
    case 'resume':
      return resume(rest);
    case 'runs':
      return listRuns(rest);
    case 'discard':
      return discard(rest);
    case 'clear-cache':
      return clearCache();
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(`${usage}\n`);
      return command === undefined ? exitUsage : 0;
    default:
      throw new UsageError(`There is no command "${command}".`);
  }
}

// Whoever reads along may stop reading, as `head` does: the run goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (error instanceof Refusal) {
      const help = error instanceof UsageError ? ' See "parallel-candidates help".' : '';
      process.stderr.write(`parallel-candidates: ${error.message}${help}\n`);
      process.exitCode = exitUsage;
      return;
    }
    process.stderr.write(
      `parallel-candidates: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
  },
);
