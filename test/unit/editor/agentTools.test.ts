import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentTools } from '../../../src/runs/agents/tools.ts';

interface Contributed {
  readonly name: string;
  readonly modelDescription: string;
  readonly inputSchema: object;
}

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
  readonly contributes: { readonly languageModelTools: readonly Contributed[] };
};

describe('tools for the agents of the editor', () => {
  it('are told to models in package.json as they are', () => {
    const told = manifest.contributes.languageModelTools.map(({ name, modelDescription, inputSchema }) => {
      return { name: name.replace(/^parallelCandidates_/, ''), description: modelDescription, inputSchema };
    });
    const names = ['start_generation', 'get_status', 'get_results', 'pick_candidate'];
    const ours = names.map((each) => {
      const { name, description, inputSchema } = agentTools.find((tool) => tool.name === each)!;
      return { name, description, inputSchema };
    });
    assert.deepEqual(told, ours);
  });
});
