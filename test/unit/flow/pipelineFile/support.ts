import assert from 'node:assert/strict';
import type { Problem } from '../../../../src/base/problem.ts';
import { parsePipeline, readPipelineText, type PipelineFile } from '../../../../src/flow/pipelineFile/parsePipeline.ts';

export const path = 'book/book.pipeline.yml';

export function told({ line, column, message }: Problem): string {
  assert.match(message, /^[^\n]+\.$/, 'a problem is one line that ends like a sentence');
  return `${line ?? '?'}:${column ?? '?'}: ${message}`;
}

export function fileOf(text: string): PipelineFile {
  const result = parsePipeline(path, text);
  if (!result.ok) assert.fail(result.problems.map(told).join('\n'));
  return result.value;
}

/** As `line:column: message`. */
export function problemsIn(text: string): readonly string[] {
  return readPipelineText(path, text).problems.map(told);
}

export function hintsIn(text: string): readonly string[] {
  return readPipelineText(path, text).hints.map(told);
}

/** The lines of one stage that asks nothing, with others below it. */
export function stageWith(...lines: readonly string[]): string {
  return ['stages:', '  - name: text', ...lines.map((line) => `    ${line}`), ''].join('\n');
}

/** What a text has marked. */
export function markedIn(text: string, { line = 1, column = 1, endColumn }: Problem): string {
  return (text.split('\n')[line - 1] ?? '').slice(column - 1, endColumn === undefined ? undefined : endColumn - 1);
}

export const literature = `# literature.pipeline.yml
description: PDFs to a bibliography with its papers
source: { files: "pdfs/**/*.pdf", order: newest, watch: true }     # or data: words.csv, or rows: [...]
stages:
  - name: text
    module: pdf-text                       # built in; or ./stages/clean.mjs of the workspace
    workers: 4
  - name: references
    prompt: references.prompt.md           # with its own schema; its models, parameters, count
  - name: metadata
    each: references.items                 # expand: from here on one record for every element of this list
    key: "{{ doi | default: title }}"      # records with the same key are made once
    http: { url: "https://api.openalex.org/works", query: { search: "{{ title }}" }, select: "results[0]" }
    service: openalex                      # its limits, key, prices
    otherwise: keep                        # nothing found: keep the record without it (default: fail)
  - name: download
    when: "{{ metadata.open_access.is_oa }}"
    http: { url: "{{ metadata.open_access.oa_url }}", accept: application/pdf }
    output: downloads/{{ key }}.pdf
  - name: chapters                         # as an example of gather
    gather: { by: "{{ book }}", size: 10 } # a prompt over \`records\`, in order of position
    prompt: chapters.prompt.md
table: { file: bibliography.csv, columns: [title, metadata.doi, download.file] }   # whole at every moment, in the source's order
deliver: [{ bibtex: bibliography.bib }]    # made when the run ends: bibtex, apkg, epub, html, jsonl
`;
