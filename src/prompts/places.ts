import type { TextPosition } from './lines.ts';
import type { MessageTemplate } from './promptFile.ts';

/** Where a place of a template is in its file. */
export function placeIn({ line, column = 1, indent = 0 }: MessageTemplate, place: TextPosition): TextPosition {
  return {
    line: line + place.line - 1,
    column: place.column + (place.line === 1 ? column - 1 : indent),
  };
}
