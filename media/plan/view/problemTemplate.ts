import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { SheetProblem } from '../../../src/planProtocol.ts';
import { planStrings } from '../../../src/wording/planText.ts';

interface Placed {
  readonly problem: SheetProblem;
  /** In the list that the host knows. */
  readonly place: number;
}

/** What is wrong, then what may be, each with the way to its line. */
export function problemsTemplate(
  problems: readonly SheetProblem[],
  goTo: (place: number) => void,
): TemplateResult | typeof nothing {
  const placed = problems.map((problem, place) => ({ problem, place }));
  const ofSeverity = (severity: SheetProblem['severity']): Placed[] =>
    placed.filter(({ problem }) => problem.severity === severity);
  return html`${listTemplate('problems', planStrings.problems, ofSeverity('problem'), goTo)}${listTemplate(
    'hints',
    planStrings.hints,
    ofSeverity('hint'),
    goTo,
  )}`;
}

function listTemplate(
  id: string,
  title: string,
  placed: readonly Placed[],
  goTo: (place: number) => void,
): TemplateResult | typeof nothing {
  if (placed.length === 0) return nothing;
  return html`<section aria-labelledby=${id}>
    <h2 id=${id}>${title}</h2>
    <ul class="problems">
      ${placed.map(({ problem, place }) => problemTemplate(problem, () => goTo(place)))}
    </ul>
  </section>`;
}

function problemTemplate({ severity, file, line, message }: SheetProblem, goTo: () => void): TemplateResult {
  const place = planStrings.place(file, line);
  return html`<li>
    <span class="codicon codicon-${severity === 'problem' ? 'error' : 'info'}" aria-hidden="true"></span>
    <span
      >${message}
      ${
        file === ''
          ? nothing
          : html`<button class="place" type="button" aria-label=${planStrings.goTo(place)} @click=${goTo}>
              ${place}
            </button>`
      }</span
    >
  </li>`;
}
