import { escapeForPattern } from '../base/pattern.ts';
import { emptyRow } from '../model/row.ts';
import { candidateSeries, type CandidatePlace } from './candidateName.ts';

/**
 * Reads paths the other way round: which candidates a prompt file may have, without its data and its models. What a
 * manifest says of a file is better than what its path says; names that had to be shortened, or that are nothing but
 * punctuation, are known by their manifest alone.
 */

/** What decides, of the prompt, where its candidates go. */
interface Named {
  readonly name: string;
  /** The pattern of `candidates.output`; absent: the built-in one. */
  readonly output?: string;
}

/** What a path says of its candidate, as it is written there: names are made safe. */
export interface PathFacts {
  readonly number?: number;
  readonly row?: string;
  readonly model?: string;
}

/** One name in a path of candidates: of a folder, or of the file at the end. */
export interface NamePattern {
  /** Present where only this name will do. */
  readonly fixed?: string;
  /** Undefined for another name. */
  readonly read: (name: string) => PathFacts | undefined;
}

/** No text of a pattern holds these, and they come through unchanged where names are made safe. */
const anyRow = '\ue000';
const anyModel = '\ue001';
const anyColumn = '\ue002';
const slot = '*';
const variables = /[\ue000-\ue002]/;

/** The shapes that paths of candidates of a prompt have, from the folder of the prompt file down. */
export function candidatePlaces(prompt: Named): readonly (readonly NamePattern[])[] {
  const { output } = prompt;
  const columns = [...(output ?? '').matchAll(/\$\{row\.([^}]+)\}/g)].map(([, column = '']) => [column, anyColumn]);
  const values = Object.fromEntries(columns) as Readonly<Record<string, unknown>>;
  const row = { key: anyRow, label: anyRow, values };
  const shapes = new Map<string, readonly NamePattern[]>();
  for (const each of output === undefined ? [emptyRow, row] : [row]) {
    for (const severalModels of [false, true]) {
      for (const isJson of [false, true]) {
        const place: CandidatePlace = { row: each, model: anyModel, severalModels, isJson };
        const { series, firstNumbered } = candidateSeries(prompt, place);
        shapes.set(
          series,
          series.split('/').map((name) => namePattern(name, firstNumbered)),
        );
      }
    }
  }
  return [...shapes.values()];
}

function namePattern(name: string, firstNumbered: boolean): NamePattern {
  if (!variables.test(name) && !name.includes(slot)) {
    return { fixed: name, read: (given) => (given === name ? {} : undefined) };
  }
  const { pattern, groups } = patternOf(name, firstNumbered);
  return {
    read: (given) => {
      const found = pattern.exec(given.normalize('NFC'));
      if (!found) return undefined;
      const facts: { number?: number; row?: string; model?: string } = {};
      groups.forEach((group, place) => {
        const text = found[place + 1];
        if (group === slot) facts.number = text === undefined ? 1 : Number(text);
        else if (group === anyModel && text !== undefined) facts.model = text;
        else if (text !== undefined) facts.row = text;
      });
      return facts.number === undefined || facts.number >= 1 ? facts : undefined;
    },
  };
}

/** What has more variables is looked for by its beginning and its end: many of them would take for ever to tell apart. */
const mostVariables = 2;

function patternOf(name: string, firstNumbered: boolean) {
  let pieces = name.split(/([\ue000-\ue002*])/).filter((piece) => piece !== '');
  const isVariable = (piece: string | undefined): boolean => piece !== undefined && variables.test(piece);
  pieces = pieces.filter((piece, place) => !(isVariable(piece) && isVariable(pieces[place - 1])));
  if (pieces.filter(isVariable).length > mostVariables) {
    const first = pieces.findIndex(isVariable);
    const last = pieces.findLastIndex(isVariable);
    pieces = [...pieces.slice(0, first), anyColumn, ...pieces.slice(last + 1)];
  }
  const groups: string[] = [];
  // A name that would be that of a program or a device got this in front.
  let source = isVariable(pieces[0]) ? '_?' : '';
  for (const piece of pieces) {
    const isGroup = piece === slot || variables.test(piece);
    if (isGroup && groups.includes(piece)) source += '.*';
    else if (piece === slot) source += firstNumbered ? '(\\d{1,9})' : '(?:-(\\d{1,9}))?';
    else source += isGroup ? '(.*)' : escapeForPattern(piece);
    if (isGroup && !groups.includes(piece)) groups.push(piece);
  }
  return { pattern: new RegExp(`^${source}$`, 'isu'), groups };
}
