import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';

describe('help while a prompt file is written', () => {
  let folder = '';
  let opened = 0;

  beforeEach(() => {
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    folder = join(workspace?.uri.fsPath ?? '', `help-${Date.now()}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'products.csv'), 'product,Unit price\n"Mug [x](command:a) ```",5\n');
    writeFileSync(join(folder, 'tone.md'), 'Warm.\n');
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    rmSync(folder, { recursive: true, force: true });
  });

  /** @param marked a text with `^` where the person is */
  async function open(marked: string, ending = '.prompt.md'): Promise<[vscode.TextDocument, vscode.Position]> {
    // The editor may still have the text that a file had before.
    opened += 1;
    const uri = vscode.Uri.file(join(folder, `line-${opened}${ending}`));
    writeFileSync(uri.fsPath, marked.replace('^', ''));
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    return [document, document.positionAt(marked.indexOf('^'))];
  }

  /** The editor may answer without ours while another extension registers a provider. */
  async function asked<Answer>(ask: () => Thenable<Answer>, isOurs: (answer: Answer) => boolean): Promise<Answer> {
    for (let times = 1; ; times += 1) {
      const answer = await ask();
      if (isOurs(answer) || times === 20) return answer;
    }
  }

  async function completion(marked: string, label: string, ending?: string): Promise<vscode.CompletionItem> {
    const [document, position] = await open(marked, ending);
    const isWanted = (item: vscode.CompletionItem): boolean => item.label === label;
    const { items } = await asked(
      () =>
        vscode.commands.executeCommand<vscode.CompletionList>(
          'vscode.executeCompletionItemProvider',
          document.uri,
          position,
        ),
      (list) => list.items.some(isWanted),
    );
    const found = items.find(isWanted);
    assert.ok(found, JSON.stringify(items.map((item) => item.label)));
    return found;
  }

  /** All that hovers at a place say, as Markdown. */
  async function hover(marked: string, expected: RegExp, ending?: string): Promise<string> {
    const [document, position] = await open(marked, ending);
    const textOf = (hovers: readonly vscode.Hover[]): string =>
      hovers
        .flatMap(({ contents }) => contents)
        // The editor gives all of them as Markdown.
        .map((content) => (content as { readonly value: string }).value)
        .join('\n');
    const hovers = await asked(
      () => vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, position),
      (found) => expected.test(textOf(found)),
    );
    assert.match(textOf(hovers), expected);
    return textOf(hovers);
  }

  it('offers keys with what they are for', async () => {
    const key = await completion('---\ncandidates:\n  count: 5\n  bud^\n---\nHi\n', 'budget');
    assert.ok(typeof key.documentation === 'string');
    assert.match(key.documentation, /what the prompt may spend/i);
    assert.equal(key.insertText, 'budget:\n  ');
  });

  it('offers models, and files beside the prompt', async () => {
    await completion('---\nmodel: ^\n---\nHi\n', 'demo/demo');
    await completion('---\ncandidates: { data: ^ }\n---\nHi\n', 'products.csv');
    await completion('As in #file:^\n', 'tone.md');
  });

  it('offers columns of the data as variables, with the first row', async () => {
    const column = await completion('---\ncandidates: { data: products.csv }\n---\nFor {{ ^ }}\n', 'Unit price');
    assert.equal(column.insertText, '["Unit price"]');
    assert.equal(column.detail, '5');
  });

  it('offers what fits in files of other tools', async () => {
    await completion('messages:\n  - role: ^\n', 'assistant', '.prompt.yml');
    await completion('---\nmodel:\n  ^\n---\nuser:\nHi\n', 'parameters', '.prompty');
  });

  it('tells what a key is for', async () => {
    await hover('---\ncandidates:\n  co^unt: 5\n---\nHi\n', /Candidates of each row and model/);
  });

  it('shows the value of a variable in the first row as the text that it is', async () => {
    const data = '---\ncandidates: { data: products.csv }\n---\n';
    const shown = await hover(`${data}For {{ prod^uct }}\n`, /product in the first row/);
    assert.match(shown, /```plaintext\nMug \[x\]\(command:a\) '''\n```/);
  });

  it('shows what an input has, or that nothing has a value', async () => {
    await hover('---\ninputs: { tone: warm }\n---\nIn ${input:to^ne}\n', /```plaintext\nwarm\n```/);
    await hover('In ${input:mo^od}\n', /mood is asked for once in a run/);
    await hover('In {{ mo^od }}\n', /mood has no value/);
  });

  describe('of a pipeline', () => {
    const stages = 'source: { data: products.csv }\nstages:\n  - name: page\n    prompt: page.prompt.md\n';

    beforeEach(() => {
      const schema = '{ type: object, properties: { title: { type: string }, parts: { type: array } } }';
      writeFileSync(join(folder, 'page.prompt.md'), `---\ncandidates: { schema: ${schema} }\n---\nHi {{ product }}\n`);
    });

    it('offers the keys of a stage', async () => {
      const key = await completion(`${stages}    othe^`, 'otherwise', '.pipeline.yml');
      assert.ok(typeof key.documentation === 'string');
      assert.match(key.documentation, /What becomes of a record/);
    });

    it('offers prompt files', async () => {
      await completion('stages:\n  - name: a\n    prompt: ^\n', 'page.prompt.md', '.pipeline.yml');
    });

    it('offers columns with the first row, and what a prompt answers by its schema', async () => {
      const begun = `${stages}  - name: show\n    command: [echo, "{{ `;
      const column = await completion(`${begun}^`, 'Unit price', '.pipeline.yml');
      assert.equal(column.detail, '5');
      await completion(`${begun}page.^ }}"]\n`, 'title', '.pipeline.yml');
      await completion(`${stages}  - name: b\n    each: ^\n`, 'page.parts', '.pipeline.yml');
    });

    it('tells what a key means and what a name stands for', async () => {
      await hover(`${stages}    wh^en: x\n`, /where it gives nothing/i, '.pipeline.yml');
      const shown = await hover(
        `${stages}  - name: b\n    command: [echo, "{{ prod^uct }} {{ page.title }}"]\n`,
        /product in the first row/,
        '.pipeline.yml',
      );
      assert.match(shown, /```plaintext\nMug \[x\]\(command:a\) '''\n```/);
      await hover(
        `${stages}  - name: b\n    command: [echo, "{{ page.ti^tle }}"]\n`,
        /page\\.title is added by the stage page/,
        '.pipeline.yml',
      );
    });
  });
});
