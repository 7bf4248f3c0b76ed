import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { PassageDraft } from '@greengate/contracts/wire/passage';
import { journalBatchEventsCountMax, outcomeGatherMs } from './limits.ts';
import type { JournalPosition, JournalState } from './ports.ts';
import { openJournalFile, withJournal } from './store/journal-file.ts';
import type { JournalStore } from './store/journal-store.ts';
import type { JournalThreadData } from './store/journal-thread.ts';
import type { ThreadCall, ThreadReply } from './store/thread-call.ts';
import { ownThreadId } from './store/thread-state.ts';
import { createNodeCrypto } from './verify/node-crypto.ts';

// The thread that owns journal.db. Whatever waits when it wakes goes into one commit.

if (!parentPort) throw new Error('journal-worker runs as a worker thread');
const port = parentPort;
const { file } = workerData as JournalThreadData;
const { sha256 } = createNodeCrypto();

let held: { readonly file: string; store: JournalStore } | undefined;
let damage: string | undefined;

/** Opened when it can be: a disk that is full at the start refuses events, as one that fills up later does. */
function journal<T>(work: (store: JournalStore) => T): T {
  if (!held) {
    const result = openJournalFile(file, sha256, Date.now());
    held = { file, store: result.opened };
    damage = result.damage;
  }
  return withJournal(held, sha256, Date.now, work);
}

// Outcomes that wait for an intent: nobody waits for them, and a commit of their own doubles what is written.
let gathered: ThreadCall[] = [];
let gathering: NodeJS.Timeout | undefined;

function writeLater(): void {
  gathering ??= setTimeout(writeGathered, outcomeGatherMs);
}

function writeGathered(): void {
  clearTimeout(gathering);
  gathering = undefined;
  const calls = gathered;
  gathered = [];
  if (calls.length > 0) port.postMessage(appendAll(calls));
}

function isOutcome({ args }: ThreadCall): boolean {
  return (args[0] as PassageDraft).kind === 'outcome';
}

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
  gathered.push(...appends);
  // Intents first, and answered first: a lane waits for them, nobody waits for the rest.
  const isLast = others.some(({ method }) => method === 'close');
  if (isLast || !gathered.every(isOutcome)) writeGathered();
  else if (gathered.length > 0) writeLater();
  for (const call of others) {
    port.postMessage([reply(call.n, () => answer(call))]);
    if (call.method === 'close') port.close();
  }
});

function appendAll(calls: readonly ThreadCall[]): ThreadReply[] {
  let positions: JournalPosition[];
  try {
    const drafts = calls.map((call) => call.args[0] as PassageDraft);
    positions = journal((open) => open.append(drafts));
  } catch (error) {
    return calls.map((call) => ({ n: call.n, ok: false, why: whyOf(error) }));
  }
  return calls.map((call, i) => ({ n: call.n, ok: true, value: positions[i] }));
}

function answer({ method, args }: ThreadCall): unknown {
  // Closing what never opened, because its disk is full, is no failure.
  if (method === 'close') return held?.store.close();
  if (method === 'ping') return ownThreadId();
  return journal((open) => answerOf(open, method, args));
}

function answerOf(open: JournalStore, method: string, args: readonly unknown[]): unknown {
  switch (method) {
    case 'damage':
      return damage;
    case 'pending':
      return open.pending(args[0] as number);
    case 'acknowledge':
      open.acknowledge(args[0] as JournalPosition);
      return open.prune();
    case 'beginAgain':
      return open.beginAgain(args[0] as number);
    case 'state':
      return withGathered(open.state());
    case 'lastTrustedAt':
      return open.lastTrustedAt();
    case 'openPassages':
      return open.openPassages();
    case 'lastAdmitted':
      return open.lastAdmitted();
    case 'verifyChain':
      return open.verifyChain();
    case 'verifyNext':
      return open.verifyNext(args[0] as number);
    case 'anchor':
      return open.anchor();
    default:
      throw new Error(`journal thread knows no ${method}`);
  }
}

/** What still waits for its commit is not with the cloud either. */
function withGathered(state: JournalState): JournalState {
  return { ...state, pending: state.pending + gathered.length };
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
