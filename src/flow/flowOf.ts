import type { Flow, FlowStage, Variant } from './flow.ts';
import type { Pipeline, PromptStage, StageDefinition } from './pipeline.ts';

/** A stage that asks no model. */
export type WorkStage = Exclude<StageDefinition, PromptStage>;

/** Whose limits the attempts of a stage keep to. */
export type StageGovernor =
  /** This computer, for what it computes itself. */
  | { readonly kind: 'cpu' }
  /** A service of the person's settings. */
  | { readonly kind: 'service'; readonly name: string }
  /** A host that the pipeline file names, in lower case and with its port if it has one. */
  | { readonly kind: 'host'; readonly host: string }
  /** Hosts that only the records name: each attempt keeps to its own host besides. */
  | { readonly kind: 'web' };

/** As a template leaves it: nothing that a record says is part of it. */
const fixedHost = /^https?:\/\/([^/?#{}@\s]+)(?:[/?#]|$)/i;

export function governorOf(stage: WorkStage): StageGovernor {
  if (stage.service !== undefined) return { kind: 'service', name: stage.service };
  switch (stage.kind) {
    case 'command':
    case 'module':
      return { kind: 'cpu' };
    case 'http': {
      const [, host] = fixedHost.exec(stage.http.url) ?? [];
      return host === undefined ? { kind: 'web' } : { kind: 'host', host: host.toLowerCase() };
    }
  }
}

/** The name under which a governor takes part in a flow. */
export function governorName(governor: StageGovernor): string {
  switch (governor.kind) {
    case 'cpu':
    case 'web':
      return governor.kind;
    case 'service':
      return governor.name;
    case 'host':
      return governor.host;
  }
}

/** What a prompt stage makes of each record. */
export interface StageVariants {
  /** At least one. */
  readonly variants: readonly Variant[];
  /** Tokens that one attempt may cost. */
  readonly reservation: number;
}

/** Stages that ask no model have one variant. @param service absent: the one of `governorOf` */
export function workVariants(stage: WorkStage, service = governorName(governorOf(stage))): StageVariants {
  return { variants: [{ service, model: '', index: 1 }], reservation: 0 };
}

/**
 * What follows what in a pipeline. What becomes of a record that a stage has nothing for (`otherwise`) is the affair of the
 * stage's work, which answers with an empty object, so a flow does not know of it.
 *
 * @param path of the pipeline file, relative to its root and with `/`
 * @param variantsOf `workVariants` for stages that ask no model
 */
export function flowOf(
  path: string,
  { stages }: Pick<Pipeline, 'stages'>,
  variantsOf: (stage: StageDefinition) => StageVariants,
): Flow {
  return { pipeline: path, stages: stages.map((stage) => flowStage(stage, variantsOf(stage))) };
}

function flowStage(
  { name, input, when, workers, queue, retry, priority }: StageDefinition,
  { variants, reservation }: StageVariants,
): FlowStage {
  return {
    name,
    input,
    ...(when === undefined ? {} : { when }),
    variants,
    priority,
    reservation,
    ...(workers === undefined ? {} : { workers }),
    ...(queue === undefined ? {} : { queue }),
    ...(retry === undefined ? {} : { retry }),
  };
}
