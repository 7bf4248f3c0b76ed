/** What a file can do once it is open. All of it answers at once; an Errno thrown is the caller's error. */
export interface OpenFile {
  /** From `offset` on, at most `size` bytes; none at the end. */
  read(offset: number, size: number): Uint8Array;
  write(bytes: Uint8Array): void;
  /** POLL... bits that stand now. `wake` is to be called when they change. */
  poll?(wake: () => void): number;
  /** `memory` is that of the calling process; the answer is what ioctl returns. */
  ioctl?(command: number, argument: bigint, memory: CallerMemory): number;
  close(): void;
}

/** The memory of the process that makes the call. */
export interface CallerMemory {
  read(address: bigint, bytes: number): Buffer;
  write(address: bigint, bytes: Uint8Array): void;
}

export interface FileNode {
  readonly kind: 'file';
  /** Opens it; `isWrite`: for writing too. */
  open(isWrite: boolean): OpenFile;
}

export interface FolderNode {
  readonly kind: 'folder';
  names(): readonly string[];
  /** Undefined: there is no such name. */
  get(name: string): TreeNode | undefined;
}

export type TreeNode = FileNode | FolderNode;

/** A folder whose names stand. */
export function folderOf(entries: Readonly<Record<string, TreeNode>>): FolderNode {
  return {
    kind: 'folder',
    names: () => Object.keys(entries),
    get: (name) => (Object.hasOwn(entries, name) ? entries[name] : undefined),
  };
}

/** A text file as sysfs has them: `write` takes one whole line, without its line feed. */
export function textFile(read?: () => string, write?: (text: string) => void): FileNode {
  return {
    kind: 'file',
    open: () => ({
      read: (offset, size) => Buffer.from(`${read?.() ?? ''}\n`).subarray(offset, offset + size),
      write: (bytes) => write?.(Buffer.from(bytes).toString('latin1').trim()),
      close: () => {},
    }),
  };
}
