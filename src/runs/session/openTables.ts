import type { ResultTables } from './resultTables.ts';

/** As `ResultTables.open`: what keeps tables is loaded for runs that have some. */
export async function openTables(
  ...[run, tables, tools, isBegun]: Parameters<typeof ResultTables.open>
): ReturnType<typeof ResultTables.open> {
  if (!tables || tables.length === 0) return undefined;
  const { ResultTables: Tables } = await import('./resultTables.ts');
  return Tables.open(run, tables, tools, isBegun);
}
