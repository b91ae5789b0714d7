import { join } from 'node:path';
import { useLanguageOf } from './terminal/locale.ts';
import { runProgram } from './terminal/program.ts';
import { exitBadInput } from './terminal/report.ts';
import { Refusal, UsageError } from './terminal/usage.ts';

// Whoever reads along may stop reading, as `head` does: the run goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

useLanguageOf(process.env, join(__dirname, '..', 'l10n'));
runProgram(process.argv.slice(2), process.env.PARALLEL_CANDIDATES_VERSION ?? 'unknown').then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (error instanceof Refusal) {
      const help = error instanceof UsageError ? ' See "parallel-candidates help".' : '';
      process.stderr.write(`parallel-candidates: ${error.message}${help}\n`);
      process.exitCode = exitBadInput;
      return;
    }
    process.stderr.write(
      `parallel-candidates: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
  },
);
