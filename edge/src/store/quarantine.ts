import { existsSync, renameSync, rmSync } from 'node:fs';

/** What was opened, and why the file before it was set aside, if it was. */
export interface Opened<T> {
  readonly opened: T;
  readonly damage: string | undefined;
}

/**
 * Opens a file. One that is damaged is set aside as `FILE.damaged` for who wants to look, and a new one is begun: a
 * bad disk must not keep a gateway from starting. A disk that is full or does not answer is not damage: it throws.
 * `keep`: of several damaged files all, where each is evidence, or the newest.
 */
export function openOrRebuild<T extends { close(): void }>(
  file: string,
  keep: 'all' | 'newest',
  open: () => T,
  check: (opened: T) => void,
): Opened<T> {
  let first: T | undefined;
  try {
    first = open();
    check(first);
    return { opened: first, damage: undefined };
  } catch (error) {
    closeQuietly(first);
    if (NOT_DAMAGE.test(codeOf(error))) throw error;
    setAside(file, keep);
    return { opened: open(), damage: error instanceof Error ? error.message : String(error) };
  }
}

/** Sets a file aside that turned out damaged while it was open, and begins a new one. */
export function rebuild<T extends { close(): void }>(
  file: string,
  damaged: T,
  open: () => T,
  keep: 'all' | 'newest' = 'newest',
): T {
  closeQuietly(damaged);
  setAside(file, keep);
  return open();
}

/** Whether an error says that the file is not what was written. */
export function isDamage(error: unknown): boolean {
  return DAMAGE.test(codeOf(error));
}

const DAMAGE = /^SQLITE_(?:CORRUPT|NOTADB|IOERR_SHORT_READ)/;

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}

const NOT_DAMAGE =
  /^SQLITE_(?:FULL|IOERR(?!_SHORT_READ)|BUSY|LOCKED|CANTOPEN|READONLY|NOMEM|PERM|AUTH)/;

function closeQuietly(opened: { close(): void } | undefined): void {
  try {
    opened?.close();
  } catch {
    // It is damaged: that is why it is being closed.
  }
}

/** Gives a damaged file another name, and takes its WAL away. */
export function setAside(file: string, keep: 'all' | 'newest'): void {
  let aside = `${file}.damaged`;
  for (let n = 2; keep === 'all' && existsSync(aside); n++) aside = `${file}.damaged-${n}`;
  rmSync(aside, { force: true });
  if (existsSync(file)) renameSync(file, aside);
  // Left beside a new file, the WAL of the old one would be taken for its own.
  for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}
