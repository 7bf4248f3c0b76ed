import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/** Writes a small file beside its place and renames it: a power cut leaves the old one or the new one, never half of one. */
export function writeWholeFile(file: string, text: string): void {
  const next = `${file}.new`;
  const descriptor = openSync(next, 'w', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(next, file);
}
