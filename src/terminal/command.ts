import { Command, type CommanderError } from 'commander';
import { addOptions, readOptions, type GivenOptions, type OptionTable } from './options.ts';
import { UsageError } from './usage.ts';

export interface CommandDefinition<Table extends OptionTable> {
  readonly name: string;
  /** Its arguments as the help shows them: `<file...>`. */
  readonly takes?: string;
  readonly summary: string;
  readonly options: Table;
  /** What is said when there are too few arguments or too many. */
  readonly wrongArguments: (args: readonly string[]) => string;
  /** @returns the exit status */
  readonly run: (args: readonly string[], options: GivenOptions<Table>) => Promise<number>;
}

/** Adds a command to the program, and reports the exit status when it has run. */
export type TerminalCommand = (program: Command, ended: (exitStatus: number) => void) => void;

export function defineCommand<Table extends OptionTable>(definition: CommandDefinition<Table>): TerminalCommand {
  const { name, takes, summary, options, wrongArguments, run } = definition;
  return (program, ended) => {
    const command = program.command(takes === undefined ? name : `${name} ${takes}`).description(summary);
    addOptions(command, options);
    command
      .exitOverride((error: CommanderError) => {
        const isCount = error.code === 'commander.missingArgument' || error.code === 'commander.excessArguments';
        throw isCount ? new UsageError(wrongArguments(command.args)) : error;
      })
      .action(async () => ended(await run(command.args, readOptions(command, options))));
  };
}

/** Does not take the next flag for the value that somebody forgot: `--out --json`. */
export class StrictCommand extends Command {
  override createCommand(name?: string): StrictCommand {
    return new StrictCommand(name);
  }

  override parseOptions(args: string[]): ReturnType<Command['parseOptions']> {
    for (const [position, arg] of args.entries()) {
      if (arg === '--') break;
      const next = args[position + 1];
      // A negative number is left to the option, which knows what numbers it takes.
      if (next === undefined || !/^-[^\d.]/.test(next)) continue;
      if (this.options.some((option) => option.required && option.long === arg)) {
        throw new UsageError(`${arg} needs a value: write ${arg}=${next} if "${next}" is meant.`);
      }
    }
    return super.parseOptions(args);
  }
}
