import { listedNames, nearestName } from '../../base/nearestName.ts';
import type { Problem } from '../../base/problem.ts';
import { brief } from '../../base/sentence.ts';
import { shown } from '../../base/valueKinds.ts';
import type { Span } from '../../base/yamlSettings.ts';
import { builtInModules, type HttpStage, type PromptStage, type StageDefinition } from '../pipeline.ts';
import type { PipelineChecks } from './checks.ts';
import { Findings } from './findings.ts';
import { placeProblems } from './checkPlaces.ts';
import { checkPrompt } from './checkPrompt.ts';
import { limits } from './limits.ts';
import type { PipelineFile } from './parsePipeline.ts';
import { RecordNames, type NameProblem } from './recordNames.ts';
import { templatesOf } from './stageTemplates.ts';
import { isTemplate } from './texts.ts';

/** What can be known of a pipeline before it runs. */
export interface PipelineFindings {
  readonly problems: readonly Problem[];
  /** What nothing stops for. */
  readonly hints: readonly Problem[];
}

/** What tables know of records besides. */
const tableNames: ReadonlySet<string> = new Set(['key', 'state', 'problem']);

/**
 * Checks what a pipeline refers to: names of the record, templates, files, programs and services. Of names behind an `each`
 * only those of stages are certain, because nobody knows the elements yet.
 */
export async function checkPipeline(file: PipelineFile, checks: PipelineChecks): Promise<PipelineFindings> {
  return new Check(file, checks).run();
}

class Check {
  readonly #file: PipelineFile;
  readonly #checks: PipelineChecks;
  readonly #names: RecordNames;
  readonly #problems: Findings;
  readonly #hints: Findings;
  #templates = 0;

  constructor(file: PipelineFile, checks: PipelineChecks) {
    this.#file = file;
    this.#checks = checks;
    this.#names = new RecordNames(file.pipeline, checks.columns);
    this.#problems = new Findings(file.path);
    this.#hints = new Findings(file.path);
  }

