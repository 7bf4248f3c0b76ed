import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fromHex } from '@greengate/contracts/bytes';
import { type GatewayId, gatewayIdSchema, laneIdSchema } from '@greengate/contracts/ids';
import { CONTROL, RED, regionStream, type StreamName } from '@greengate/contracts/replica/streams';
import { epochMs } from '@greengate/contracts/time';
import { createGatewayClock, type GatewayClock } from '../../../edge/dist/clock/gateway-clock.js';
import { createMqttScanner } from '../../../edge/dist/devices/mqtt-scanner.js';
import { createMqttThermometer } from '../../../edge/dist/devices/mqtt-thermometer.js';
import { createMqttTurnstile } from '../../../edge/dist/devices/mqtt-turnstile.js';
import type { Gateway, LaneDevices } from '../../../edge/dist/gateway.js';
import { createHttpLink } from '../../../edge/dist/link/http-link.js';
import type {
  CloudLink,
  Log,
  Random,
  ReplicaWriter,
  Timers,
  Turnstile,
} from '../../../edge/dist/ports.js';
import { resumeStation, type StationStorage, startStation } from '../../../edge/dist/station.js';
import { openReplicaView, type ReplicaView } from '../../../edge/dist/store/replica-reader.js';
import { createCloudState } from '../../../edge/dist/sync/cloud-state.js';
import type { UsedSteps } from '../../../edge/dist/verify/used-steps.js';
import { createPrng, type Prng } from '../../dist/prng.js';
import { rememberedCrypto as crypto } from './checks.ts';
import { cloudKeys, copyDisk, REGION, RUN_START } from './cloud-node.ts';
import { type DiskState, GATEWAY_FILES, openJournal, openWriter, tear, turnBits } from './disk.ts';
import { type FireLane, fireLane } from './fire-lane.ts';
import type { BoxWatch } from './oracles.ts';
import { type StationBus, stationBus } from './station-bus.ts';
import type { Trace } from './trace.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';
import { gatewayKeyOf, gatewayName } from './world.ts';

export const STREAMS: readonly StreamName[] = [CONTROL, RED, regionStream(REGION)];

/** What a planted bug may put itself in front of: the ports of one life of a gateway. */
export interface LifePorts {
  journal: StationStorage['journal'];
  writer: ReplicaWriter;
  replica: StationStorage['replica'];
  clock: GatewayClock;
  link: CloudLink;
  timers: Timers;
  turnstile: (made: Turnstile) => Turnstile;
  usedSteps: (made: UsedSteps) => UsedSteps;
}
export type Patch = (ports: LifePorts) => LifePorts;

export interface BoxPorts {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly log: Log;
  readonly watch: BoxWatch;
  readonly patch: Patch;
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>;
}

export interface BoxOptions {
  readonly n: number;
  /** Tells a clone from the box that it was copied from. */
  readonly label: string;
  readonly folder: string;
  readonly lanes: number;
  readonly prng: Prng;
}

/** One gateway in its housing: a disk, devices, a wall clock, and a process that dies and is started again. */
export interface GatewayBox {
  readonly label: string;
  readonly id: GatewayId;
  readonly bus: StationBus;
  readonly fire: FireLane;
  readonly disk: DiskState;
  folder(): string;
  replica(): ReplicaView | undefined;
  lanes(): ReturnType<Gateway['lanes']>;
  /** Events that the cloud has not acknowledged. */
  pending(): number;
  isRunning(): boolean;
  /** Nothing, where it runs already. */
  start(): void;
  kill(why: string): void;
  /** Dies at the `ops`th await from now on. */
  killAfter(ops: number, then: () => void): void;
  /** Dies in its next commit, which is torn. */
  loseplug(prng: Prng, then: () => void): void;
  /** Dies, and bits of one of its files turn. */
  damage(prng: Prng, then: () => void): void;
  jumpClock(ms: number): void;
}

const BUILT = RUN_START - 30 * 86_400_000;

interface Life {
  readonly owner: Owner;
  readonly boot: number;
  view: ReplicaView | undefined;
  gateway: Gateway | undefined;
  journal: ReturnType<typeof openJournal> | undefined;
  writer: ReturnType<typeof openWriter> | undefined;
}

