import { refuse } from '@greengate/contracts/result';
import type { CachedStatus } from '@greengate/contracts/rules/admit';
import type { AdmissionPolicy } from '@greengate/contracts/rules/policy';
import type { PassageDraft } from '@greengate/contracts/wire/passage';
import type { CloudAnswer, TurnstileOrder } from '../../../edge/dist/ports.js';
import type { CloudPatch } from './cloud-node.ts';
import type { LifePorts, Patch } from './gateway-box.ts';
import { choosePeople } from './world.ts';

/** A mistake somebody could make, planted in one port: the simulator is worth what it sees of these. */
export interface Bug {
  readonly name: string;
  readonly gateway?: Patch;
  readonly cloud?: CloudPatch;
}

const inReplica =
  (change: (of: LifePorts['replica']) => Partial<LifePorts['replica']>): Patch =>
  (ports) => ({
    ...ports,
    replica: { ...ports.replica, ...change(ports.replica) },
  });
const inJournal =
  (change: (of: LifePorts['journal'], ports: LifePorts) => Partial<LifePorts['journal']>): Patch =>
  (ports) => ({
    ...ports,
    journal: { ...ports.journal, ...change(ports.journal, ports) },
  });
const inWriter =
  (change: (of: LifePorts['writer']) => Partial<LifePorts['writer']>): Patch =>
  (ports) => ({
    ...ports,
    writer: { ...ports.writer, ...change(ports.writer) },
  });
const inClock =
  (change: (of: LifePorts['clock']) => Partial<LifePorts['clock']>): Patch =>
  (ports) => ({
    ...ports,
    clock: { ...ports.clock, ...change(ports.clock) },
  });

/** Answers what it was given first, for ever. */
function first<T>(read: () => T | undefined): () => T | undefined {
  let held: T | undefined;
  return () => {
    held ??= read();
    return held;
  };
}

