import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { Errno } from './errno.ts';
import type { CallerMemory } from './tree.ts';

/** Most bytes of another process that are read or written at once: the longest I2C message is 8 KiB. */
const bytesMax = 8192;

/** The memory of a process that waits for us in a system call: that of nobody else is ever looked at. */
export function openMemory(pid: number): CallerMemory {
  return {
    read(address, bytes) {
      if (bytes > bytesMax) throw new Errno('EINVAL');
      const buffer = Buffer.alloc(bytes);
      const done = using(pid, 'r', (file) => readSync(file, buffer, 0, bytes, address));
      if (done !== bytes) throw new Errno('EFAULT');
      return buffer;
    },
    write(address, bytes) {
      const done = using(pid, 'r+', (file) => writeAt(file, bytes, address));
      if (done !== bytes.length) throw new Errno('EFAULT');
    },
  };
}

/** writeSync takes a position as a number only: addresses of a user's memory are below 2^47, so it is exact. */
function writeAt(file: number, bytes: Uint8Array, address: bigint): number {
  if (address >= 2n ** 53n) throw new Errno('EFAULT');
  return writeSync(file, bytes, 0, bytes.length, Number(address));
}

function using(pid: number, flags: string, work: (file: number) => number): number {
  const file = openSync(`/proc/${pid}/mem`, flags);
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}
