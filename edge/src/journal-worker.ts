import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { PassageDraft } from '@greengate/contracts/wire/passage';
import { journalBatchEventsCountMax } from './limits.ts';
import type { JournalPosition } from './ports.ts';
import { type JournalStore, openJournalStore } from './store/journal-store.ts';
import type { JournalThreadData } from './store/journal-thread.ts';
import type { ThreadCall, ThreadReply } from './store/thread-call.ts';
import { createNodeCrypto } from './verify/node-crypto.ts';

// The thread that owns journal.db. Whatever waits when it wakes goes into one commit.

if (!parentPort) throw new Error('journal-worker runs as a worker thread');
const port = parentPort;
const { file } = workerData as JournalThreadData;
const store = openJournalStore(file, createNodeCrypto().sha256);

port.on('message', (first: ThreadCall) => {
  const calls = [first];
  // Nothing is taken past a close: who comes after it is refused, whether or not it waits already.
  while (calls.length < journalBatchEventsCountMax && calls.at(-1)?.method !== 'close') {
    const more = receiveMessageOnPort(port) as { message: ThreadCall } | undefined;
    if (!more) break;
    calls.push(more.message);
  }
  const appends = calls.filter((call) => call.method === 'append');
  const others = calls.filter((call) => call.method !== 'append');
  // Intents first, and answered first: a lane waits for them, nobody waits for the rest.
  if (appends.length > 0) port.postMessage(appendAll(appends));
  for (const call of others) {
    port.postMessage([reply(call.n, () => answer(store, call))]);
    if (call.method === 'close') port.close();
  }
});

function appendAll(calls: readonly ThreadCall[]): ThreadReply[] {
  let positions: JournalPosition[];
  try {
    positions = store.append(calls.map((call) => call.args[0] as PassageDraft));
  } catch (error) {
    return calls.map((call) => ({ n: call.n, ok: false, why: whyOf(error) }));
  }
  return calls.map((call, i) => ({ n: call.n, ok: true, value: positions[i] }));
}

function answer(journal: JournalStore, { method, args }: ThreadCall): unknown {
  switch (method) {
    case 'pending':
      return journal.pending(args[0] as number);
    case 'acknowledge':
      journal.acknowledge(args[0] as JournalPosition);
      return journal.prune();
    case 'state':
      return journal.state();
    case 'lastTrustedAt':
      return journal.lastTrustedAt();
    case 'openPassages':
      return journal.openPassages();
    case 'verifyChain':
      return journal.verifyChain();
    case 'close':
      return journal.close();
    default:
      throw new Error(`journal thread knows no ${method}`);
  }
}

function reply(n: number, work: () => unknown): ThreadReply {
  try {
    return { n, ok: true, value: work() };
  } catch (error) {
    return { n, ok: false, why: whyOf(error) };
  }
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
