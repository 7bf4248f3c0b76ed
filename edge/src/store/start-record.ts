import { closeSync, fsync, open, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type StartRecord, startRecordSchema } from '../start-plan.ts';

/** What the last start left, and what this one leaves. */
export interface StartRecordFile {
  readonly last: StartRecord | undefined;
  /** At once for a process that dies, and soon for a machine that does. Throws where the disk is full. */
  write(record: StartRecord): void;
}

export function openStartRecord(file: string): StartRecordFile {
  return { last: readRecord(file), write: (record) => writeRecord(file, record) };
}

function readRecord(file: string): StartRecord | undefined {
  try {
    return startRecordSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

function writeRecord(file: string, record: StartRecord): void {
  const next = `${file}.next`;
  const descriptor = openSync(next, 'w', 0o600);
  writeSync(descriptor, JSON.stringify(record));
  renameSync(next, file);
  // Not awaited: a lane must not wait for the disk here, and a power cut begins a new boot anyway.
  fsync(descriptor, () => {
    closeSync(descriptor);
    flushFolder(dirname(file));
  });
}

function flushFolder(folder: string): void {
  open(folder, 'r', (error, descriptor) => {
    if (error) return;
    fsync(descriptor, () => closeSync(descriptor));
  });
}
