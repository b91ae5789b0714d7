import { isJsonObject } from '../../base/jsonObject.ts';
import type { FrontMatter } from '../frontMatter.ts';
import { limits } from '../limits.ts';
import { promptFileOf, splitPrompt } from '../parse.ts';
import type { PromptFile, Result } from '../promptFile.ts';
import { splitRoles } from '../roles.ts';

/** Our block may stand where the editor allows settings of others: `metadata: { candidates: … }`. */
function withOwnBlock(settings: FrontMatter): FrontMatter {
  const { values } = settings;
  const { metadata } = values;
  if (Object.hasOwn(values, 'candidates') || !isJsonObject(metadata) || !Object.hasOwn(metadata, 'candidates')) {
    return settings;
  }
  return {
    values: { ...values, candidates: metadata.candidates },
    lineOf: (first, ...rest) =>
      first === 'candidates' ? settings.lineOf('metadata', 'candidates', ...rest) : settings.lineOf(first, ...rest),
  };
}

const link = /\]\(\s*<?([^()<>\s#?]{1,500})>?\s*\)/g;

/** `references/guide.md`, as a text speaks of it: in code or in a sentence. */
const mention = /(?<![\w/.-])((?:\.\/)?references\/[\w./-]{1,300}\.(?:md|txt))\b/g;

/** Files of the skill's own folder that its text links to, and those of its folder of references that it names. */
function referencesIn(body: string, bodyLine: number): { readonly path: string; readonly line: number }[] {
  const found = new Map<string, number>();
  for (const [offset, text] of body.split('\n').entries()) {
    for (const [, target = ''] of [...text.matchAll(link), ...text.matchAll(mention)]) {
      const isOwn = !/^[a-z][a-z0-9+.-]*:|^[/\\]|(?:^|\/)\.\.(?:\/|$)/i.test(target);
      const path = target.replace(/^\.\//, '');
      if (isOwn && /\.(?:md|txt|json|ya?ml|csv)$/i.test(path) && !found.has(path)) {
        found.set(path, bodyLine + offset);
      }
    }
    if (found.size >= limits.includes) break;
  }
  return [...found].map(([path, line]) => ({ path, line }));
}

/** Reads a skill: https://agentskills.io. Its instructions are the prompt, and files that they link to go with it. */
export function readSkill(path: string, text: string): Result<PromptFile> {
  const split = splitPrompt(path, text);
  if (!split.ok) return split;
  const { body, bodyLine, settings, hints } = split.value;
  const references = referencesIn(body, bodyLine);
  return promptFileOf(path, text, {
    settings: withOwnBlock(settings),
    messages: splitRoles(body, bodyLine),
    textLine: bodyLine,
    actionLine: 1,
    hints,
    more: references.length > 0 ? { references } : {},
  });
}
