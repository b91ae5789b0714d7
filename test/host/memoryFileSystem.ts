import * as vscode from 'vscode';

/** Files in memory, as an extension provides them. */
export class MemoryFileSystem implements vscode.FileSystemProvider {
  readonly entries = new Map<string, Uint8Array | 'folder'>([
    ['/', 'folder'],
    ['/ws', 'folder'],
  ]);
  readonly log: string[] = [];
  canRename = true;
  /** Writing fails half way for paths that have this in them. */
  writeFails: string | undefined;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;

  /** A file as if another program had written it, with its folders. */
  put(uri: vscode.Uri, text: string): void {
    for (let end = uri.path.indexOf('/', 1); end > 0; end = uri.path.indexOf('/', end + 1)) {
      this.entries.set(uri.path.slice(0, end), 'folder');
    }
    const type = this.entries.has(uri.path) ? vscode.FileChangeType.Changed : vscode.FileChangeType.Created;
    this.entries.set(uri.path, new TextEncoder().encode(text));
    this.#changed.fire([{ type, uri }]);
  }
  text(path: string): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.readFile({ path }));
  }
  /** Sorted. */
  names(folder: string): string[] {
    return this.entries.has(folder)
      ? this.readDirectory({ path: folder })
          .map(([name]) => name)
          .sort()
      : [];
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }
  stat({ path }: Pick<vscode.Uri, 'path'>): vscode.FileStat {
    const entry = this.#entry(path);
    return { type: typeOf(entry), ctime: 0, mtime: 0, size: entry.length };
  }
  readDirectory({ path }: Pick<vscode.Uri, 'path'>): [string, vscode.FileType][] {
    if (this.#entry(path) !== 'folder') throw vscode.FileSystemError.FileNotADirectory(path);
    return [...this.entries]
      .filter(([each]) => each !== '/' && (each.slice(0, each.lastIndexOf('/')) || '/') === path)
      .map(([each, entry]) => [each.slice(each.lastIndexOf('/') + 1), typeOf(entry)]);
  }
  createDirectory({ path }: Pick<vscode.Uri, 'path'>): void {
    this.entries.set(path, 'folder');
  }
  readFile({ path }: Pick<vscode.Uri, 'path'>): Uint8Array {
    const entry = this.#entry(path);
    if (typeof entry === 'string') throw vscode.FileSystemError.FileIsADirectory(path);
    return entry;
  }
  writeFile({ path }: Pick<vscode.Uri, 'path'>, content: Uint8Array): void {
    this.log.push(`write ${path.replace(/\.[0-9a-f]+\.candidate/, 'T')}`);
    if (this.writeFails !== undefined && path.includes(this.writeFails)) {
      this.entries.set(path, content.slice(0, 1));
      throw vscode.FileSystemError.Unavailable('no');
    }
    this.entries.set(path, content);
  }
  delete({ path }: Pick<vscode.Uri, 'path'>): void {
    this.#entry(path);
    this.entries.delete(path);
  }
  rename(from: vscode.Uri, to: vscode.Uri, { overwrite }: { overwrite: boolean }): void {
    if (!this.canRename) throw vscode.FileSystemError.NoPermissions('no rename');
    if (this.entries.has(to.path) && !overwrite) throw vscode.FileSystemError.FileExists(to);
    this.entries.set(to.path, this.#entry(from.path));
    this.entries.delete(from.path);
  }
  #entry(path: string): Uint8Array | 'folder' {
    const entry = this.entries.get(path);
    if (entry === undefined) throw vscode.FileSystemError.FileNotFound(path);
    return entry;
  }
}

function typeOf(entry: Uint8Array | 'folder'): vscode.FileType {
  return entry === 'folder' ? vscode.FileType.Directory : vscode.FileType.File;
}
