import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { MessagePiece, SheetMessage } from '../../../src/planProtocol.ts';
import { planStrings } from '../../../src/wording/planText.ts';

/** A message that folds, with its role and its tokens. */
export function messageTemplate(message: SheetMessage): TemplateResult {
  const { role, tokens, pieces, hidden, attachments } = message;
  const rest = hidden > 0 ? html`<span class="rest">${planStrings.hidden(hidden)}</span>` : nothing;
  // In one piece: white space around it would be part of the message.
  const content = html`${pieces.map(pieceTemplate)}${rest}`;
  return html`<details class="message" data-role=${role} open>
    <summary>
      <span class="codicon codicon-chevron-right" aria-hidden="true"></span>
      <span class="role">${planStrings.role(role)}</span>
      <span class="description">${planStrings.tokenCount(tokens)}</span>
    </summary>
    <div class="content">${content}</div>
    ${
      attachments.length > 0
        ? html`<div class="attached description">${planStrings.attached(attachments)}</div>`
        : nothing
    }
  </details>`;
}

function pieceTemplate(piece: MessagePiece): TemplateResult | string {
  switch (piece.kind) {
    case 'text':
      return piece.text;
    case 'unknown':
      return markTemplate(piece.kind, piece.name, planStrings.unknown);
    case 'asked':
      return markTemplate(piece.kind, piece.name, planStrings.asked);
  }
}

function markTemplate(kind: string, name: string, what: string): TemplateResult {
  const label = `${name} ${what}`;
  return html`<span class="mark ${kind}" role="img" title=${label} aria-label=${label}>${name}</span>`;
}
