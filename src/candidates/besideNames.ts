/**
 * Files of ours that lie beside candidates: the manifest and the shelf. Each has two names, the second for where the first
 * is somebody else's file.
 *
 * `broken` is one of ours that a person has broken; `foreign` is never touched.
 */
export type BesideState = 'none' | 'ours' | 'broken' | 'foreign';

/**
 * Which of the two names is ours in a folder.
 *
 * @param states by the names
 * @returns undefined when both are somebody else's
 */
export function chooseBesideFile<Name extends string>(
  names: readonly [Name, Name],
  [first, second]: readonly [BesideState, BesideState],
): { readonly name: Name; readonly state: Exclude<BesideState, 'foreign'> } | undefined {
  // Once begun, it goes on.
  if (second === 'ours' || second === 'broken') return { name: names[1], state: second };
  if (first !== 'foreign') return { name: names[0], state: first };
  return second === 'none' ? { name: names[1], state: second } : undefined;
}
