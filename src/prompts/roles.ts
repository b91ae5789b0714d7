import type { Role } from '../model/message.ts';
import { Fences } from './fences.ts';
import type { MessageTemplate } from './promptFile.ts';

const marker = /^(system|user|assistant):/i;

/** A message without the blank lines around it; undefined if nothing is left. */
function messageOf(role: Role, lines: readonly string[], line: number, column: number): MessageTemplate | undefined {
  const first = lines.findIndex((text) => text.trim() !== '');
  if (first === -1) return undefined;
  return {
    role,
    template: lines.slice(first).join('\n').trimEnd(),
    line: line + first,
    ...(first === 0 && column > 1 && { column }),
  };
}

/**
 * Splits the body of a prompt file into messages at the lines that start with `system:`, `user:` or `assistant:` (any
 * case, alone or with text after it), except inside fenced code. Text before the first of them is a system message; a
 * body without any is one user message. Messages without text are left out.
 *
 * This must see the template, never rendered text: data cannot forge a role then.
 *
 * @param body lines that end in `\n`
 * @param firstLine 1-based line of the file on which the body starts
 */
export function splitRoles(body: string, firstLine: number): MessageTemplate[] {
  const messages: MessageTemplate[] = [];
  const fences = new Fences();
  let role: Role | undefined;
  let start = firstLine;
  let column = 1;
  let lines: string[] = [];

  const finish = (fallback: Role) => {
    const message = messageOf(role ?? fallback, lines, start, column);
    if (message) messages.push(message);
  };

  for (const [offset, line] of body.split('\n').entries()) {
    const found = fences.covers(line) ? undefined : marker.exec(line)?.[1];
    if (found === undefined) {
      lines.push(line);
      continue;
    }
    finish('system');
    role = found.toLowerCase() as Role;
    start = firstLine + offset;
    const text = line.slice(found.length + 1).trimStart();
    column = line.length - text.length + 1;
    fences.covers(text);
    lines = [text];
  }
  finish('user');
  return messages;
}
