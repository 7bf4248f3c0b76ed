import type { IntentTrace } from '@greengate/contracts/journal/packed-trace';
import type { StreamName } from '@greengate/contracts/replica/streams';
import type { EpochMs } from '@greengate/contracts/time';
import type { GatewayClock } from './clock/gateway-clock.ts';
import { type Gateway, type GatewayPorts, type LaneDevices, runGateway } from './gateway.ts';
import { usedStepMs, usedStepsCountMax } from './limits.ts';
import type {
  CloudLine,
  CloudLink,
  Journal,
  Log,
  PartStore,
  Random,
  ReplicaReader,
  ReplicaWriter,
  Timers,
} from './ports.ts';
import { createRecorder, type Recorder } from './record/record.ts';
import { type CheckState, startChecking } from './sync/check.ts';
import type { CloudState } from './sync/cloud-state.ts';
import { type Sync, startSync } from './sync/loops.ts';
import { startScrubbing } from './sync/scrub.ts';
import { createUsedSteps, type UsedSteps } from './verify/used-steps.ts';

/** The files of a gateway, opened, and why those of before were set aside. */
export interface StationStorage {
  readonly journal: Journal & {
    openPassages(): Promise<IntentTrace[]>;
    lastAdmitted(): Promise<IntentTrace[]>;
  };
  readonly writer: ReplicaWriter;
  readonly replica: ReplicaReader & {
    refresh(): void;
    reopen(): void;
    unknowns(): number;
  };
  readonly clock: GatewayClock;
  readonly damage: { readonly replica: string | undefined; readonly journal: string | undefined };
}

interface World {
  readonly log: Log;
  readonly random: Random;
  readonly timers: Timers;
}

/** What a start takes over from the one before. */
export interface Resumed {
  readonly recorder: Recorder;
  readonly usedSteps: UsedSteps;
}

/** Everything of a gateway that is neither a thread, a socket nor a file: main.ts and the simulator give it those. */
export interface StationPorts
  extends World,
    StationStorage,
    Resumed,
    Pick<GatewayPorts, 'crypto' | 'onDecision'> {
  readonly link: CloudLink;
  /** Absent: streams are followed on held tails. */
  readonly line?: CloudLine;
  readonly cloud: CloudState;
  readonly streams: readonly StreamName[];
  readonly parts?: PartStore;
}

/** Closes in the journal what the last end left open, and remembers the codes that opened a gate just before it. */
export async function resumeStation(ports: World & StationStorage): Promise<Resumed> {
  const recorder = createRecorder(ports);
  await recordTheLastEnd(ports, recorder);
  return { recorder, usedSteps: await rememberUsedSteps(ports) };
}

/** What talks to the cloud; in safe mode it begins later than the lanes. */
export interface StationSync extends Sync {
  begin(): void;
  /** How what is held compares with the cloud; undefined before `begin`. */
  check(): CheckState | undefined;
}

/**
 * Starts what talks to the cloud, unless that is held back, and the lanes. Waits for nothing: what a device reports meanwhile
 * would be lost.
 */
export function startStation(
  ports: StationPorts,
  lanes: readonly LaneDevices[],
  heldBack = false,
): { readonly gateway: Gateway; readonly sync: StationSync } {
  const sync = syncToBegin(() => startSyncing(ports));
  if (!heldBack) sync.begin();
  const gateway = runGateway(
    {
      ...ports,
      onDecision(lane, decision) {
        ports.onDecision(lane, decision);
        sync.wake();
      },
      onRecorded: sync.wake,
    },
    lanes,
  );
  return { gateway, sync };
}

/** Damage that the replica's thread met when the lanes decided already: they go on with the file that it has begun anew. */
export function replaceReplica({ replica, recorder, log }: StationPorts, why: string): void {
  log.error('replica-damaged', { why });
  replica.reopen();
  void recorder.alarm(null, 'replica-damaged');
}

type BegunSync = Sync & Pick<StationSync, 'check'>;

function syncToBegin(start: () => BegunSync): StationSync {
  let begun: BegunSync | undefined;
  let stopped = false;
  return {
    begin() {
      if (!stopped) begun ??= start();
    },
    wake: () => begun?.wake(),
    check: () => begun?.check(),
    stop() {
      stopped = true;
      begun?.stop();
    },
  };
}

/** Everything that talks to the cloud, or follows from what it says. */
function startSyncing(ports: StationPorts): BegunSync {
  const { writer, replica, clock, recorder, log, streams } = ports;
  const onTrouble = (stream: StreamName, why: 'control-invalid' | 'replica-damaged') => {
    log.error(why, { stream });
    void recorder.alarm(null, why);
    if (why !== 'replica-damaged') return;
    replica.reopen();
    checking.soon();
  };
  const onVerified = (_stream: StreamName, signedAt: EpochMs) => {
    clock.signedTime(signedAt);
    replica.refresh();
  };
  const onDamaged = (stream: StreamName) => onTrouble(stream, 'replica-damaged');
  const watched = { ...ports, replica: writer, unknowns: replica.unknowns, onDamaged };
  const onDiverged = (stream: StreamName, buckets: number) => {
    log.error('replica-diverged', { stream, buckets });
    void recorder.alarm(null, 'replica-diverged').then(sync.wake);
  };
  const checking = startChecking({ ...watched, onDiverged }, streams);
  const sync = startSync({ ...ports, replica: writer, onVerified, onTrouble }, streams);
  const stopScrubbing = startScrubbing(watched, streams);
  return {
    wake: sync.wake,
    check: checking.state,
    stop() {
      checking.stop();
      stopScrubbing();
      sync.stop();
    },
  };
}

/** The codes that opened a gate just before this start: a restart must not let them open another one. */
async function rememberUsedSteps({ journal, clock }: StationStorage): Promise<UsedSteps> {
  const used = createUsedSteps({ ageMs: usedStepMs, countMax: usedStepsCountMax });
  // All of them, as if used now: by a clock that nobody has set yet none can be said to be too old, and a code names
  // its own half minute.
  for (const { key, step } of await journal.lastAdmitted().catch(() => [])) {
    if (key !== null && step !== null) used.mark({ key, step }, clock.mono());
  }
  return used;
}

/** Closes the passages that a crash left open, and tells of files that were set aside. */
async function recordTheLastEnd(
  { journal, damage, log }: World & StationStorage,
  recorder: Recorder,
): Promise<void> {
  const open = await journal.openPassages().catch(() => []);
  const records = open.map(({ passage, lane }) => recorder.outcome(passage, lane, 'interrupted'));
  if (damage.replica !== undefined) {
    log.error('replica-damaged', { why: damage.replica });
    records.push(recorder.alarm(null, 'replica-damaged'));
  }
  if (damage.journal !== undefined) {
    log.error('journal-damaged', { why: damage.journal });
    records.push(recorder.alarm(null, 'journal-failed'));
  }
  await Promise.all(records);
}
