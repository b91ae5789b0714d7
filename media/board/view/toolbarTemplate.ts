import { html, nothing, type TemplateResult } from 'lit/html.js';
import { live } from 'lit/directives/live.js';
import { boardLayouts, type BoardHead, type BoardLayout } from '../../../src/boardProtocol.ts';
import { boardStrings } from '../../../src/wording/board.ts';
import { strings } from '../../../src/wording/strings.ts';
import type { BoardModel } from '../model.ts';
import { iconButton } from './parts.ts';

const layoutIcons: Record<BoardLayout, string> = {
  columns: 'split-horizontal',
  stack: 'list-flat',
  single: 'screen-full',
};

/** What stands above the cards: whose they are, how they are shown, and what is looked for in them. */
export function toolbarTemplate(model: BoardModel, head: BoardHead): TemplateResult {
  const { choices, archivedCount } = model;
  return html`<header class="head">
    <div class="bar">
      <h1 title=${head.file}>${head.prompt}</h1>
      ${head.row ? rowTemplate(head.row) : nothing}
      <span class="counts">
        ${boardStrings.counts(model.count, model.runningCount)}
        ${head.diversity === null ? nothing : diversityTemplate(head.diversity)}
      </span>
      <span class="space"></span>
      ${findTemplate(model)}
      <div class="group" role="group" aria-label=${boardStrings.board}>
        ${iconButton('differences', 'git-compare', boardStrings.differences, { pressed: choices.showsDifferences })}
        ${model.hasAlike ? iconButton('fold', 'layers', boardStrings.fold, { pressed: choices.folds }) : nothing}
        ${
          archivedCount > 0 || choices.showsArchived
            ? iconButton('archived', 'archive', boardStrings.archived, { pressed: choices.showsArchived })
            : nothing
        }
      </div>
      <div class="group" role="group" aria-label=${boardStrings.layouts}>
        ${boardLayouts.map((layout) =>
          iconButton('layout', layoutIcons[layout], boardStrings.layout(layout), {
            pressed: choices.layout === layout,
            value: layout,
          }),
        )}
      </div>
      <div class="group">
        ${iconButton('undo', 'discard', boardStrings.undo, { isOff: !head.canUndo })}
        ${iconButton('more', 'add', boardStrings.more)}
      </div>
    </div>
    ${
      head.left > 0
        ? html`<div class="left">
            <span>${strings.left(head.left)}</span>
            <button type="button" class="link" data-action="resume">${strings.resume}</button>
          </div>`
        : nothing
    }
  </header>`;
}

function rowTemplate(row: NonNullable<BoardHead['row']>): TemplateResult {
  const { place, total, label } = row;
  return html`<span class="row">
    ${iconButton('previousRow', 'chevron-left', boardStrings.previousRow, { isOff: place === 0 })}
    <button type="button" class="row-name" data-action="pickRow" title=${boardStrings.pickRow}>
      <span class="row-label">${label}</span>
      <span class="row-place">${boardStrings.rowOf(place, total)}</span>
    </button>
    ${iconButton('nextRow', 'chevron-right', boardStrings.nextRow, { isOff: place >= total - 1 })}
  </span>`;
}

function diversityTemplate(share: number): TemplateResult {
  return html`<span class="diversity" title=${`${boardStrings.diversity(share)}. ${boardStrings.diversityTitle}`}>
    <meter min="0" max="1" .value=${share} aria-label=${boardStrings.diversityTitle}></meter>
    <span>${boardStrings.diversity(share)}</span>
  </span>`;
}

function findTemplate(model: BoardModel): TemplateResult {
  return html`<span class="find">
    <span class="codicon codicon-search" aria-hidden="true"></span>
    <input
      type="search"
      placeholder=${boardStrings.findShort}
      aria-label=${boardStrings.find}
      spellcheck="false"
      .value=${live(model.query)}
    />
    ${model.foundText === '' ? nothing : html`<span class="found">${model.foundText}</span>`}
  </span>`;
}
