import type { Child } from './children.ts';

/** A time without service, in EpochMs. `to` is Infinity while it lasts. */
export interface Outage {
  readonly from: number;
  to: number;
}

/** Cloud or gateway: a process that is killed, started again, and in the end asked to stop. */
export interface Managed {
  readonly name: string;
  readonly outages: readonly Outage[];
  up(): boolean;
  /** Resolves once it answers; rejects when it ends first or stays silent. */
  start(): Promise<void>;
  /** kill -9. Resolves when it is dead. */
  kill(): Promise<void>;
  /** SIGTERM. Resolves with how it ended; kill -9 after the deadline. */
  stop(deadlineMs: number): Promise<number | NodeJS.Signals | undefined>;
}

export interface ManagedSettings {
  readonly name: string;
  readonly spawn: () => Child;
  readonly answers: () => Promise<boolean>;
  readonly onChange: (up: boolean) => void;
  /** It ended although nobody asked it to. */
  readonly onCrash: (why: string) => void;
}

const START_MS_MAX = 20_000;

export function createManaged(settings: ManagedSettings): Managed {
  const { name, spawn, answers, onChange, onCrash } = settings;
  const outages: Outage[] = [];
  let child: Child | undefined;
  let up = false;
  let isWanted = false;

  const down = () => {
    if (up) outages.push({ from: Date.now(), to: Number.POSITIVE_INFINITY });
    up = false;
    isWanted = false;
    onChange(false);
  };

  const watch = async (started: Child): Promise<void> => {
    const how = await started.ended;
    if (child !== started || !isWanted) return;
    down();
    onCrash(`${name} ended by itself (${how}):\n${started.tail()}`);
  };

  return {
    name,
    outages,
    up: () => up,
    start: async () => {
      const started = spawn();
      child = started;
      let ended: number | NodeJS.Signals | undefined;
      void started.ended.then((how) => {
        ended = how;
      });
      const until = performance.now() + START_MS_MAX;
      while (!(await answers())) {
        if (ended !== undefined)
          throw new Error(`${name} did not start (${ended}):\n${started.tail()}`);
        if (performance.now() > until)
          throw new Error(`${name} does not answer:\n${started.tail()}`);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      if (child !== started) throw new Error(`${name} was killed while it started`);
      isWanted = true;
      up = true;
      const last = outages.at(-1);
      if (last) last.to = Math.min(last.to, Date.now());
      onChange(true);
      void watch(started);
    },
    kill: async () => {
      down();
      const dying = child;
      child = undefined;
      dying?.process.kill('SIGKILL');
      await dying?.ended;
    },
    stop: async (deadlineMs) => {
      if (!child) return undefined;
      down();
      child.process.kill('SIGTERM');
      const late = setTimeout(() => child?.process.kill('SIGKILL'), deadlineMs);
      return child.ended.finally(() => clearTimeout(late));
    },
  };
}
