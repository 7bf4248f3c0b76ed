import type { BenchResult } from './report.ts';

/** What whoever runs a bench may ask of it; a bench takes what concerns it. */
export interface BenchOptions {
  /** How long the main measurement goes on. */
  readonly minutes?: number;
  /** How often a run is repeated at most because other programs had the machine's CPU. */
  readonly attempts?: number;
}

/** Measures something and returns its figures; what it needs (files, processes, load) it makes and cleans up itself. */
export type Bench = (options: BenchOptions) => Promise<BenchResult[]>;

type Entry = {
  /** One line for `npm run bench -- --list`. */
  readonly about: string;
  /** Loads the bench only when it is asked for: one bench's native modules must not weigh on another's figures. */
  readonly load: () => Promise<Bench>;
};

export const registry: ReadonlyMap<string, Entry> = new Map([
  [
    'api',
    {
      about: 'floods the built cloud with ten times what it can serve; both share the cores',
      load: async () => (await import('./api/bench.ts')).benchApi,
    },
  ],
  [
    'broker',
    {
      about: 'frozen, greedy, absent and storming clients at the broker, against plain aedes',
      load: async () => (await import('./broker/bench.ts')).benchBroker,
    },
  ],
  [
    'code',
    {
      about: 'verifies health codes at the pace of a lane',
      load: async () => (await import('./code/bench.ts')).benchCode,
    },
  ],
  [
    'demux',
    {
      about: 'garbage from a scanner through the demultiplexer, against ReadlineParser',
      load: async () => (await import('./demux/bench.ts')).benchDemux,
    },
  ],
  [
    'fanout',
    {
      about:
        'from a commit to ten thousand gateways that follow live, against held tails and streamSSE',
      load: async () => (await import('./fanout/bench.ts')).benchFanout,
    },
  ],
  [
    'gate',
    {
      about:
        'a station of 16 lanes at one gateway under every load at once; --minutes, 5 by default',
      load: async () => (await import('./gate/bench.ts')).benchGate,
    },
  ],
  [
    'identity',
    {
      about: 'asks for people whom the cloud knows and for people whom nobody knows',
      load: async () => (await import('./identity/bench.ts')).benchIdentity,
    },
  ],
  [
    'ingest',
    {
      about: 'drains the journals of sixteen gateways into the built cloud, and counts the rows',
      load: async () => (await import('./ingest/bench.ts')).benchIngest,
    },
  ],
  [
    'offline',
    {
      about:
        'three days without a cloud, and the journal drained into it; --minutes of them, 4320 by default',
      load: async () => (await import('./offline/bench.ts')).benchOffline,
    },
  ],
  [
    'replica',
    {
      about: 'ten million sealed statuses, seven days offline, and ten thousand turned bits',
      load: async () => (await import('./replica/bench.ts')).benchReplica,
    },
  ],
  [
    'rules',
    {
      about: "evaluates a pack's rules, against certlogic-js",
      load: async () => (await import('./rules/bench.ts')).benchRules,
    },
  ],
  [
    'score',
    {
      about: 'scores a million holders under a 40-rule pack',
      load: async () => (await import('./score/bench.ts')).benchScore,
    },
  ],
  [
    'start',
    {
      about: 'from starting a gateway to its first decision, with three days of journal',
      load: async () => (await import('./start/bench.ts')).benchStart,
    },
  ],
]);
