import { watchdogEveryMs } from './limits.ts';
import type { Log, ServiceManager, Timers, WatchedThread } from './ports.ts';

export interface WatchdogPorts {
  readonly timers: Timers;
  readonly log: Log;
  readonly manager: ServiceManager;
  /** How the gateway stands, in a few words. */
  state(): string;
}

/**
 * Tells the service manager that the gateway is alive, thrice within its patience: that this runs shows it of the main thread,
 * and each other thread must have answered what it was asked the time before. One that waits for a disk is not stuck.
 * The returned function ends it.
 */
export function startWatchdog(ports: WatchdogPorts, threads: readonly WatchedThread[]): () => void {
  const { timers, log, manager, state } = ports;
  const everyMs =
    manager.patienceMs === undefined ? watchdogEveryMs : Math.floor(manager.patienceMs / 3);
  const watched = threads.map((thread) => ({ thread, asked: false, told: false }));
  let cancel: () => void = () => undefined;

  const tick = () => {
    const stuck = watched.filter(({ thread, asked }) => asked && !thread.waitsForDisk());
    for (const each of stuck) {
      if (!each.told) log.error('thread-stuck', { thread: each.thread.name });
      each.told = true;
    }
    const silent = watched.filter(({ asked }) => asked).map(({ thread }) => thread.name);
    const words = silent.length === 0 ? state() : `${state()}; no answer: ${silent.join(', ')}`;
    manager.tell(stuck.length === 0 ? 'alive' : 'state', words);
    for (const each of watched) ask(each);
    cancel = timers.after(everyMs, tick);
  };
  tick();
  return () => cancel();
}

/** One question at a time: they must not pile up behind a thread that does not come to them. */
function ask(each: { readonly thread: WatchedThread; asked: boolean; told: boolean }): void {
  if (each.asked) return;
  each.asked = true;
  each.thread.ping().then(
    () => {
      each.asked = false;
      each.told = false;
    },
    // A thread that is dead ends the process by itself.
    () => undefined,
  );
}
