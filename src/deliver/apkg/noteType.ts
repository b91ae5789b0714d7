import { idOf } from './identity.ts';

/** Texts in Anki's own template language. */
export interface CardTemplate {
  readonly name: string;
  readonly front: string;
  readonly back: string;
}

export interface NoteType {
  readonly id: number;
  readonly name: string;
  readonly fields: readonly string[];
  readonly templates: readonly CardTemplate[];
  readonly css: string;
}

export const usualCss = `.card {
  font-family: system-ui, sans-serif;
  font-size: 20px;
  line-height: 1.5;
  text-align: center;
  color: black;
  background-color: white;
}
.nightMode.card {
  color: #e6e6e6;
  background-color: #2c2c2c;
}
`;

/** What Anki gives every template. */
const special = new Set(['FrontSide', 'Tags', 'Type', 'Deck', 'Subdeck', 'Card', 'CardFlag', 'CardID']);

/** The names that a template asks for: `{{text:Front}}` asks for `Front`, and so does `{{#Front}}`. */
export function namesIn(template: string): readonly string[] {
  const names = [...template.matchAll(/\{\{([^{}]*)\}\}/g)].map(([, inner = '']) => {
    const [last = ''] = inner
      .replace(/^\s*[#^/]/, '')
      .split(':')
      .slice(-1);
    return last.trim();
  });
  return [...new Set(names)].filter((name) => !special.has(name));
}

/** Anki reads these signs in the name of a field as something else. */
export function isFieldName(name: string): boolean {
  return /^[^\s#^/:{}"][^:{}"\p{Cc}]{0,99}$/u.test(name);
}

/** Its id stays the same as long as its name and its fields do: Anki would not know an altered type for the same. */
export function noteTypeOf(parts: Omit<NoteType, 'id'>): NoteType {
  const { name, fields, templates } = parts;
  return { id: idOf(JSON.stringify(['note type', name, fields, templates.map((each) => each.name)])), ...parts };
}

/** The templates that make a card of a note: those whose front says something. */
export function cardsOf({ fields, templates }: NoteType, values: readonly string[]): readonly number[] {
  return templates.flatMap(({ front }, place) => {
    const asked = frontNames(front);
    return asked.some((name) => (values[fields.indexOf(name)] ?? '') !== '') ? [place] : [];
  });
}

/** Those that are shown, not those that are only asked for: `{{#Hint}}` shows nothing by itself. */
function frontNames(front: string): readonly string[] {
  return namesIn(front.replace(/\{\{\s*[#^/][^{}]*\}\}/g, ''));
}

/** As the collection's table has it. @param modified seconds */
export function noteTypeJson({ id, name, fields, templates, css }: NoteType, deck: number, modified: number): object {
  return {
    id,
    name,
    type: 0,
    mod: modified,
    usn: -1,
    sortf: 0,
    did: deck,
    tmpls: templates.map((template, ord) => ({
      name: template.name,
      ord,
      qfmt: template.front,
      afmt: template.back,
      bqfmt: '',
      bafmt: '',
      did: null,
      bfont: '',
      bsize: 0,
    })),
    flds: fields.map((field, ord) => ({
      name: field,
      ord,
      sticky: false,
      rtl: false,
      font: 'Arial',
      size: 20,
      media: [],
    })),
    css,
    latexPre:
      '\\documentclass[12pt]{article}\n\\special{papersize=3in,5in}\n\\usepackage[utf8]{inputenc}\n\\usepackage{amssymb,amsmath}\n\\pagestyle{empty}\n\\setlength{\\parindent}{0in}\n\\begin{document}\n',
    latexPost: '\\end{document}',
    latexsvg: false,
    req: templates.map(({ front }, ord) => [ord, 'any', frontNames(front).map((field) => fields.indexOf(field))]),
    tags: [],
    vers: [],
  };
}
