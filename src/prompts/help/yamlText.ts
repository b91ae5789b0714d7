import { parse, stringify } from 'yaml';
import type { YamlPlace } from './yamlOutline.ts';

/** A text as YAML writes it at a place: within the quotes that are there, or with those that it needs. */
export function yamlText(text: string, { quote }: Pick<YamlPlace, 'quote'>): string {
  if (quote === '"') return JSON.stringify(text).slice(1, -1);
  if (quote === "'") return text.replaceAll("'", "''");
  // Within braces more of them are needed, and they do no harm elsewhere.
  return stringify([text], { collectionStyle: 'flow', lineWidth: 0 })
    .trim()
    .replace(/^\[\s*|\s*\]$/g, '');
}

/** The text that a value of ours stands for. */
export function givenValue(yaml: string): string {
  return String(parse(yaml));
}
