import packageJson from '../../package.json' with { type: 'json' };

const [prompts, ...others] = packageJson.contributes.configuration;

/** The settings that package.json contributes, of all groups, by their names, as JSON Schemas. */
export const contributedSettings: Readonly<Record<string, unknown>> = Object.fromEntries(
  [prompts, ...others].flatMap((group) => Object.entries<unknown>(group?.properties ?? {})),
);

/** The fields of a service, by their names, as they stand in the first group. */
export const contributedService = prompts!.properties['parallelCandidates.services']!.items.properties;