  async run(): Promise<PipelineFindings> {
    const { source, stages } = this.#file.pipeline;
    const elsewhere: Problem[] = [];
    if (source.data?.source.kind === 'file') {
      await this.#checkFile(source.data.source.path, ['source', 'data'], 'The file');
    }
    for (const [index, stage] of stages.entries()) {
      this.#checkHiding(stage, index);
      this.#checkEach(stage, index);
      this.#checkTemplates(stage, index);
      this.#checkService(stage, index);
      if (stage.kind === 'http') this.#checkSelects(stage, index);
      elsewhere.push(...(await this.#checkWorld(stage, index)));
    }
    this.#checkTable();
    const name = this.#file.path.slice(this.#file.path.lastIndexOf('/') + 1);
    for (const { at, message } of placeProblems(this.#file.pipeline, name, this.#checks)) this.#tell(at, message);
    return { problems: [...this.#problems.all(), ...elsewhere], hints: this.#hints.all() };
  }

  /** @returns what is wrong in other files */
  async #checkWorld(stage: StageDefinition, index: number): Promise<readonly Problem[]> {
    switch (stage.kind) {
      case 'prompt':
        return this.#checkPromptOf(stage, index);
      case 'command': {
        if (stage.command.kind === 'shell') return [];
        const [program = ''] = stage.command.arguments;
        if (await this.#checks.hasProgram(program)) return [];
        const mend = /[/\\]/.test(program)
          ? 'is not there, or may not be run: correct its path'
          : 'is not on the PATH: install it, or correct its name';
        const message = `The program ${shown(program)} of the stage "${stage.name}" ${mend}.`;
        this.#tell(['stages', String(index), 'command', '0'], message);
        return [];
      }
      case 'module':
        if (builtInModules.some((name) => name === stage.module)) return [];
        await this.#checkFile(stage.module, ['stages', String(index), 'module'], 'The module', stage.name);
        return [];
      case 'http':
        return [];
    }
  }

  async #checkPromptOf(stage: PromptStage, index: number): Promise<readonly Problem[]> {
    const { prompt } = stage;
    const path = ['stages', String(index), 'prompt'];
    if (prompt.kind === 'file') {
      const own = this.#file.settings.sourceOf([...path, 'file']) === undefined ? path : [...path, 'file'];
      if (!(await this.#checkFile(prompt.path, own, 'The prompt file', stage.name))) return [];
    }
    return checkPrompt(stage, {
      checks: this.#checks,
      names: this.#names,
      stage: index,
      settings: this.#file.settings,
      path,
      tell: (span, message) => this.#problems.tell(span, message),
    });
  }

  async #checkFile(path: string, at: readonly string[], what: string, stage?: string): Promise<boolean> {
    if (await this.#checks.hasFile(path)) return true;
    const owner = stage === undefined ? '' : ` of the stage "${stage}"`;
    this.#tell(at, `${what} "${brief(path)}"${owner} is not there: correct its path.`);
    return false;
  }

  #checkHiding({ name }: StageDefinition, index: number): void {
    if (this.#names.columns?.includes(name) !== true) return;
    const span = (): Span => this.#file.settings.spanOf(['stages', String(index), 'name']);
    const message = `The stage "${name}" takes the place of the column "${name}" in the record: give it another name to keep both.`;
    this.#hints.tell(span, () => message);
  }

  #checkEach({ name, input }: StageDefinition, index: number): void {
    if (input.kind !== 'expand') return;
    const [root = ''] = input.list.split('.');
    const problem = this.#names.problemOf(root, { stage: index, isInside: false });
    if (!problem) return;
    this.#tell(['stages', String(index), 'each'], `"each" of the stage "${name}" ${problem.message()}.`);
  }

  #checkTemplates(stage: StageDefinition, index: number): void {
    for (const { path, template, isInside } of templatesOf(stage)) {
      if (!isTemplate(template)) continue;
      this.#templates += 1;
      if (this.#templates > limits.templates) return;
      const at = ['stages', String(index), ...path];
      const called = `"${brief(path.join('.').replace(/\s+/g, ' '), 60)}" of the stage "${stage.name}"`;
      const names = this.#checks.templateNames(template);
      if (!names.ok) {
        this.#tell(at, `${called} cannot be read, because ${names.failure}: correct it.`);
        continue;
      }
      const told = new Set<string>();
      for (const { name, begin, end, mayBeMissing } of names.value) {
        const problem = this.#names.problemOf(name, { stage: index, isInside });
        if (!problem || told.has(name) || isExcused(problem, mayBeMissing)) continue;
        told.add(name);
        const span = (): Span => this.#partSpan(at, template, begin, end);
        this.#problems.tell(span, () => `${called} ${problem.message()}.`);
      }
    }
  }

  /** The reader puts braces around what stands without. */
  #partSpan(at: readonly string[], template: string, begin: number, end: number): Span {
    const { settings } = this.#file;
    const written = settings.textOf(at) ?? template;
    const shift = isTemplate(written) ? 0 : template.indexOf(written.trim()) - written.indexOf(written.trim());
    return settings.partSpanOf(at, begin - shift, end - shift);
  }

  #checkService({ name, service }: StageDefinition, index: number): void {
    const { services } = this.#checks;
    if (service === undefined || !services || services.includes(service)) return;
    const nearest = nearestName(service, services);
    const meant = nearest === undefined ? '' : `write "${nearest}" if that is meant, or `;
    const there =
      services.length === 0 ? '' : `; there ${services.length === 1 ? 'is' : 'are'} ${listedNames(services)}`;
    const message = `The stage "${name}" asks for the service ${shown(service)}, which is not there: ${meant}add it to your settings${there}.`;
    this.#tell(['stages', String(index), 'service'], message);
  }

  #checkSelects({ name, http: { select, paging } }: HttpStage, index: number): void {
    const expressions = { select, 'paging.next': paging?.next, 'paging.items': paging?.items };
    for (const [key, expression] of Object.entries(expressions)) {
      const reason = expression === undefined ? undefined : this.#checks.selectProblem(expression);
      if (reason === undefined) continue;
      const message = `"http.${key}" of the stage "${name}" is no JMESPath (${brief(reason)}): correct it.`;
      this.#tell(['stages', String(index), 'http', ...key.split('.')], message);
    }
  }

  /** A column without a value is empty, and no reason to stop. */
  #checkTable(): void {
    const { stages, table } = this.#file.pipeline;
    for (const [place, column] of (table?.columns ?? []).entries()) {
      const [root = ''] = column.split('.');
      if (tableNames.has(column) || this.#names.columns?.includes(column) === true) continue;
      const problem = this.#names.problemOf(root, { stage: stages.length, isInside: false });
      if (!problem) continue;
      const span = (): Span => this.#file.settings.spanOf(['table', 'columns', String(place)]);
      this.#hints.tell(span, () => `A column of "table" stays empty: it ${problem.message()}.`);
    }
  }

  #tell(path: readonly string[], message: string): void {
    this.#problems.tell(
      () => this.#file.settings.spanOf(path),
      () => message,
    );
  }
}

function isExcused(problem: NameProblem, mayBeMissing: boolean): boolean {
  return mayBeMissing && problem.mayBeMissing;
}
