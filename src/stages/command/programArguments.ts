import { failed, success, type Outcome } from '../../base/outcome.ts';
import { brief } from '../../base/sentence.ts';
import { isTemplate, renderPieces, type Scope } from '../pieces.ts';

/** A program with its arguments, as it is started. */
export interface ProgramCall {
  readonly program: string;
  readonly arguments: readonly string[];
}

/**
 * Renders a list of program and arguments. Each argument stays one argument, whatever its value.
 *
 * @returns one sentence when a value would be more than a value to the program
 */
export function programCall(list: readonly string[], scope: Scope): Outcome<ProgramCall, string> {
  const [program = '', ...templates] = list;
  if (program.trim() === '') return failed('The command names no program: begin its list with one.');
  if (isTemplate(program)) {
    return failed(
      'The program is a template, and a record must not decide what runs: write its name into the pipeline.',
    );
  }
  const rendered: string[] = [];
  for (const [place, template] of templates.entries()) {
    const pieces = renderPieces(template, scope);
    if (!pieces.ok) return pieces;
    const text = pieces.value.map((piece) => piece.text).join('');
    if (text.includes('\0')) return failed(`Argument ${place + 1} has a NUL in it, which no argument can hold.`);
    const leading = pieces.value.find((piece) => piece.text !== '');
    if (leading?.isValue === true && text.startsWith('-') && !templates.slice(0, place).includes('--')) {
      return failed(
        `Argument ${place + 1} comes out as "${brief(text, 60)}", which the program would take for an option: ` +
          'put "--" before it in the list, or write it as "--name={{ … }}".',
      );
    }
    rendered.push(text);
  }
  return success({ program, arguments: rendered });
}
