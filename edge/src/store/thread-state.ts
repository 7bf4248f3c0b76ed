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
  return threadId !== undefined && kernelState(`/proc/self/task/${threadId}/stat`) === 'D';
}

/** The letter of a process or thread in its `stat` of /proc: R runs, D waits for a disk; undefined where it is gone. */
export function kernelState(statFile: string): string | undefined {
  try {
    const stat = readFileSync(statFile, 'latin1');
    // Its name stands before it, in brackets, and may hold anything.
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return undefined;
  }
}
