import { CONTROL, RED, regionStream, type StreamName } from '@greengate/contracts/replica/streams';
import type { AdmissionPolicy } from '@greengate/contracts/rules/policy';
import type { PassageDraft, PassageEvent } from '@greengate/contracts/wire/passage';
import type { Journal, JournalPosition, ReplicaWriter } from '../../../edge/dist/ports.js';
import type { StationStorage } from '../../../edge/dist/station.js';
import type { ReplicaView } from '../../../edge/dist/store/replica-reader.js';
import { REGION, RUN_START } from './cloud-node.ts';
import type { TurnstileWatch } from './station-bus.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

/** One promise that was broken: `oracle` as THREATS.md names it. */
export interface Violation {
  readonly oracle: 'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'L1';
  readonly what: string;
  /** Milliseconds since the run began. */
  readonly at: number;
}

export type Report = (oracle: Violation['oracle'], what: string) => void;

/** What the oracles hear of one box. */
export interface BoxWatch {
  readonly turnstile: TurnstileWatch;
  /** The gateway drew a random number; a decision begins with drawing the id of its passage. */
  drew(hex: string): void;
  opened(view: ReplicaView): void;
  durable(draft: PassageDraft, position: JournalPosition): void;
  writer(raw: ReplicaWriter): ReplicaWriter;
  journal<J extends StationStorage['journal']>(seen: J): J;
  /** The replica was set aside while the gateway ran: it holds nothing any more. */
  rebuilt(): void;
  died(): void;
  powerLost(): void;
  /** Bits of a file have turned: what is lost of it is nobody's fault. */
  damaged(file: 'journal.db' | 'replica.db'): void;
  crashed(why: string): void;
}

/** What a gateway must know of a stream: all that its replica said to hold. */
interface KnownStream {
  readonly epoch: number;
  readonly cursor: number;
  /** By signed time, the last instant at which it was complete; 0: never. */
  readonly completeAt: number;
}

export interface Known {
  readonly streams: ReadonlyMap<StreamName, KnownStream>;
  readonly policy: AdmissionPolicy | undefined;
  readonly signedAt: number;
}

type Intent = Extract<PassageDraft, { kind: 'intent' }>;

interface Seen {
  readonly intent: Intent;
  readonly known: Known;
  /** When the gateway decided, by the run's time. */
  readonly at: number;
  isDurable: boolean;
  isClosed: boolean;
  isThrough: boolean;
}

/** What the oracles keep of one box, for the end of the run. */
export interface BoxRecord {
  readonly watch: BoxWatch;
  /** What the gateway was told to be on the disk. */
  readonly told: readonly { readonly draft: PassageDraft; readonly at: number }[];
  readonly passages: ReadonlyMap<string, Seen>;
  /** When the journal was last damaged, by the run's time: of what it held before, nothing can be asked for. */
  damagedAt(): number;
}

const journalWaitMs = 250;
const clockErrorMsMax = 6 * 60_000;
const usedAgainMs = 110_000;
const troubledMs = 3000;

export interface OraclePorts {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly report: Report;
}

