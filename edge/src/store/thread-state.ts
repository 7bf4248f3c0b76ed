import { readFileSync, readlinkSync } from 'node:fs';

/** The number by which the kernel knows the calling thread; undefined where it does not say. */
export function ownThreadId(): number | undefined {
  try {
    const id = /\/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self'))?.[1];
    return id === undefined ? undefined : Number(id);
  } catch {
    return undefined;
  }
}

/** Whether a thread of this process is in the kernel, waiting for a disk: state D, which neither a signal nor a new start ends. */
export function waitsForDisk(threadId: number | undefined): boolean {
  if (threadId === undefined) return false;
  try {
    const stat = readFileSync(`/proc/self/task/${threadId}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'D';
  } catch {
    return false;
  }
}
