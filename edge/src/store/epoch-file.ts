import { readFileSync } from 'node:fs';
import { writeWholeFile } from './whole-file.ts';

/**
 * The newest epoch of a journal, kept beside it: where the journal loses what it had committed, its numbers must not be given a
 * second time. 0 where nothing is known.
 */
export function readEpoch(file: string): number {
  try {
    const text = readFileSync(file, 'latin1');
    const epoch = /^[1-9]\d{0,6}\n$/.test(text) ? Number(text) : 0;
    return epoch <= EPOCH_MAX ? epoch : 0;
  } catch {
    return 0;
  }
}

// A turned bit must not use up the numbers that are left: a row's id can hold 2^21 epochs.
const EPOCH_MAX = 2_000_000;

/** On the disk when it returns. */
export function writeEpoch(file: string, epoch: number): void {
  writeWholeFile(file, `${epoch}\n`);
}
