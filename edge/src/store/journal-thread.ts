import { Worker } from 'node:worker_threads';
import type { IntentTrace } from '@greengate/contracts/journal/packed-trace';
import type { Journal, JournalPosition, WatchedThread } from '../ports.ts';
import type { ChainStep } from './journal-chain.ts';
import { callThread, watchedThread } from './thread-call.ts';

/** What the journal thread is started with. */
export interface JournalThreadData {
  readonly file: string;
}

/** The journal on its own thread; main never touches its file. */
export interface JournalThread extends Journal {
  /** Why the journal of before was set aside, if it was. */
  damage(): Promise<string | undefined>;
  lastTrustedAt(): Promise<number>;
  openPassages(): Promise<IntentTrace[]>;
  lastAdmitted(): Promise<IntentTrace[]>;
  verifyChain(): Promise<JournalPosition | undefined>;
  verifyNext(rowsMax: number): Promise<ChainStep>;
  anchor(): Promise<JournalPosition | undefined>;
  close(): Promise<void>;
  readonly watched: WatchedThread;
}

// What it makes it drops at once; V8 would let it gather for longer and hold three times as much.
const YOUNG_MIB_MAX = 4;

/** `entry` is the built journal-worker.js. `onDeath`: the thread died by a bug; the process should end. */
export function startJournalThread(
  entry: URL,
  data: JournalThreadData,
  onDeath: (why: string) => void,
): JournalThread {
  const worker = new Worker(entry, {
    workerData: data,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB_MAX },
  });
  const { call, ended } = callThread(worker, onDeath);
  return {
    append: (draft) => call('append', draft),
    pending: (limit) => call('pending', limit),
    acknowledge: (position) => call('acknowledge', position),
    beginAgain: (cloudEpoch) => call('beginAgain', cloudEpoch),
    state: () => call('state'),
    damage: () => call('damage'),
    lastTrustedAt: () => call('lastTrustedAt'),
    openPassages: () => call('openPassages'),
    lastAdmitted: () => call('lastAdmitted'),
    verifyChain: () => call('verifyChain'),
    verifyNext: (rowsMax) => call('verifyNext', rowsMax),
    anchor: () => call('anchor'),
    watched: watchedThread('journal', call),
    async close() {
      await call('close');
      await ended();
    },
  };
}
