export interface Table {
  readonly title: string;
  /** The first column is aligned left, the others right. */
  readonly columns: readonly string[];
  /** A row that is a pair is a name and a remark that takes the place of all its other cells. */
  readonly rows: readonly (readonly string[])[];
  readonly remarks?: readonly string[];
}

export function formatTable({ title, columns, rows, remarks = [] }: Table): string {
  const isRemark = (row: readonly string[]): boolean => row.length === 2 && columns.length > 2;
  const whole = [columns, ...rows.filter((row) => !isRemark(row))];
  const nameWidth = Math.max(...[columns, ...rows].map((row) => row[0]?.length ?? 0));
  const widths = columns.map((_, column) =>
    column === 0 ? nameWidth : Math.max(...whole.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    isRemark(row)
      ? `${(row[0] ?? '').padEnd(nameWidth)}  ${row[1] ?? ''}`
      : row
          .map((cell, column) => (column === 0 ? cell.padEnd(nameWidth) : cell.padStart(widths[column] ?? 0)))
          .join('  ');
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return ['', title, rule, line(columns), rule, ...rows.map(line), rule, ...remarks, ''].join('\n');
}

/** A number with about three significant digits, or a dash when there is none. */
export function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 4);
}
