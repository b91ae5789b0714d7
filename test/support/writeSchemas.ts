import { writeFile } from 'node:fs/promises';
import { frontMatterSchema, schemaFormats } from '../../src/prompts/help/jsonSchema.ts';

// Run by `npm run schemas`: writes the schemas of front matter for other editors.

/** The text of a schema file. */
export function schemaText(format: (typeof schemaFormats)[number]): string {
  return `${JSON.stringify(frontMatterSchema(format), null, 2)}\n`;
}

export function schemaUrl(format: (typeof schemaFormats)[number]): URL {
  return new URL(`../../media/schemas/${format}.json`, import.meta.url);
}

if (import.meta.main) {
  for (const format of schemaFormats) await writeFile(schemaUrl(format), schemaText(format));
}
