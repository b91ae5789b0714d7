import assert from 'node:assert/strict';
import type { Variant } from '../../../src/flow/flow.ts';
import { flowOf, governorName, governorOf, workVariants, type WorkStage } from '../../../src/flow/flowOf.ts';
import { follow } from '../../../src/flow/follow.ts';
import { namesOnly } from '../../support/flow/memoryFlow.ts';
import { fileOf, literature, stageWith } from './pipelineFile/support.ts';

function workStage(...lines: readonly string[]): WorkStage {
  const [stage] = fileOf(stageWith(...lines)).pipeline.stages;
  assert.ok(stage && stage.kind !== 'prompt');
  return stage;
}

describe('the flow of a pipeline', () => {
  const variants: readonly Variant[] = [1, 2].map((index) => ({ service: 'openai', model: 'gpt-5-mini', index }));
  const flow = flowOf('papers/literature.pipeline.yml', fileOf(literature).pipeline, (stage) =>
    stage.kind === 'prompt' ? { variants, reservation: 900 } : workVariants(stage),
  );

  it('has a stage for each of the file, with whose limits it keeps to', () => {
    const work = (service: string): unknown => ({
      variants: [{ service, model: '', index: 1 }],
      reservation: 0,
      priority: 5,
    });
    const prompt = { variants, reservation: 900, priority: 5 };
    assert.deepEqual(flow, {
      pipeline: 'papers/literature.pipeline.yml',
      stages: [
        { name: 'text', input: { kind: 'pass' }, ...(work('cpu') as object), workers: 4 },
        { name: 'references', input: { kind: 'pass' }, ...prompt },
        {
          name: 'metadata',
          input: { kind: 'expand', list: 'references.items', key: '{{ doi | default: title }}' },
          ...(work('openalex') as object),
        },
        {
          name: 'download',
          input: { kind: 'pass' },
          when: '{{ metadata.open_access.is_oa }}',
          ...(work('web') as object),
        },
        { name: 'chapters', input: { kind: 'gather', by: '{{ book }}', size: 10, require: 'any' }, ...prompt },
      ],
    });
  });

  it('is plain data, so that the journal can keep it', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(flow)), flow);
  });

  it('keeps workers, queue, retries and priority', () => {
    const { pipeline } = fileOf(stageWith('module: ocr', 'workers: 2', 'queue: 7', 'retry: 4', 'priority: 1'));
    const [stage] = flowOf('a.pipeline.yml', pipeline, (each) => workVariants(each as WorkStage)).stages;
    assert.deepEqual(stage, {
      name: 'text',
      input: { kind: 'pass' },
      variants: [{ service: 'cpu', model: '', index: 1 }],
      priority: 1,
      reservation: 0,
      workers: 2,
      queue: 7,
      retry: { attempts: 4, baseMs: 1000 },
    });
  });

  it('is one that records can follow', () => {
    const made = follow(flow, { stage: -1, key: 'a.pdf', place: '1', record: {} }, namesOnly);
    assert.ok(made.ok);
    assert.deepEqual(
      made.value.map(({ key, stage, service }) => [key, stage, service]),
      [['a.pdf', 0, 'cpu']],
    );
  });
});

describe('the governor of a stage', () => {
  const request = (url: string): WorkStage => workStage(`http: { url: "${url}" }`);

  it('is the service that it names, whatever it does', () => {
    const governor = governorOf(workStage('http: { url: "https://a.test/" }', 'service: openalex'));
    assert.deepEqual(governor, { kind: 'service', name: 'openalex' });
    assert.equal(governorName(governor), 'openalex');
    assert.deepEqual(governorOf(workStage('command: [cat]', 'service: disk')), { kind: 'service', name: 'disk' });
  });

  it('is this computer for what it computes', () => {
    for (const stage of [workStage('module: ocr'), workStage('command: [cat]')]) {
      assert.deepEqual(governorOf(stage), { kind: 'cpu' });
      assert.equal(governorName(governorOf(stage)), 'cpu');
    }
  });

  it('is the host that the file names', () => {
    const hosts = ['https://Api.Crossref.org/works/{{ doi }}', 'http://localhost:8080', 'https://a.test?x={{ y }}'].map(
      (url) => governorName(governorOf(request(url))),
    );
    assert.deepEqual(hosts, ['api.crossref.org', 'localhost:8080', 'a.test']);
  });

  it('is the web where a record has a say in the host', () => {
    const urls = [
      '{{ url }}',
      'https://{{ host }}/x',
      'https://a.{{ domain }}/',
      'https://a.test{{ rest }}',
      'http{{ s }}://a.test/',
    ];
    for (const url of urls) assert.deepEqual(governorOf(request(url)), { kind: 'web' }, url);
  });

  it('can be another one for a run', () => {
    assert.equal(workVariants(workStage('module: ocr'), 'other').variants[0]?.service, 'other');
  });
});
