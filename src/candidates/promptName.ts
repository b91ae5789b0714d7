/** `tagline` for `prompts/tagline.prompt.md`; either kind of separator. */
export function promptName(path: string): string {
  const file = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return file.replace(/(?:\.prompt)?\.[^.]+$/i, '') || 'prompt';
}
