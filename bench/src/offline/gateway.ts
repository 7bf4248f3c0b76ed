import { createPrivateKey, randomBytes } from 'node:crypto';
import { passagePair } from '../start/journal.ts';

// The part of a gateway that a cloud which is away concerns: the journal with its thread, the outbox and the link.

export type ToGateway =
  | { readonly kind: 'write'; readonly passages: number }
  | {
      readonly kind: 'drain';
      readonly url: string;
      readonly keyId: string;
      /** Ed25519, PKCS8 PEM. */
      readonly pem: string;
    };

export type FromGateway =
  | { readonly kind: 'progress'; readonly events: number }
  | { readonly kind: 'written'; readonly ms: number }
  | { readonly kind: 'drained'; readonly ms: number };

interface JournalThread {
  append(draft: unknown): Promise<unknown>;
  state(): Promise<{ readonly pending: number }>;
  close(): Promise<void>;
}

const edge = new URL('../../../edge/dist/', import.meta.url);
const module = async <T>(path: string) => (await import(new URL(path, edge).href)) as T;

const { startJournalThread } = await module<{
  startJournalThread(entry: URL, data: object, onDeath: (why: string) => void): JournalThread;
}>('store/journal-thread.js');
const { startSync } = await module<{ startSync(ports: object, streams: []): { stop(): void } }>(
  'sync/loops.js',
);
const { createHttpLink } = await module<{ createHttpLink(options: object): object }>(
  'link/http-link.js',
);

const passagesAtOnce = 100;
const progressEvery = 100_000;
const lookEveryMs = 200;

const [file = ''] = process.argv.slice(2);
const journal = startJournalThread(new URL('journal-worker.js', edge), { file }, (why) => {
  throw new Error(why);
});
const tell = (message: FromGateway) => void process.send?.(message);

process.on('message', (message: ToGateway) => {
  void (message.kind === 'write' ? write(message.passages) : drain(message));
});
process.on('disconnect', () => void journal.close().then(() => process.exit()));

/** Intent and outcome of each, through the thread, as fast as the disk takes them. */
async function write(passages: number): Promise<void> {
  const began = performance.now();
  for (let done = 0; done < passages; done += passagesAtOnce) {
    const count = Math.min(passagesAtOnce, passages - done);
    const drafts = Array.from({ length: count }, (_, at) => passagePair(done + at)).flat();
    await Promise.all(drafts.map((draft) => journal.append(draft)));
    if ((2 * done) % progressEvery === 0) tell({ kind: 'progress', events: 2 * done });
  }
  tell({ kind: 'written', ms: performance.now() - began });
}

async function drain({ url, keyId, pem }: Extract<ToGateway, { kind: 'drain' }>): Promise<void> {
  const began = performance.now();
  const timers = {
    after: (ms: number, work: () => void) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
  };
  const random = { unit: Math.random, hex: (bytes: number) => randomBytes(bytes).toString('hex') };
  const link = createHttpLink({
    ...{ url, keyId, random, timers },
    privateKey: createPrivateKey(pem),
    clock: { now: () => Date.now(), mono: () => performance.now(), trust: () => 'trusted' },
    fetch: (target: URL, init: RequestInit) => fetch(target, init),
  });
  const quiet = () => undefined;
  const sync = startSync(
    {
      ...{ link, journal, timers, random },
      replica: { mark: async () => undefined },
      log: { info: quiet, warn: quiet, error: quiet },
      cloud: { ok: quiet, failed: quiet },
    },
    [],
  );
  const look = async (): Promise<void> => {
    const { pending } = await journal.state();
    tell({ kind: 'progress', events: pending });
    if (pending > 0) {
      setTimeout(() => void look(), lookEveryMs);
      return;
    }
    sync.stop();
    tell({ kind: 'drained', ms: performance.now() - began });
  };
  await look();
}
