import { existsSync, renameSync, rmSync } from 'node:fs';

/** What was opened, and why the file before it was set aside, if it was. */
export interface Opened<T> {
  readonly opened: T;
  readonly damage: string | undefined;
}

/**
 * Opens a file that can be fetched again. One that does not open, or does not pass `check`, is set aside as
 * `FILE.damaged` for who wants to look, and a new one is begun: a bad disk must not keep a gateway from starting.
 */
export function openOrRebuild<T extends { close(): void }>(
  file: string,
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
    setAside(file);
    return { opened: open(), damage: error instanceof Error ? error.message : String(error) };
  }
}

function closeQuietly(opened: { close(): void } | undefined): void {
  try {
    opened?.close();
  } catch {
    // It is damaged: that is why it is being closed.
  }
}

/** The newest damaged file only: a disk that keeps failing must not fill itself with them. */
function setAside(file: string): void {
  rmSync(`${file}.damaged`, { force: true });
  if (existsSync(file)) renameSync(file, `${file}.damaged`);
  // Left beside a new file, the WAL of the old one would be taken for its own.
  for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}
