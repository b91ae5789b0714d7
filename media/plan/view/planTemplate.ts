import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { PlanPanelMessage, PlanSheet, SheetEstimate, SheetPart } from '../../../src/planProtocol.ts';
import { numbers } from '../../../src/wording/numbers.ts';
import {
  describeBasis,
  describeCostBasis,
  describeCounting,
  describeItems,
  describeNotes,
  describePlan,
  formatCost,
  formatSpan,
  planStrings,
} from '../../../src/wording/planText.ts';
import { messageTemplate } from './messageTemplate.ts';
import { problemsTemplate } from './problemTemplate.ts';

type Post = (message: PlanPanelMessage) => void;

export function planTemplate(sheet: PlanSheet, post: Post): TemplateResult {
  const { label, estimate, problems } = sheet;
  return html`<div class="scroll" tabindex="-1">
      <main class="column">
        <h1>${estimate ? planStrings.question(label) : planStrings.problemTitle(label)}</h1>
        ${estimate ? figuresTemplate(estimate) : nothing}
        ${problemsTemplate(problems, (problem) => post({ type: 'goTo', problem }))}
        ${notesTemplate(sheet)}${estimate ? partsTemplate(sheet.parts, estimate) : nothing}${filesTemplate(
          sheet,
        )}${firstPromptTemplate(sheet)}
      </main>
    </div>
    ${answersTemplate(estimate, post)}`;
}

function figuresTemplate(estimate: SheetEstimate): TemplateResult {
  const { items, cost, eta, tokens, isInDollars } = estimate;
  const { notKnown } = planStrings;
  return html`<dl class="figures">
    ${figureTemplate(planStrings.candidates, numbers.whole(items), describeItems(estimate))}
    ${figureTemplate(
      planStrings.cost,
      cost === null ? notKnown : formatCost(cost, isInDollars),
      items === 0 ? '' : describeCostBasis(estimate),
    )}
    ${figureTemplate(
      planStrings.time,
      eta === null ? notKnown : formatSpan(eta),
      eta === null ? '' : describeBasis(estimate),
    )}
    ${figureTemplate(
      planStrings.tokens,
      planStrings.tokensInOut(tokens.input, tokens.output),
      describeCounting(estimate),
    )}
  </dl>`;
}

function figureTemplate(term: string, value: string, note: string): TemplateResult {
  return html`<div class="figure">
    <dt>${term}</dt>
    <dd class="value">${value}</dd>
    ${note === '' ? nothing : html`<dd class="description">${note}</dd>`}
  </div>`;
}

function notesTemplate({ estimate, changes }: PlanSheet): TemplateResult | typeof nothing {
  const notes = [...(estimate ? describeNotes(estimate) : []), ...changes];
  if (notes.length === 0) return nothing;
  return html`<section aria-labelledby="notes">
    <h2 id="notes">${planStrings.notes}</h2>
    <ul class="notes">
      ${notes.map((note) => html`<li>${note}</li>`)}
    </ul>
  </section>`;
}

function partsTemplate(
  parts: readonly SheetPart[],
  { items, isInDollars }: SheetEstimate,
): TemplateResult | typeof nothing {
  if (parts.length === 0) return nothing;
  const hasCached = parts.some(({ cached }) => cached > 0);
  const hasMore = parts.reduce((sum, part) => sum + part.items, 0) < items;
  return html`<section aria-labelledby="parts">
    <h2 id="parts">${planStrings.parts}</h2>
    <table aria-labelledby="parts">
      <thead>
        <tr>
          <th scope="col">${planStrings.prompt}</th>
          <th scope="col">${planStrings.model}</th>
          <th scope="col" class="number">${planStrings.candidates}</th>
          ${hasCached ? html`<th scope="col" class="number cached">${planStrings.cached}</th>` : nothing}
          <th scope="col" class="number">${planStrings.tokens}</th>
          <th scope="col" class="number">${planStrings.cost}</th>
        </tr>
      </thead>
      <tbody>
        ${parts.map(
          (part) =>
            html`<tr>
              <td>${breakable(part.prompt)}</td>
              <td>${breakable(part.model)}</td>
              <td class="number">${numbers.whole(part.items)}</td>
              ${hasCached ? html`<td class="number cached">${numbers.whole(part.cached)}</td>` : nothing}
              <td class="number">${planStrings.tokensInOut(part.tokens.input, part.tokens.output)}</td>
              <td class="number">${part.cost === null ? planStrings.notKnown : formatCost(part.cost, isInDollars)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${hasMore ? html`<p class="description">${planStrings.moreParts}</p>` : nothing}
  </section>`;
}

/** A path, which may be broken where its folders end rather than anywhere. */
function breakable(path: string): TemplateResult {
  const parts = path.split('/');
  return html`${parts.map((part, place) => (place < parts.length - 1 ? html`${part}/<wbr />` : part))}`;
}

function filesTemplate({ files, estimate }: PlanSheet): TemplateResult | typeof nothing {
  if (files.length === 0) return nothing;
  const more = (estimate?.items ?? files.length) - files.length;
  return html`<section aria-labelledby="files">
    <h2 id="files">${planStrings.files}</h2>
    <ul class="files">
      ${files.map((file) => html`<li>${file}</li>`)}
      ${more > 0 ? html`<li class="more description">${planStrings.moreFiles(more)}</li>` : nothing}
    </ul>
  </section>`;
}

function firstPromptTemplate({ messages }: PlanSheet): TemplateResult | typeof nothing {
  if (messages.length === 0) return nothing;
  return html`<section aria-labelledby="first">
    <h2 id="first">${planStrings.firstPrompt}</h2>
    ${messages.map(messageTemplate)}
  </section>`;
}

/** What problems stop can only be mended. */
function answersTemplate(estimate: SheetEstimate | undefined, post: Post): TemplateResult {
  const canGenerate = estimate !== undefined && estimate.items > 0;
  const edit = html`<button
    class=${canGenerate ? 'button' : 'button primary'}
    type="button"
    data-action="edit"
    ?data-default=${!canGenerate}
    @click=${() => post({ type: 'edit' })}
  >
    ${planStrings.edit}
  </button>`;
  return html`<div class="answers">
    <div class="column">
      ${
        canGenerate
          ? html`<button
                class="button primary"
                type="button"
                data-action="generate"
                data-default
                aria-describedby="summary"
                @click=${() => post({ type: 'generate' })}
              >
                ${planStrings.generate}</button
              ><span id="summary" hidden>${describePlan(estimate)}</span>`
          : nothing
      }${edit}<button class="button" type="button" data-action="cancel" @click=${() => post({ type: 'cancel' })}>
        ${canGenerate ? planStrings.cancel : planStrings.close}
      </button>
    </div>
  </div>`;
}
