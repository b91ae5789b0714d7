import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDelivery } from '../../../src/deliver/deliveries.ts';
import { optionsOf } from '../../../src/deliver/deliveryOptions.ts';
import { deliveryKinds } from '../../../src/flow/pipeline.ts';
import { definitionOf } from '../../support/delivery.ts';

describe('the options of deliveries', () => {
  const documentation = readFileSync(join(import.meta.dirname, '../../../docs/deliveries.md'), 'utf8');

  for (const kind of deliveryKinds) {
    it(`of ${kind} are those that it reads, and all are documented`, () => {
      const [problem] = checkDelivery(definitionOf(kind, { options: { 'no such': 1 } }));
      const read = /: it takes (.*)\.$/.exec(problem?.message ?? '')?.[1]?.split(', ') ?? [];
      const options = Object.keys(optionsOf(kind));
      assert.deepEqual(options.toSorted(), read.toSorted());
      const section = documentation.split(`\n## \`${kind}\`\n`)[1]?.split('\n## ')[0] ?? '';
      const common = documentation.split('\n## `')[0] ?? '';
      for (const name of options) assert.ok((section + common).includes(`\`${name}\``), name);
    });
  }
});