export function gatewayBox(ports: BoxPorts, options: BoxOptions): GatewayBox {
  const { time, trace, watch } = ports;
  const { n, label, lanes, prng } = options;
  const id = gatewayIdSchema.parse(gatewayName(n));
  const bus = stationBus(
    { time, trace, prng: prng.fork('bus'), watch: watch.turnstile },
    id,
    lanes,
  );
  const fire = fireLane(
    { time, trace, watch: watch.turnstile },
    laneIdSchema.parse(`lane-${lanes}`),
  );
  const disk: DiskState = { health: 'well', file: undefined };
  const box = { folder: options.folder, generation: 0, skew: 0, ops: Number.POSITIVE_INFINITY };
  let whenDead: () => void = () => undefined;
  let life: Life | undefined;

  const kill = (why: string) => {
    const dying = life;
    if (!dying) return;
    dying.owner.alive = false;
    life = undefined;
    box.ops = Number.POSITIVE_INFINITY;
    trace.note('kill', label, why);
    bus.unplug();
    fire.unplug();
    box.generation += 1;
    const next = `${options.folder}-${box.generation}`;
    copyDisk(box.folder, next, GATEWAY_FILES);
    box.folder = next;
    watch.died();
    // What is under way in the dead process ends first; its files are nobody's any more.
    time.after(0, () => closeQuietly(dying));
  };

  const stepsOf = (owner: Owner) => ({
    alive: () => owner.alive,
    hop: (ms: number): Promise<void> => {
      if (owner.alive && --box.ops <= 0) {
        kill('at an await');
        whenDead();
      }
      return new Promise((done) => void time.after(ms, done, owner));
    },
  });

  const start = async (): Promise<void> => {
    const owner: Owner = { alive: true };
    const own: Life = {
      owner,
      boot: time.now(),
      view: undefined,
      gateway: undefined,
      journal: undefined,
      writer: undefined,
    };
    life = own;
    trace.note('start', label);
    const steps = stepsOf(owner);
    const random = randomOf(prng.fork(`life ${box.generation}`), watch.drew);
    const wall = () => RUN_START + time.now() + box.skew;
    const chance = prng.fork(`disk ${box.generation}`);
    own.journal = openJournal(box.folder, steps, disk, chance, wall, watch);
    const keys = { rootKey: fromHex(cloudKeys.root.publicKey), sealKey: sealKey(n) };
    own.writer = openWriter(box.folder, keys, steps, disk, chance, watch.rebuilt);
    own.view = openReplicaView(join(box.folder, 'replica.db'), keys.sealKey, STREAMS);
    watch.opened(own.view);
    const lastTrustedAt = await own.journal.port.lastTrustedAt();
    const signed = own.view.streams().map((row) => row.signedAt);
    const floor = epochMs(Math.max(BUILT, lastTrustedAt, ...signed));
    const mono = () => 1000 + time.now() - own.boot;
    const clock = createGatewayClock({ wall, mono }, floor);
    const timers: Timers = { after: (ms, work) => time.after(ms, work, owner) };
    const key = gatewayKeyOf(n);
    const { keyId, privateKey } = key;
    const link = createHttpLink({
      url: 'http://cloud',
      keyId,
      privateKey,
      clock,
      random,
      timers,
      fetch: ports.fetch,
    });
    const raw: LifePorts = {
      ...{ journal: own.journal.port, replica: own.view, clock, link, timers },
      writer: watch.writer(own.writer.port),
      turnstile: (made) => made,
      usedSteps: (made) => made,
    };
    const patched = ports.patch(raw);
    const parts = {
      ...patched,
      journal: watch.journal(patched.journal),
      random,
      log: ports.log,
    };
    const damage = { replica: own.writer.damage, journal: own.journal.damage };
    const { recorder, usedSteps } = await resumeStation({ ...parts, damage });
    const resumed = { recorder, usedSteps: patched.usedSteps(usedSteps) };
    const devices = laneDevices(patched, random, own);
    const { gateway } = startStation(
      {
        ...{ ...parts, ...resumed, damage, cloud: createCloudState(() => undefined) },
        ...{ crypto, streams: STREAMS, onDecision: () => undefined },
      },
      devices,
    );
    own.gateway = gateway;
    trace.note('running', label);
  };

  const laneDevices = (
    { clock, timers, turnstile }: LifePorts,
    random: Random,
    own: Life,
  ): LaneDevices[] => {
    const boot = random.hex(16);
    const link = bus.plug(clock.mono, () => own.owner.alive);
    const parts = { link, boot, clock, timers, random, log: ports.log };
    const devices = bus.benches.map(
      (bench): LaneDevices => ({
        lane: laneIdSchema.parse(bench.lane),
        scanner: createMqttScanner(link, bench.scanner),
        thermometer: bench.thermometer && createMqttThermometer(link, bench.thermometer),
        turnstile: turnstile(createMqttTurnstile({ ...parts, device: bench.turnstile })),
      }),
    );
    const contacts = fire.plug(timers, ports.log, () => own.owner.alive, clock.mono);
    return [...devices, { ...contacts, turnstile: turnstile(contacts.turnstile) }];
  };

  return {
    label,
    id,
    bus,
    fire,
    disk,
    folder: () => box.folder,
    replica: () => life?.view,
    lanes: () => life?.gateway?.lanes() ?? [],
    pending: () => life?.journal?.pending() ?? 0,
    isRunning: () => life?.gateway !== undefined,
    start: () => {
      // Of two faults that end in a start one has started it already.
      if (!life) void start().catch((error: unknown) => watch.crashed(String(error)));
    },
    kill,
    killAfter(ops, then) {
      box.ops = ops;
      whenDead = then;
    },
    loseplug(chance, then) {
      const tearIt = (from: number) => {
        kill('power loss');
        tear(box.folder, 'journal.db', from, chance);
        tear(box.folder, 'replica.db', 0, chance);
        watch.powerLost();
        then();
      };
      if (life?.journal) life.journal.tearNext(tearIt);
    },
    damage(chance, then) {
      if (!life) return;
      kill('damage');
      const file = chance.below(2) === 0 ? 'journal.db' : 'replica.db';
      turnBits(box.folder, file, chance);
      watch.damaged(file);
      then();
    },
    jumpClock(ms) {
      box.skew += ms;
      trace.note('clock', label, ms);
    },
  };
}

function randomOf(prng: Prng, drew: (hex: string) => void): Random {
  return {
    unit: prng.unit,
    hex(bytes) {
      const digits = Array.from({ length: bytes }, () =>
        prng.below(256).toString(16).padStart(2, '0'),
      );
      const hex = digits.join('');
      drew(hex);
      return hex;
    },
  };
}

function sealKey(n: number): Uint8Array {
  return createHash('sha256').update(`simulated seal ${n}`).digest();
}

function closeQuietly({ view, journal, writer }: Life): void {
  for (const each of [view, journal, writer]) {
    try {
      each?.close();
    } catch {
      // A file that was set aside while it was open is closed already.
    }
  }
}

export const chanceOf = (salt: number): Prng => createPrng(salt);
