import { cp, mkdir, readdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { exitWritten, printLine } from '../report.ts';
import { say } from '../session.ts';
import { Refusal, UsageError } from '../usage.ts';

export const templateNames = ['articles', 'content-pages', 'flashcards', 'book', 'literature'] as const;

/** Beside the program's bundle: they come with it. */
function templateFolder(name: string): string {
  return join(__dirname, '../media/templates/pipelines', name);
}

export const newPipeline = defineCommand({
  name: 'new',
  takes: '<template> [folder]',
  summary: `a pipeline to begin with: ${templateNames.join(', ')}`,
  options: {},
  wrongArguments: () => `Name one template (${templateNames.join(', ')}), and a folder if you like.`,
  run: async ([template = '', folder = template]) => {
    if (!templateNames.some((name) => name === template)) {
      throw new UsageError(`There is no template "${template}": choose one of ${templateNames.join(', ')}.`);
    }
    const target = resolve(folder);
    await copyTemplate(template, target, folder);
    const file = join(relative(process.cwd(), target), `${template}.pipeline.yml`);
    printLine(file);
    say(`To run it: parallel-candidates run ${file}`);
    return exitWritten;
  },
});

/** Nothing that is there is touched. */
async function copyTemplate(template: string, target: string, folder: string): Promise<void> {
  await mkdir(target, { recursive: true }).catch((error: unknown) => {
    throw new Refusal(
      `The folder ${folder} cannot be made: ${error instanceof Error ? error.message : String(error)}.`,
    );
  });
  if ((await readdir(target)).length > 0) {
    throw new Refusal(`The folder ${folder} is not empty: name a new one.`);
  }
  await cp(templateFolder(template), target, { recursive: true });
}
