import { closeSync, copyFileSync, existsSync, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const headerBytes = 100;
const pageCountOffset = 28;

/** With its log and whatever else SQLite keeps beside it. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true });
}

/** The pages that hold the definitions of the tables; SQLite may have been built without this view of them. */
function definitionPages(template: DatabaseSync): number[] {
  try {
    return template
      .prepare(`SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'`)
      .all()
      .map((row) => Number(row.pageno));
  } catch {
    return [1];
  }
}

function pageSizeOf(template: DatabaseSync): number {
  return Number(template.prepare('PRAGMA page_size').get()?.page_size);
}

/** Puts parts of a sound database into a file, and the number of pages that the file has. */
function transplant(path: string, templatePath: string, pages: readonly number[], pageSize: number): void {
  const to = openSync(path, 'r+');
  const from = openSync(templatePath, 'r');
  try {
    const header = Buffer.alloc(headerBytes);
    readSync(from, header, 0, headerBytes, 0);
    header.writeUInt32BE(Math.floor(fstatSync(to).size / pageSize), pageCountOffset);
    const page = Buffer.alloc(pageSize);
    for (const number of pages) {
      readSync(from, page, 0, pageSize, (number - 1) * pageSize);
      writeSync(to, page, 0, pageSize, (number - 1) * pageSize);
    }
    writeSync(to, header, 0, headerBytes, 0);
  } finally {
    closeSync(to);
    closeSync(from);
  }
}

/**
 * Reads a copy of a damaged database whose beginning was made sound: SQLite opens no file whose header is wrong, or that
 * has fewer pages than its header says, however intact the rest may be.
 *
 * @param templatePath a journal without runs, which nobody writes to; every journal begins with the same pages
 * @param depth `header`: only that; `definitions`: the tables' definitions too, which are right for a journal that was
 *   made with the same version
 */
export function readDamaged<Value>(
  path: string,
  templatePath: string,
  depth: 'header' | 'definitions',
  action: (copy: DatabaseSync) => Value,
): Value {
  const copyPath = `${path}.salvage`;
  removeDatabase(copyPath);
  try {
    copyFileSync(path, copyPath);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copyPath}-wal`);
    const template = new DatabaseSync(templatePath, { readOnly: true });
    try {
      transplant(
        copyPath,
        templatePath,
        depth === 'definitions' ? definitionPages(template) : [],
        pageSizeOf(template),
      );
    } finally {
      template.close();
    }
    const copy = new DatabaseSync(copyPath);
    try {
      return action(copy);
    } finally {
      copy.close();
    }
  } finally {
    removeDatabase(copyPath);
  }
}
