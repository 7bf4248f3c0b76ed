import type { Worker } from 'node:worker_threads';
import type { WatchedThread } from '../ports.ts';
import { waitsForDisk } from './thread-state.ts';

/** One call to a thread that owns a database. */
export interface ThreadCall {
  readonly n: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type ThreadReply =
  | { readonly n: number; readonly ok: true; readonly value: unknown }
  | { readonly n: number; readonly ok: false; readonly why: string };

/** Calls a thread and matches its replies; replies come in arrays, one array a group commit. */
export interface ThreadCaller {
  call<T>(method: string, ...args: unknown[]): Promise<T>;
  /** Waits for the thread to end by itself after its `close`. */
  ended(): Promise<void>;
}

export function callThread(worker: Worker, onDeath: (why: string) => void): ThreadCaller {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  let dead: string | undefined;
  let closing = false;

  // An error is followed by an exit: one death, told once.
  const die = (why: string, expected: boolean) => {
    if (dead !== undefined) return;
    dead = why;
    for (const { reject } of waiting.values()) reject(new Error(why));
    waiting.clear();
    if (!expected) onDeath(why);
  };
  const ended = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      // A call that came after `close` is refused, and no death for it.
      die(`thread ended with code ${code}`, code === 0 && closing);
      resolve();
    });
  });
  worker.on('error', (error: Error & { code?: string }) => {
    // An error of libSQL loses its message on the way between threads.
    const why = error.message || error.code || error.name;
    die(why, false);
  });
  worker.on('message', (replies: readonly ThreadReply[]) => {
    for (const reply of replies) {
      const call = waiting.get(reply.n);
      waiting.delete(reply.n);
      if (reply.ok) call?.resolve(reply.value);
      else call?.reject(new Error(reply.why));
    }
  });

  return {
    call<T>(method: string, ...args: unknown[]) {
      if (dead !== undefined) return Promise.reject(new Error(dead));
      closing ||= method === 'close';
      last += 1;
      const n = last;
      return new Promise<T>((resolve, reject) => {
        waiting.set(n, { resolve: resolve as (value: unknown) => void, reject });
        worker.postMessage({ n, method, args } satisfies ThreadCall);
      });
    },
    ended: () => ended,
  };
}

/** A thread as the watchdog sees it. Its `ping` answers by which number the kernel knows it. */
export function watchedThread(name: string, call: ThreadCaller['call']): WatchedThread {
  let id: number | undefined;
  const ping = async () => {
    id = await call<number | undefined>('ping');
  };
  // Asked before the first tick, so that a disk that hangs by then is known for one.
  ping().catch(() => undefined);
  return { name, ping, waitsForDisk: () => waitsForDisk(id) };
}
