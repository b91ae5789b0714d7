import { readNumber, type OptionDefinition } from './options.ts';
import { UsageError } from './usage.ts';

/** `stage=value`, several of them between commas or by several flags. */
function byStage<Value>(
  flags: string,
  description: string,
  example: string,
  read: (text: string, name: string) => Value,
): OptionDefinition<ReadonlyMap<string, Value>> {
  return {
    flags,
    description,
    read: (texts, name) => {
      const values = new Map<string, Value>();
      for (const each of texts.flatMap((text) => text.split(','))) {
        if (each.trim() === '') continue;
        const [, stage, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/s.exec(each) ?? [];
        if (stage === undefined || value === undefined || value === '') {
          throw new UsageError(`${name} must be "stage=value", such as "${example}", not "${each.trim()}".`);
        }
        values.set(stage, read(value, `${name} ${stage}`));
      }
      return values;
    },
  };
}

export const workersOption = byStage(
  '--workers <stage=n>',
  'how many items of a stage go on at once; several flags for several stages',
  'correct=30',
  (text, name) => readNumber(text, name, { from: 1, to: 1000, whole: true }),
);

export interface StageServices {
  /** For stages that name none. */
  readonly other: string | undefined;
  readonly byStage: ReadonlyMap<string, string>;
}

export const stageServiceOption: OptionDefinition<StageServices> = {
  flags: '--service <stage=name>',
  description: 'which service answers a stage; without "stage=", all that name none',
  read: (texts) => {
    let other: string | undefined;
    const stages = new Map<string, string>();
    for (const each of texts.flatMap((text) => text.split(','))) {
      const at = each.indexOf('=');
      if (at > 0) stages.set(each.slice(0, at).trim(), each.slice(at + 1).trim());
      else if (each.trim() !== '') other = each.trim();
    }
    return { other, byStage: stages };
  },
};
