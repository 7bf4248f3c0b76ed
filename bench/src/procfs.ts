import { readdirSync, readFileSync } from 'node:fs';

/** What Linux says of processes and of the machine. Times are milliseconds, sizes bytes. */

const tickMs = 10;

/** CPU time of a process with all its threads, or of one thread of it. */
export function cpuMsOf(pid: number, tid?: number): number {
  return cpuTicks(read(tid === undefined ? `${pid}/stat` : `${pid}/task/${tid}/stat`)) * tickMs;
}

export function residentBytesOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(read(`${pid}/status`))?.[1] ?? 0) * 1024;
}

/** What a thread has sent to the disk. */
export function writtenBytesOf(pid: number, tid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(read(`${pid}/task/${tid}/io`))?.[1] ?? 0);
}

/**
 * CPU time since boot that went to programs, and so not to the kernel's own threads: what of it is not that of `own` went to
 * others. A process that has come and gone is counted, because the machine's sum is.
 */
export function othersCpuMs(own: readonly number[]): number {
  const [user = 0, nice = 0, system = 0] = (/^cpu +(.*)/.exec(read('stat'))?.[1] ?? '')
    .split(' ')
    .map(Number);
  const kernel = pids()
    .filter(isKernelThread)
    .reduce((sum, pid) => sum + cpuTicks(read(`${pid}/stat`)), 0);
  const ours = own.reduce((sum, pid) => sum + cpuTicks(read(`${pid}/stat`)), 0);
  return (user + nice + system - kernel - ours) * tickMs;
}

const kernelParent = 2;

function isKernelThread(pid: number): boolean {
  return pid === kernelParent || Number(fieldsOf(read(`${pid}/stat`))[1]) === kernelParent;
}

function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

/** A process may be gone by now. */
function read(name: string): string {
  try {
    return readFileSync(`/proc/${name}`, 'utf8');
  } catch {
    return '';
  }
}

/** utime and stime: the 14th and 15th field. */
function cpuTicks(stat: string): number {
  const fields = fieldsOf(stat);
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

/** The fields after the name, which may itself hold blanks and parentheses. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
