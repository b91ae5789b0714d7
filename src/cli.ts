import { generate } from './terminal/generate.ts';
import { clearCache, discard, listRuns, resume } from './terminal/resume.ts';
import { usage, UsageError } from './terminal/usage.ts';

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

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (error instanceof UsageError) {
      process.stderr.write(`parallel-candidates: ${error.message} See "parallel-candidates help".\n`);
      process.exitCode = exitUsage;
      return;
    }
    process.stderr.write(`parallel-candidates: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
