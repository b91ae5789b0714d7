import { writeFile } from 'node:fs/promises';
import { pipelineSchema } from '../../src/flow/pipelineFile/pipelineSchema.ts';
import { frontMatterSchema, schemaFormats } from '../../src/prompts/help/jsonSchema.ts';

// Run by `npm run schemas`: writes the schemas of front matter and of pipeline files for other editors.

type SchemaName = (typeof schemaFormats)[number] | 'pipeline';

/** The text of a schema file. */
export function schemaText(format: SchemaName): string {
  const schema = format === 'pipeline' ? pipelineSchema() : frontMatterSchema(format);
  return `${JSON.stringify(schema, null, 2)}\n`;
}

export function schemaUrl(format: SchemaName): URL {
  return new URL(`../../media/schemas/${format}.json`, import.meta.url);
}

if (import.meta.main) {
  for (const format of [...schemaFormats, 'pipeline'] as const) await writeFile(schemaUrl(format), schemaText(format));
}
