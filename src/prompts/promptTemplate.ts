/** Stands for the name of the prompt in the names and the texts of a template's files. */
const namePlace = '__name__';
/** Stands before and behind what the person writes first. */
const startPlace = '__start__';

export interface FilledTemplate {
  readonly text: string;
  /** What the person writes first, in UTF-16 units of the text; absent where the template does not say. */
  readonly start?: { readonly from: number; readonly to: number };
}

/** A text of a template, or the name of its file, for a prompt of a name. */
export function fillTemplate(template: string, name: string): FilledTemplate {
  const [before = '', ...others] = template.replaceAll(namePlace, () => name).split(startPlace);
  const [start] = others;
  if (start === undefined) return { text: before };
  return { text: [before, ...others].join(''), start: { from: before.length, to: before.length + start.length } };
}

/**
 * The name that nobody has taken: the one that is wanted, or that with a number behind it.
 *
 * @param namesOf what a prompt of a name takes in its folder
 * @param taken names in the folder; some file systems take capitals for small letters
 */
export function freeName(
  wanted: string,
  namesOf: (name: string) => readonly string[],
  taken: readonly string[],
): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (takenName(namesOf(name), taken) === undefined) return name;
  }
}

/** The first of some names that is taken. */
export function takenName(names: readonly string[], taken: readonly string[]): string | undefined {
  const known = new Set(taken.map((each) => each.toLowerCase()));
  return names.find((name) => known.has(name.toLowerCase()));
}
