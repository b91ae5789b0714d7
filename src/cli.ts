import { join } from 'node:path';
import { describeErrorWithStack } from './base/redact.ts';
import { visible, visibleLines } from './base/visible.ts';
import { useLanguageOf } from './terminal/locale.ts';
import { runProgram } from './terminal/program.ts';
import { cutShort, exitBadInput, exitSomeFailed, exitWritten } from './terminal/report.ts';
import { Refusal, UsageError } from './terminal/usage.ts';

// Whoever reads along may stop reading, as `head` does: the run goes on. But what was asked for must not be lost unsaid.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
let isCutShort = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || isCutShort) return;
  isCutShort = true;
  // The command may have ended well before this is known.
  if ((process.exitCode ?? exitWritten) === exitWritten) process.exitCode = exitSomeFailed;
  process.stderr.write(`parallel-candidates: ${cutShort(error)}\n`);
});

useLanguageOf(process.env, join(__dirname, '..', 'l10n'));
runProgram(process.argv.slice(2), process.env.PARALLEL_CANDIDATES_VERSION ?? 'unknown').then(
  (code) => {
    process.exitCode = code === exitWritten && isCutShort ? exitSomeFailed : code;
  },
  (error: unknown) => {
    if (error instanceof Refusal) {
      const help = error instanceof UsageError ? ' See "parallel-candidates help".' : '';
      process.stderr.write(`parallel-candidates: ${visible(error.message)}${help}\n`);
      process.exitCode = exitBadInput;
      return;
    }
    process.stderr.write(`parallel-candidates: ${visibleLines(describeErrorWithStack(error))}\n`);
    process.exitCode = 1;
  },
);