export const BUGS: readonly Bug[] = [
  { name: 'red stream ignored', gateway: inReplica(() => ({ red: () => undefined })) },
  { name: 'region stream ignored', gateway: inReplica(() => ({ status: () => undefined })) },
  {
    name: 'statuses cached for ever',
    gateway: inReplica((replica) => {
      const held = new Map<string, CachedStatus | undefined>();
      const status: typeof replica.status = (key) => {
        if (!held.has(key)) held.set(key, replica.status(key));
        return held.get(key);
      };
      return { status };
    }),
  },
  { name: 'every status read as green', gateway: inReplica(readAsGreen) },
  {
    name: 'policy of the start for ever',
    gateway: inReplica(({ policy }) => ({ policy: first<AdmissionPolicy>(policy) })),
  },
  {
    name: 'version of the replica never told',
    gateway: inReplica(({ version }) => ({ version: first(version) as () => number })),
  },
  { name: 'view never refreshed', gateway: inReplica(() => ({ refresh: () => undefined })) },
  {
    name: 'age of the replica ignored',
    gateway: (ports) => ({
      ...ports,
      replica: { ...ports.replica, syncedAt: () => ports.clock.now() },
    }),
  },
  {
    name: 'journal acknowledges before it commits',
    gateway: inJournal((journal) => ({
      append: (draft) => {
        void journal.append(draft).catch(() => undefined);
        return Promise.resolve({ epoch: 1, seq: 1 });
      },
    })),
  },
  { name: 'intents not written', gateway: inJournal(forget('intent')) },
  { name: 'outcomes not written', gateway: inJournal(forget('outcome')) },
  {
    name: 'outbox forgets its cursor',
    gateway: inJournal(() => ({ acknowledge: () => Promise.resolve() })),
  },
  {
    name: 'outbox acknowledges one too many',
    gateway: inJournal((journal) => ({
      acknowledge: ({ epoch, seq }) => journal.acknowledge({ epoch, seq: seq + 1 }),
    })),
  },
  {
    name: 'outbox takes any answer for an acknowledgement',
    gateway: (ports) => ({
      ...ports,
      link: {
        ...ports.link,
        post: async (path, json, bounds) => {
          const answer = await ports.link.post(path, json, bounds);
          return answer.kind === 'answer' && answer.status === 200 ? answer : acknowledged(json);
        },
      },
    }),
  },
  {
    name: 'outbox sends an epoch under the number of the next',
    gateway: inJournal((journal) => {
      let turn = 0;
      return {
        pending: async (limit) => {
          const found = await journal.pending(limit);
          turn += 1;
          return turn % 3 === 0 ? { ...found, epoch: found.epoch + 1 } : found;
        },
      };
    }),
  },
  {
    name: 'passages that a crash left open stay open',
    gateway: inJournal(() => ({ openPassages: () => Promise.resolve([]) })),
  },
  {
    name: 'used codes not remembered',
    gateway: (ports) => ({ ...ports, usedSteps: (made) => ({ ...made, has: () => false }) }),
  },
  {
    name: 'segments taken and not applied',
    gateway: inWriter((writer) => ({
      offerSegment: async (stream, bytes, hash) => {
        const mark = await writer.mark(stream);
        return mark
          ? { ok: true, value: { ...mark, rows: 0, documents: [], unread: 0 } }
          : writer.offerSegment(stream, bytes, hash);
      },
    })),
  },
  {
    name: 'manifests refused',
    gateway: inWriter(() => ({
      offerManifest: () => Promise.resolve(refuse('manifest-malformed')),
    })),
  },
  {
    name: 'reds applied without being applied',
    gateway: inWriter((writer) => ({
      offerSegment: async (stream, bytes, hash) => {
        const mark = stream === 'red' ? await writer.mark(stream) : undefined;
        return mark && mark.cursor > 0
          ? { ok: true, value: { ...mark, rows: 0, documents: [], unread: 0 } }
          : writer.offerSegment(stream, bytes, hash);
      },
    })),
  },
  { name: 'signed time ignored', gateway: inClock(() => ({ signedTime: () => undefined })) },
  { name: 'any clock trusted', gateway: inClock(() => ({ trust: () => 'trusted' })) },
  {
    name: 'grant given again after its timeout',
    gateway: (ports) => ({
      ...ports,
      turnstile: (made) => ({
        onEvent: (listener) => made.onEvent(listener),
        order: async (order: TurnstileOrder) => {
          const taken = await made.order(order);
          if (!taken.ok && order.action === 'open')
            ports.timers.after(1500, () => void made.order(order));
          return taken;
        },
      }),
    }),
  },
  {
    name: 'refused people let through',
    gateway: (ports) => ({
      ...ports,
      turnstile: (made) => ({
        onEvent: (listener) => made.onEvent(listener),
        order: (order) =>
          made.order({
            ...order,
            action: order.reason === 'status-yellow' ? 'open' : order.action,
          }),
      }),
    }),
  },
  {
    name: 'fire contact not heard',
    gateway: (ports) => ({
      ...ports,
      turnstile: (made) => ({
        order: (order) => made.order(order),
        onEvent: (listener) =>
          made.onEvent((event) => (event.kind === 'fire' ? undefined : listener(event))),
      }),
    }),
  },
  {
    name: 'retries given up',
    gateway: (ports) => ({
      ...ports,
      timers: {
        after: (ms, work) =>
          ms > 2500 && ms < 10_000 ? () => undefined : ports.timers.after(ms, work),
      },
    }),
  },
  {
    name: 'cloud acknowledges events that it did not store',
    cloud: {
      store: (store) => ({
        ...store,
        appendPassages: async (gateway, epoch, events, now) =>
          events.length === 2
            ? {
                kind: 'acked',
                acked: events.at(-1)?.seq ?? 0,
                stored: 2,
                duplicates: 0,
                conflicts: 0,
                poison: 0,
                feverish: [],
              }
            : store.appendPassages(gateway, epoch, events, now),
      }),
    },
  },
  {
    name: 'cloud leaves reds out of their stream',
    cloud: {
      store: (store) => ({
        ...store,
        changes: async (stream, after, to, count) =>
          stream === 'red' ? [] : store.changes(stream, after, to, count),
      }),
    },
  },
  {
    name: 'cloud leaves the newest change out',
    cloud: {
      store: (store) => ({
        ...store,
        changes: async (stream, after, to, count) =>
          (await store.changes(stream, after, to, count)).slice(0, -1),
      }),
    },
  },
  {
    name: 'cloud names a person in an answer',
    cloud: {
      answer: (path, status, body) =>
        path === '/v1/passages' && status === 200 ? named(body) : body,
    },
  },
];

function readAsGreen({ status, red }: LifePorts['replica']): Partial<LifePorts['replica']> {
  const green = (held: CachedStatus | undefined): CachedStatus | undefined =>
    held && { ...held, colour: 'green' };
  return { status: (key) => green(status(key)), red: (key) => green(red(key)) };
}

function forget(kind: PassageDraft['kind']) {
  return (journal: LifePorts['journal']): Partial<LifePorts['journal']> => ({
    append: (draft) =>
      draft.kind === kind ? Promise.resolve({ epoch: 1, seq: 1 }) : journal.append(draft),
  });
}

function acknowledged(json: unknown): CloudAnswer {
  const { from, events } = json as { from: number; events: readonly unknown[] };
  const body = new TextEncoder().encode(JSON.stringify({ acked: from + events.length - 1 }));
  return { kind: 'answer', status: 200, body };
}

/** An answer that says too much. */
function named(body: Uint8Array): Uint8Array {
  const json = JSON.parse(new TextDecoder().decode(body)) as object;
  const [somebody] = choosePeople();
  return new TextEncoder().encode(JSON.stringify({ ...json, note: somebody?.name }));
}
