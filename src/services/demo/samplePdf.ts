/** What the standard fonts of PDF cannot show is left out of the sample. */
function encoded(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replaceAll('Ł', 'L')
    .replace(/[^\x20-\x7e]/g, '?');
  return plain.replace(/[\\()]/g, (sign) => `\\${sign}`);
}

/** Cut at spaces, where a line has no more room. */
function wrapped(text: string, most: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A PDF of one page with a heading and paragraphs: ASCII, so that its bytes are its characters. */
export function samplePdf(heading: string, paragraphs: readonly string[]): Uint8Array<ArrayBuffer> {
  const shown = [
    ...wrapped(heading, 48).map((line) => `/F2 16 Tf 20 TL (${encoded(line)}) Tj T*`),
    ...paragraphs.flatMap((paragraph) => [
      'T*',
      ...wrapped(paragraph, 80).map((line) => `/F1 11 Tf 15 TL (${encoded(line)}) Tj T*`),
    ]),
  ];
  const content = `BT 20 TL 72 720 Td\n${shown.join('\n')}\nET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>',
    `<< /Title (${encoded(heading)}) /Producer (Parallel Candidates) >>`,
  ];
  let text = '%PDF-1.4\n';
  const offsets: number[] = [];
  for (const [place, object] of objects.entries()) {
    offsets.push(text.length);
    text += `${place + 1} 0 obj\n${object}\nendobj\n`;
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  const trailer = `trailer\n<< /Size ${count} /Root 1 0 R /Info 7 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
  return new TextEncoder().encode(`${text}xref\n0 ${count}\n0000000000 65535 f \n${table}${trailer}`);
}
