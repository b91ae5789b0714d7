import { Option, type Command } from 'commander';
import { UsageError } from './usage.ts';

/** An option of a command: a flag and the environment variable of the same name, a flag winning over it. */
export interface OptionDefinition<Value> {
  /** As the help shows them: `--rpm <n>`; without a placeholder the option is on or off. */
  readonly flags: string;
  readonly description: string;
  /** The heading in the help that it stands under. */
  readonly heading?: string;
  /** Present where the variable of its name means something else. */
  readonly hasNoVariable?: true;
  /**
   * @param texts what was given, in the order it was given; none: nothing was
   * @param name what the person wrote it as: `--rpm` or `PARALLEL_CANDIDATES_RPM`
   * @throws UsageError that begins with the name
   */
  readonly read: (texts: readonly string[], name: string) => Value;
}

export type OptionTable = Readonly<Record<string, OptionDefinition<unknown>>>;

/** The options of a table as they were given. */
export type GivenOptions<Table extends OptionTable> = {
  readonly [Key in keyof Table]: ReturnType<Table[Key]['read']>;
} & {
  /** What the person wrote it as: its variable if the value comes from the environment, else its flag. */
  readonly nameOf: (option: keyof Table) => string;
};

/** An option with one value, the last one given; undefined without. */
export function valued<Value>(
  flags: string,
  description: string,
  read: (text: string, name: string) => Value,
): OptionDefinition<Value | undefined> {
  return {
    flags,
    description,
    read: (texts, name) => {
      const text = texts.at(-1);
      return text === undefined ? undefined : read(text, name);
    },
  };
}

export function text(flags: string, description: string): OptionDefinition<string | undefined> {
  return valued(flags, description, (given) => given);
}

/** One of some words. */
export function choice<const Word extends string>(
  flags: string,
  description: string,
  words: readonly Word[],
): OptionDefinition<Word | undefined> {
  return valued(flags, description, (given, name) => {
    const chosen = words.find((word) => word === given);
    if (chosen === undefined) throw new UsageError(`${name} must be ${words.join(', ')}, not "${given}".`);
    return chosen;
  });
}

/** Comma-separated, and the flag may be given several times. */
export function list(flags: string, description: string): OptionDefinition<readonly string[]> {
  return {
    flags,
    description,
    read: (texts, name) => {
      const names = texts
        .flatMap((each) => each.split(','))
        .map((each) => each.trim())
        .filter((each) => each !== '');
      // What a script meant to fill in is no wish for everything.
      if (texts.length > 0 && names.length === 0) {
        throw new UsageError(`${name} names nothing: leave it out, or name some.`);
      }
      return names;
    },
  };
}

/** Off unless given. What the environment turns on, `--no-…` turns off. */
export function onOff(flags: string, description: string): OptionDefinition<boolean> {
  return {
    flags,
    description,
    read: (texts, name) => {
      const given = texts.at(-1);
      if (given === undefined || /^(?:false|0|no|off)$/i.test(given)) return false;
      if (/^(?:true|1|yes|on)$/i.test(given)) return true;
      throw new UsageError(`${name} must be true or false, not "${given}".`);
    },
  };
}

export interface NumberRange {
  readonly from: number;
  readonly to?: number;
  readonly whole?: boolean;
}

export function number(flags: string, description: string, range: NumberRange): OptionDefinition<number | undefined> {
  return valued(flags, description, (given, name) => readNumber(given, name, range));
}

/** @throws UsageError */
export function readNumber(given: string, name: string, { from, to, whole }: NumberRange): number {
  const value = given.trim() === '' ? Number.NaN : Number(given);
  const fits = value >= from && value <= (to ?? Number.MAX_SAFE_INTEGER) && (whole !== true || Number.isInteger(value));
  if (fits) return value;
  const kind = whole === true ? 'a whole number' : 'a number';
  const range = to === undefined ? `of at least ${from}` : `from ${from} to ${to}`;
  throw new UsageError(`${name} must be ${kind} ${range}, not "${given}".`);
}

/** The options under one heading of the help. */
export function under<Table extends OptionTable>(heading: string, table: Table): Table {
  return Object.fromEntries(Object.entries(table).map(([key, option]) => [key, { ...option, heading }])) as Table;
}

/** Makes a command take the options of a table. */
export function addOptions(command: Command, table: OptionTable): void {
  for (const { flags, description, heading = 'Options:', hasNoVariable } of Object.values(table)) {
    const option = new Option(flags, description).helpGroup(heading);
    if (!hasNoVariable) option.env(`PARALLEL_CANDIDATES_${option.name().toUpperCase().replaceAll('-', '_')}`);
    command.addOption(option);
    if (option.isBoolean()) command.addOption(new Option(`--no-${option.name()}`).helpGroup(heading).hideHelp());
    else option.argParser((given, before: readonly string[] | undefined) => [...(before ?? []), given]);
  }
}

/**
 * What a command that has parsed its arguments was given of a table that `addOptions` made it take.
 *
 * @throws UsageError with a sentence that names the flag or the variable
 */
export function readOptions<Table extends OptionTable>(command: Command, table: Table): GivenOptions<Table> {
  const given = new Map(
    Object.entries(table).map(([key, { flags, read }]) => {
      const { texts, name } = givenFor(command, flags);
      return [key, { name, value: read(texts, name) }];
    }),
  );
  return {
    ...Object.fromEntries([...given].map(([key, { value }]) => [key, value])),
    nameOf: (option: string) => given.get(option)?.name ?? option,
  } as GivenOptions<Table>;
}

function givenFor(command: Command, flags: string): { readonly texts: readonly string[]; readonly name: string } {
  const option = command.options.find((each) => each.flags === flags);
  if (!option) throw new Error(`The command has no option ${flags}.`);
  const name = `--${option.name()}`;
  const attribute = option.attributeName();
  if (command.getOptionValueSource(attribute) === 'env' && option.envVar !== undefined) {
    // Read from here because commander takes any value for "on"; an empty one is as good as none.
    const text = process.env[option.envVar] ?? '';
    return text === '' ? { texts: [], name } : { texts: [text], name: option.envVar };
  }
  const value = command.getOptionValue(attribute) as readonly string[] | boolean | undefined;
  if (value === undefined) return { texts: [], name };
  return { texts: typeof value === 'boolean' ? [String(value)] : value, name };
}