export function watchBox({ time, trace, report }: OraclePorts, label: string): BoxRecord {
  const told: { draft: PassageDraft; at: number }[] = [];
  const passages = new Map<string, Seen>();
  const drawn = new Map<string, { known: Known; at: number }>();
  const opened = new Set<string>();
  let refusedAt = Number.NEGATIVE_INFINITY;
  let known: Known = { streams: new Map(), policy: undefined, signedAt: 0 };
  let highest = { replicaVer: 0, replicaEpoch: 0, policyVer: 0 };
  let powerLost = false;
  let damagedAt = Number.NEGATIVE_INFINITY;

  const learn = (stream: StreamName, next: KnownStream, policy?: AdmissionPolicy, signedAt = 0) => {
    const streams = new Map(known.streams).set(stream, next);
    known = {
      streams,
      policy: policy ?? known.policy,
      signedAt: Math.max(known.signedAt, signedAt),
    };
  };

  /** Rows of one stream were lost: it is fetched anew, and what is left stays in force, as old as it is. The others are whole. */
  const forget = (stream: StreamName) => {
    const held = known.streams.get(stream);
    if (!held) return;
    learn(stream, { ...held, cursor: 0 });
    if (stream === regionStream(REGION)) highest = { ...highest, replicaVer: 0 };
  };

  const turnstile: TurnstileWatch = {
    ordered(lane, { action, passage }, result) {
      trace.note('order', label, lane, action, result);
      if (action !== 'open' || result !== 'accepted') return;
      const seen = passages.get(passage);
      const asked = drawn.get(passage)?.at ?? Number.NEGATIVE_INFINITY;
      // Past the journal's deadline, or when the disk refuses, the lane goes on (P9).
      const isExcused = time.now() - asked >= journalWaitMs || time.now() - refusedAt < troubledMs;
      if (seen ? seen.intent.verdict !== 'admit' : !(isExcused && drawn.has(passage))) {
        report('S1', `${label} ${lane} opened without an intent to admit`);
      } else if (!seen?.isDurable && !isExcused) {
        report('S2', `${label} ${lane} opened before its intent was on the disk`);
      }
      opened.add(passage);
      if (seen?.isClosed) report('S1', `${label} ${lane} opened for a passage that was over`);
      if (seen) checkOpened(seen, lane);
    },
    completed(_lane, passage) {
      const seen = passages.get(passage);
      if (seen) seen.isThrough = true;
    },
  };

  /** What can be said at once; what the person's state allows is judged at the end, when all versions are known. */
  const checkOpened = (seen: Seen, lane: string) => {
    const { key, step } = seen.intent;
    if (key === null || step === null || seen.known.policy?.mode === 'do-not-check') return;
    for (const other of passages.values()) {
      const same = other !== seen && other.intent.key === key && other.intent.step === step;
      const isKnown = other.isThrough && other.isDurable && other.at > damagedAt;
      if (same && isKnown && seen.at - other.at < usedAgainMs) {
        report('S1', `${label} ${lane} let the same live code through twice`);
      }
    }
  };

  const decided = (intent: Intent) => {
    const { at, known: knew } = drawn.get(intent.passage) ?? { at: time.now(), known };
    if (opened.has(intent.passage) && intent.verdict !== 'admit')
      report('S1', `${label} opened for whom it kept out`);
    passages.set(intent.passage, {
      ...{ intent, known: knew, at },
      ...{ isDurable: false, isClosed: false, isThrough: false },
    });
    trace.note(
      'decide',
      label,
      intent.lane,
      intent.verdict,
      intent.reason,
      intent.rung,
      intent.staleness,
    );
    const region = knew.streams.get(regionStream(REGION));
    if (intent.policyVer < (knew.policy?.version ?? 0))
      report('S3', `${label} decided by an older policy`);
    if (region && intent.replicaVer < region.cursor)
      report('S3', `${label} decided by an older replica`);
    const sameEpoch = region?.epoch === highest.replicaEpoch;
    if (sameEpoch && intent.replicaVer < highest.replicaVer)
      report('S3', `${label}: the version of the replica fell`);
    if (intent.policyVer < highest.policyVer)
      report('S3', `${label}: the version of the policy fell`);
    highest = {
      replicaVer: intent.replicaVer,
      replicaEpoch: region?.epoch ?? 0,
      policyVer: intent.policyVer,
    };
    const error = Math.abs(intent.at - RUN_START - at);
    if (intent.clock === 'trusted' && error > clockErrorMsMax)
      report('S1', `${label} trusts a clock that is ${error} ms off`);
    if (intent.at < knew.signedAt)
      report('S1', `${label} decided before a time that it knew to be past`);
  };

  const watch: BoxWatch = {
    turnstile,
    drew: (hex) => void drawn.set(hex, { known, at: time.now() }),
    opened(view) {
      const before = known;
      known = { streams: new Map(), policy: view.policy(), signedAt: 0 };
      for (const { name, epoch, cursor, signedAt, syncedAt } of view.streams()) {
        learn(name, { epoch, cursor, completeAt: syncedAt }, undefined, signedAt);
        const held = before.streams.get(name);
        const fell = held && (epoch < held.epoch || (epoch === held.epoch && cursor < held.cursor));
        if (fell && !powerLost) report('S3', `${label}: ${name} fell over a restart`);
      }
      if (!powerLost && (known.policy?.version ?? 0) < (before.policy?.version ?? 0)) {
        report('S3', `${label}: the policy fell over a restart`);
      }
      // What had not reached the disk at a power loss is gone: it can be fetched again.
      if (powerLost) highest = { replicaVer: 0, replicaEpoch: 0, policyVer: 0 };
      powerLost = false;
    },
    durable(draft) {
      trace.note('durable', label, draft.kind);
      if (draft.kind !== 'intent') return;
      const seen = passages.get(draft.passage);
      if (seen) seen.isDurable = true;
    },
    writer: (raw) => ({
      ...raw,
      async offerManifest(stream, bytes) {
        const offered = await raw.offerManifest(stream, bytes);
        trace.note(
          'manifest',
          label,
          stream,
          offered.ok ? offered.value.head : offered.refusal.code,
        );
        const held = known.streams.get(stream);
        if (offered.ok && held && offered.value.epoch < held.epoch)
          report('S3', `${label}: the epoch of ${stream} fell`);
        if (offered.ok) {
          const { epoch, head, signedAt } = offered.value;
          const same = held?.epoch === epoch;
          const cursor = same ? held.cursor : 0;
          const completeAt = Math.max(held?.completeAt ?? 0, cursor === head ? signedAt : 0);
          learn(stream, { epoch, cursor, completeAt }, undefined, signedAt);
          if (!same && stream !== CONTROL && stream !== RED)
            highest = { ...highest, replicaVer: 0 };
        }
        return offered;
      },
      async offerSegment(stream, bytes, hash) {
        const applied = await raw.offerSegment(stream, bytes, hash);
        trace.note(
          'segment',
          label,
          stream,
          applied.ok ? applied.value.cursor : applied.refusal.code,
        );
        if (!applied.ok) {
          if (applied.refusal.code === 'replica-damaged') forget(stream);
          return applied;
        }
        const { epoch, cursor, head, signedAt, documents } = applied.value;
        const held = known.streams.get(stream);
        if (held?.epoch === epoch && cursor < held.cursor)
          report('S3', `${label}: ${stream} went back`);
        const policy = documents.filter(({ name }) => name === 'admission-policy').at(-1)?.body as
          | AdmissionPolicy
          | undefined;
        const newer = policy && policy.version >= (known.policy?.version ?? 0) ? policy : undefined;
        const completeAt = Math.max(held?.completeAt ?? 0, cursor === head ? signedAt : 0);
        learn(stream, { epoch, cursor, completeAt }, newer, signedAt);
        return applied;
      },
    }),
    journal: (seen) => ({ ...seen, append: (draft) => appended(seen, draft) }),
    rebuilt() {
      known = { ...known, streams: new Map() };
    },
    died() {
      trace.note('dead', label);
    },
    powerLost() {
      powerLost = true;
    },
    damaged(file) {
      if (file === 'replica.db') powerLost = true;
      else damagedAt = time.now();
    },
    crashed: (why) => report('L1', `${label} did not start: ${why}`),
  };

  const appended = async (journal: Journal, draft: PassageDraft): Promise<JournalPosition> => {
    if (draft.kind === 'intent' && !passages.has(draft.passage)) decided(draft);
    const seen = draft.kind === 'alarm' ? undefined : passages.get(draft.passage);
    if (draft.kind === 'outcome' && seen) seen.isClosed = true;
    try {
      const position = await journal.append(draft);
      told.push({ draft, at: time.now() });
      return position;
    } catch (error) {
      refusedAt = time.now();
      throw error;
    }
  };

  return { watch, told, passages, damagedAt: () => damagedAt };
}

/** An event without its number: what is the same in the journal and in the cloud. */
export function eventName(event: PassageDraft | PassageEvent): string {
  const { seq: _, ...rest } = event as PassageEvent;
  return JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));
}
