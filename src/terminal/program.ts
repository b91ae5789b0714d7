import { CommanderError, type Command } from 'commander';
import { defineCommand, StrictCommand, type TerminalCommand } from './command.ts';
import { archive } from './commands/archive.ts';
import { clear } from './commands/clear.ts';
import { clearCache } from './commands/clearCache.ts';
import { discard } from './commands/discard.ts';
import { exportCommand } from './commands/export.ts';
import { generate } from './commands/generate.ts';
import { mcp } from './commands/mcp.ts';
import { newPipeline } from './commands/new.ts';
import { records } from './commands/records.ts';
import { note } from './commands/note.ts';
import { pick } from './commands/pick.ts';
import { rate } from './commands/rate.ts';
import { resume } from './commands/resume.ts';
import { retry } from './commands/retry.ts';
import { run } from './commands/run.ts';
import { runs } from './commands/runs.ts';
import { services } from './commands/services.ts';
import { shelf } from './commands/shelf.ts';
import { watch } from './commands/watch.ts';
import { exitBadInput, exitWritten } from './report.ts';
import { Refusal, UsageError } from './usage.ts';

const commands: readonly TerminalCommand[] = [
  ...[generate, watch, newPipeline, run, records, retry, resume, runs, services],
  ...[shelf, pick, rate, note, archive, exportCommand],
  ...[discard, clear, clearCache],
  mcp,
];

const epilogue = `
"parallel-candidates help <command>" lists a command's options. Each can be given in the environment as well,
--base-url as PARALLEL_CANDIDATES_BASE_URL. A flag wins; --no-json and the like turn off what a variable turns on.

Exit status: 0 every candidate was written; 1 some failed or were cancelled; 2 bad usage or input,
before anything was spent; 130 interrupted.`;

/**
 * Runs the command that the arguments name.
 *
 * @param args what stands behind the program's name
 * @returns the exit status
 * @throws Refusal with the sentence that says what is wrong
 */
export async function runProgram(args: readonly string[], version: string): Promise<number> {
  let exitStatus = exitWritten;
  const ended = (status: number): void => {
    exitStatus = status;
  };
  const program = new StrictCommand('parallel-candidates')
    .description('Generates many candidates of a prompt at once.')
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .configureHelp({
      optionDescription: ({ description, envVar }) =>
        envVar === undefined ? description : `${description}\n(env: ${envVar})`,
    })
    .addHelpText('after', epilogue)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  for (const command of [...commands, help]) command(program, ended);
  if (args.length === 0) {
    program.outputHelp();
    return exitBadInput;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (isFolderGone(error)) throw new Refusal('The folder that this runs in was deleted: change to another one.');
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error, program);
  }
  return exitStatus;
}

/** Lies here because it shows the other commands. */
function help(program: Command, ended: (exitStatus: number) => void): void {
  defineCommand({
    name: 'help',
    takes: '[command]',
    summary: 'show the options of a command',
    options: {},
    wrongArguments: () => 'Name one command at most.',
    run: ([name]) => {
      const command = name === undefined ? program : program.commands.find((each) => each.name() === name);
      if (!command) throw new UsageError(`There is no command "${name}".`);
      command.outputHelp();
      return Promise.resolve(exitWritten);
    },
  })(program, ended);
}

/** What Node throws when somebody asks for the working folder. */
function isFolderGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).syscall === 'uv_cwd';
}

/** Commander's message, `error: unknown option '--jsn'` and what it takes to be meant on a second line, as a sentence. */
function usageError({ code, message }: CommanderError, program: Command): UsageError {
  const [first = '', suggestion = ''] = message.replace(/^error: /, '').split('\n');
  const problem = code === 'commander.unknownCommand' ? `There is no command "${program.args[0]}"` : first;
  const hint = suggestion === '' ? '' : ` ${suggestion.replace('(Did', '(did')}`;
  return new UsageError(`${problem.charAt(0).toUpperCase()}${problem.slice(1)}${hint}.`.replace(/\.\.$/, '.'));
}
