const fence = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)$/;

/** Follows the fenced code blocks of a Markdown text, line by line. */
export class Fences {
  #open = '';

  /** Whether the line lies in a fenced block or opens or closes one. */
  covers(line: string): boolean {
    const [, marks = '', rest = ''] = fence.exec(line) ?? [];
    if (this.#open === '') {
      this.#open = marks;
      return marks !== '';
    }
    const closes = marks.startsWith(this.#open) && rest.trim() === '';
    if (closes) this.#open = '';
    return true;
  }
}
