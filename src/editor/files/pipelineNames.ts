import { posix, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { isJsonObject } from '../../base/jsonObject.ts';
import type { PipelineSketch } from '../../runs/pipeline/help/pipelineSketch.ts';
import type { RecordSketch, SketchMaterial } from '../../runs/pipeline/help/recordSketch.ts';
import { folderOf, type Folders } from './folders.ts';
import { pathOf } from './workspaceFiles.ts';

interface Known {
  /** What was read, as JSON. */
  readonly of: string;
  readonly at: number;
  readonly material: Promise<SketchMaterial>;
}

/** Somebody may be editing prompts and data too: for so long what was read of them holds, ms. */
const holdsMs = 3000;
const nothing: SketchMaterial = { schemas: new Map() };

/** What the records of pipelines that are being written have, stage by stage. */
export class PipelineNames {
  readonly #folders: Folders;
  readonly #sketches = new WeakMap<
    vscode.TextDocument,
    { readonly version: number; readonly sketch: PipelineSketch }
  >();
  readonly #known = new WeakMap<vscode.TextDocument, Known>();

  constructor(folders: Folders) {
    this.#folders = folders;
  }

  /** At a place of the text. @param offset UTF-16 units */
  async at(document: vscode.TextDocument, offset: number): Promise<RecordSketch> {
    const { momentAt, recordSketch } = await import('../pipelineWork.ts');
    const sketch = await this.#sketchOf(document);
    const material = await this.#materialOf(document, sketch);
    return recordSketch(sketch, material, momentAt(document.getText(), sketch, offset));
  }

  async #sketchOf(document: vscode.TextDocument): Promise<PipelineSketch> {
    const { pipelineSketch } = await import('../pipelineWork.ts');
    const { version } = document;
    let known = this.#sketches.get(document);
    if (known?.version !== version) {
      known = { version, sketch: pipelineSketch(posix.basename(document.uri.path), document.getText()) };
      this.#sketches.set(document, known);
    }
    return known.sketch;
  }

  /** Nothing is read of a workspace that is not trusted. */
  async #materialOf(document: vscode.TextDocument, sketch: PipelineSketch): Promise<SketchMaterial> {
    const { uri } = document;
    if (!vscode.workspace.isTrusted) return rowsOf(sketch);
    const { line: _, ...data } = sketch.data ?? { line: 0 };
    const of = JSON.stringify([data, sketch.stages.map(({ name, prompt }) => [name, prompt])]);
    let known = this.#known.get(document);
    if (known?.of !== of || Date.now() - known.at > holdsMs) {
      const { DataFiles, readMaterial } = await import('../pipelineWork.ts');
      const folder = folderOf(uri);
      const root = pathOf(folder);
      const material = readMaterial({
        sketch,
        path: relative(root, pathOf(uri)).split(sep).join('/'),
        root,
        files: this.#folders.filesOf(folder),
        input: new DataFiles(pathOf(vscode.Uri.joinPath(uri, '..')), root),
      }).catch(() => nothing);
      known = { of, at: Date.now(), material };
      this.#known.set(document, known);
    }
    return known.material;
  }
}

/** What the file itself says. */
function rowsOf({ data }: PipelineSketch): SketchMaterial {
  const first = data?.source.kind === 'rows' ? data.source.rows[0] : undefined;
  return isJsonObject(first) ? { ...nothing, row: first } : nothing;
}
