import {
  readYamlSettings,
  type SettingsBounds,
  type TextPlace,
  type YamlPart,
  type YamlProblem,
  type YamlSettings,
} from '../base/yamlSettings.ts';
import { limits } from './limits.ts';

/** A text split in two; lines end in `\n` and there is no byte order mark. */
export interface SplitText {
  /** YAML between the `---` lines; absent when the text has no front matter. */
  readonly frontMatter?: string;
  readonly body: string;
  /** 1-based line of the file on which the body starts. */
  readonly bodyLine: number;
}

/** @returns undefined if the front matter has no end */
export function splitFrontMatter(text: string): SplitText | undefined {
  const body = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const lines = body.split('\n');
  if (lines[0]?.trimEnd() !== '---') return { body, bodyLine: 1 };
  const end = lines.findIndex((line, position) => position > 0 && line.trimEnd() === '---');
  if (end === -1) return undefined;
  return { frontMatter: lines.slice(1, end).join('\n'), body: lines.slice(end + 1).join('\n'), bodyLine: end + 2 };
}

/** Settings, as all formats have them. */
export interface FrontMatter extends Pick<YamlSettings, 'values' | 'lineOf'> {
  /** Where a text starts; undefined if there is none. */
  placeOfText?(...path: readonly string[]): TextPlace | undefined;
}

/** After the first `---`. */
const frontMatterPart: Omit<YamlPart, 'file'> = { name: 'The front matter', firstLine: 2 };

const bounds: SettingsBounds = { ...limits, length: limits.frontMatterLength, size: limits.fileLength };

/** Keys whose value is a sentence in the files of all tools. */
const sentence = /^(name|description|argument-hint):[ \t]+(\S.*)$/;

/** YAML in which sentences stand in quotes that need them. */
export interface QuotedYaml {
  readonly yaml: string;
  /** 1-based, in the YAML. */
  readonly lines: readonly number[];
}

/**
 * Puts quotes around sentences that are no YAML as they stand, such as `description: Use it for: cards`. Editors take such a
 * line as it is, so that many skills have one.
 *
 * @returns undefined where there is none
 */
export function quoteSentences(yaml: string): QuotedYaml | undefined {
  const lines: number[] = [];
  const texts = yaml.split('\n');
  const quoted = texts.map((text, place) => {
    const [, key, value] = sentence.exec(text.trimEnd()) ?? [];
    const goesOn = /^[ \t]/.test(texts[place + 1] ?? '');
    if (key === undefined || value === undefined || goesOn || 'values' in readFrontMatter(text)) return text;
    lines.push(place + 1);
    return `${key}: ${JSON.stringify(value)}`;
  });
  return lines.length > 0 ? { yaml: quoted.join('\n'), lines } : undefined;
}

/** Reads the YAML of a front matter, or of a file that is nothing else; empty front matter has no values. */
export function readFrontMatter(yaml: string, part = frontMatterPart): FrontMatter | YamlProblem {
  const read = readYamlSettings(yaml, { ...part, file: 'a prompt file' }, bounds);
  return read.ok ? read.value : read.failure;
}
