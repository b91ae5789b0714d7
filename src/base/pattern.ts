/** `text` for a regular expression, outside of a class, that is to find just this text. */
export function escapeForPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
