/** `tagline` for `prompts/tagline.prompt.md`, and the folder's for a `SKILL.md`; either kind of separator. */
export function promptName(path: string): string {
  const file = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  if (/^SKILL\.md$/i.test(file)) return path.split(/[/\\]/).at(-2) ?? 'skill';
  return file.replace(/(?:\.prompt)?\.[^.]+$/i, '') || 'prompt';
}
