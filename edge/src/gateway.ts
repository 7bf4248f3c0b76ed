import type { LaneId } from '@greengate/contracts/ids';
import type { ReasonCode } from '@greengate/contracts/refusals';
import type { Decision } from '@greengate/contracts/rules/admit';
import { type EpochMs, monoMs } from '@greengate/contracts/time';
import { LANE_AT_START, reduceLane } from './lane/lane-state.ts';
import type { LaneEffect, LaneEvent, LaneRules } from './lane/lane-types.ts';
import { noiseLogMs } from './limits.ts';
import { isWelcome, type Passage, type PassagePorts, passPerson, turnAway } from './passage.ts';
import type { Log, Scanner, Thermometer, Timers, Turnstile } from './ports.ts';

/** The devices that a lane is made of. */
export interface LaneDevices {
  readonly lane: LaneId;
  readonly scanner: Scanner;
  readonly thermometer: Thermometer | undefined;
  readonly turnstile: Turnstile;
}

/** The last decision of a lane, for panel and metrics: a reason, never a person. */
export interface LastDecision extends Decision {
  readonly at: EpochMs;
  readonly latencyMs: number;
}

export interface LaneView {
  readonly lane: LaneId;
  readonly state: string;
  readonly last: LastDecision | null;
}

export interface GatewayPorts extends PassagePorts {
  readonly timers: Timers;
  readonly log: Log;
  onDecision(lane: LaneId, decision: LastDecision): void;
  /** Something was written to the journal: the outbox has work. */
  onRecorded(): void;
}

export interface Gateway {
  lanes(): readonly LaneView[];
  /** Resolves when no passage is being decided any more. Devices may still speak; nobody listens. */
  stop(): Promise<void>;
}

/** Runs every lane: devices tell it what happened, the lane's reducer says what follows, this does it. */
export function runGateway(ports: GatewayPorts, devices: readonly LaneDevices[]): Gateway {
  const lanes = devices.map((each) => runLane(ports, each));
  return {
    lanes: () => lanes.map((lane) => lane.view()),
    stop: async () => {
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

function runLane(ports: GatewayPorts, { lane, scanner, thermometer, turnstile }: LaneDevices) {
  let state = LANE_AT_START;
  let last: LastDecision | null = null;
  let open: Passage | undefined;
  let stopped = false;
  const logNoise = createNoiseLog(ports, lane);
  const underWay = new Set<Promise<unknown>>();

  // A timer may fire a little before the instant that it was set for; it counts as that instant all the same.
  const handle = (event: LaneEvent, notBefore = 0) => {
    if (stopped) return;
    const step = reduceLane(
      state,
      event,
      monoMs(Math.max(ports.clock.mono(), notBefore)),
      rulesNow(ports, thermometer !== undefined),
    );
    state = step.state;
    for (const effect of step.effects) perform(effect);
  };

  const track = (work: Promise<unknown>) => {
    const guarded = work
      .catch((error: unknown) => ports.log.error('lane-bug', { lane, why: String(error) }))
      .finally(() => underWay.delete(guarded));
    underWay.add(guarded);
  };

  const perform = (effect: LaneEffect) => {
    switch (effect.kind) {
      case 'decide':
        return track(pass(effect));
      case 'turn-away':
        return track(turnAway(ports, lane, turnstile, effect.scan).then(ports.onRecorded));
      case 'close':
        return track(close(effect));
      case 'alarm':
        return track(ports.recorder.alarm(lane, effect.reason).then(ports.onRecorded));
      case 'wake':
        ports.timers.after(effect.at - ports.clock.mono(), () =>
          handle({ kind: 'timer' }, effect.at),
        );
    }
  };

  const pass = async ({ scan, temperature, since }: Extract<LaneEffect, { kind: 'decide' }>) => {
    const passing = passPerson(ports, lane, turnstile, scan, temperature, since);
    const passage = await passing.catch((error: unknown) => {
      handle({ kind: 'failed' });
      throw error;
    });
    open = passage;
    const { id, decision, taken, latencyMs } = passage;
    const { verdict, reason, rung } = decision;
    last = { verdict, reason, rung, at: ports.clock.now(), latencyMs };
    handle({ kind: 'decided', passage: id, verdict, taken });
    ports.onDecision(lane, last);
  };

  const close = async ({ passage, outcome, unused }: Extract<LaneEffect, { kind: 'close' }>) => {
    if (open?.id !== passage) return;
    await open.close(outcome, unused);
    ports.onRecorded();
  };

  scanner.onScan((scan) => {
    if (scan.ok) return handle({ kind: 'scan', scan: scan.value });
    const unreadable = scan.refusal.code;
    logNoise(unreadable);
    return handle({ kind: 'scan', scan: { text: '', at: ports.clock.mono(), unreadable } });
  });
  thermometer?.onReading((reading) => handle({ kind: 'reading', reading }));
  turnstile.onEvent((event) => handle({ kind: 'turnstile', event }));

  return {
    view: (): LaneView => ({ lane, state: state.phase.name, last }),
    async stop() {
      stopped = true;
      await Promise.all(underWay);
    },
  };
}

/** A noisy line would fill the log: one line of it in a while says the same. */
function createNoiseLog({ clock, log }: GatewayPorts, lane: LaneId): (reason: ReasonCode) => void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  return (reason) => {
    if (clock.mono() - loggedAt < noiseLogMs) return;
    loggedAt = clock.mono();
    log.warn('scan-unreadable', { lane, reason });
  };
}

function rulesNow(ports: GatewayPorts, fitted: boolean): LaneRules {
  const policy = ports.replica.policy();
  const asked = policy !== undefined && policy.temperature !== 'off' && policy.mode === 'everyone';
  return {
    measures: fitted && asked,
    readingMs: (policy?.readingSecondsMax ?? 0) * 1000,
    measureMs: (policy?.measureSecondsMax ?? 0) * 1000,
    isWelcome: (scan) => isWelcome(ports, scan),
  };
}
