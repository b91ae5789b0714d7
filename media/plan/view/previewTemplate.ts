import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { PreviewPanelMessage, PromptPreview } from '../../../src/planProtocol.ts';
import { planStrings } from '../../../src/wording/planText.ts';
import { messageTemplate } from './messageTemplate.ts';
import { problemsTemplate } from './problemTemplate.ts';

type Post = (message: PreviewPanelMessage) => void;

export function previewTemplate(preview: PromptPreview, post: Post): TemplateResult {
  const { row, messages, problems } = preview;
  const isEmpty = messages.length === 0 && problems.length === 0;
  return html`${row ? rowsTemplate(row, post) : nothing}
    <div class="scroll" tabindex="0" role="document" aria-label=${preview.file}>
      <main class="column preview">
        ${problemsTemplate(problems, (problem) => post({ type: 'goTo', problem }))}
        <section>${messages.map(messageTemplate)}</section>
        ${isEmpty ? html`<p class="description">${planStrings.empty}</p>` : nothing}
      </main>
    </div>`;
}

function rowsTemplate({ label, place, total, hasMore }: NonNullable<PromptPreview['row']>, post: Post): TemplateResult {
  const where = planStrings.rowPlace(place, total, hasMore);
  return html`<nav class="rows">
    <div class="column">
      ${stepTemplate('previous', 'arrow-left', planStrings.previousRow, place > 0, () =>
        post({ type: 'showRow', place: place - 1 }),
      )}${stepTemplate('next', 'arrow-right', planStrings.nextRow, place < total - 1, () =>
        post({ type: 'showRow', place: place + 1 }),
      )}
      <span class="where" aria-live="polite"
        ><span class="label">${label}</span> <span class="description">${where}</span></span
      >
      <button class="button" type="button" data-action="pick" @click=${() => post({ type: 'pickRow' })}>
        ${planStrings.chooseRow}
      </button>
    </div>
  </nav>`;
}

function stepTemplate(
  action: string,
  icon: string,
  title: string,
  isPossible: boolean,
  go: () => void,
): TemplateResult {
  return html`<button
    class="icon codicon codicon-${icon}"
    type="button"
    data-action=${action}
    title=${title}
    aria-label=${title}
    ?disabled=${!isPossible}
    @click=${go}
  ></button>`;
}
