import type { PassageId } from '@greengate/contracts/ids';
import type { ReasonCode } from '@greengate/contracts/refusals';
import type { TemperatureFact, Verdict } from '@greengate/contracts/rules/admit';
import type { MonoMs } from '@greengate/contracts/time';
import type { PassageOutcome } from '@greengate/contracts/wire/passage';
import { grantMsMax, nextScanMsMax, passingMsMax, sameCodeMs } from '../limits.ts';
import type { Reading, Scan, TurnstileEvent } from '../ports.ts';

/** What a lane is doing. A refusal leaves it idle: the next person need not wait for the sign to go out. */
export type LanePhase =
  | { readonly name: 'idle' }
  /** A code was read; the person's temperature is awaited until `until`. */
  | { readonly name: 'measuring'; readonly scan: Scan; readonly until: MonoMs }
  /**
   * The decision is being written and the turnstile told. A quick arm may speak before it has answered.
   * `revoked`: a fire came and went in between, so that whatever is decided opens nothing.
   */
  | {
      readonly name: 'deciding';
      readonly early: readonly TurnstileEvent[];
      readonly revoked: boolean;
    }
  | { readonly name: 'granted' | 'passing'; readonly passage: PassageId; readonly until: MonoMs }
  /** The turnstile does not answer: nobody is let through, everyone is told. */
  | { readonly name: 'fault'; readonly reason: ReasonCode }
  /**
   * The fire contact is open: the hardware has released the lane and every order is void. `undecided`: a
   * decision was under way and has not come yet.
   */
  | { readonly name: 'released'; readonly undecided: boolean };

export interface LaneState {
  readonly phase: LanePhase;
  /** The newest reading that no passage has taken yet. */
  readonly reading: Reading | undefined;
  /** The last code that was taken, so that a repeating scanner counts once. */
  readonly lastScan: Scan | undefined;
  /** One person waiting behind the one in the gate: the first who showed a code there. */
  readonly next: Scan | undefined;
  /** The last one who was told to wait, so that a code held before the scanner is told once. */
  readonly turnedAway: Scan | undefined;
}

/** What the policy and the lane's fitting say at this moment. Times are milliseconds. */
export interface LaneRules {
  readonly measures: boolean;
  readonly readingMs: number;
  readonly measureMs: number;
  /** Whether a healthy person with this code would be let through: nobody else is kept waiting for a reading. */
  readonly isWelcome: (scan: Scan) => boolean;
}

export type LaneEvent =
  | { readonly kind: 'scan'; readonly scan: Scan }
  | { readonly kind: 'reading'; readonly reading: Reading }
  | {
      readonly kind: 'decided';
      readonly passage: PassageId;
      readonly verdict: Verdict;
      readonly taken: boolean;
    }
  /** The passage broke off by a bug: nothing was opened, the lane is free again. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'turnstile'; readonly event: TurnstileEvent }
  | { readonly kind: 'timer' };

export type LaneEffect =
  | {
      readonly kind: 'decide';
      readonly scan: Scan;
      readonly temperature: TemperatureFact;
      /** When the last thing was there that the decision waited for: the scan, the reading, or a free gate. */
      readonly since: MonoMs;
    }
  /** Tell somebody that the lane is taken: whoever shows a code is answered. */
  | { readonly kind: 'turn-away'; readonly scan: Scan }
  | {
      readonly kind: 'close';
      readonly passage: PassageId;
      readonly outcome: PassageOutcome['outcome'];
      /** The turnstile itself said that nobody went through: the code may be shown again. */
      readonly unused: boolean;
    }
  | { readonly kind: 'alarm'; readonly reason: ReasonCode }
  /** Ask for a `timer` event at this instant. */
  | { readonly kind: 'wake'; readonly at: MonoMs };

export interface LaneStep {
  readonly state: LaneState;
  readonly effects: readonly LaneEffect[];
}

// One passage has two events; more than that before the order is answered is a faulty turnstile.
const EARLY_EVENTS_MAX = 4;

const IDLE: LanePhase = { name: 'idle' };
const RELEASED: LanePhase = { name: 'released', undecided: false };
const FAULT: LanePhase = { name: 'fault', reason: 'turnstile-unreachable' };

/** Until the turnstile says that it is there. */
export const LANE_AT_START: LaneState = {
  phase: FAULT,
  reading: undefined,
  lastScan: undefined,
  next: undefined,
  turnedAway: undefined,
};

/** The lane state machine: pure; time comes with the event. */
export function reduceLane(
  state: LaneState,
  event: LaneEvent,
  now: MonoMs,
  rules: LaneRules,
): LaneStep {
  switch (event.kind) {
    case 'scan':
      return onScan(state, event.scan, now, rules);
    case 'reading':
      return onReading(state, event.reading);
    case 'decided':
      return onDecided(state, event, now, rules);
    case 'failed':
      return onFailed(state);
    case 'turnstile':
      return onTurnstile(state, event.event, now, rules);
    case 'timer':
      return onTimer(state, now, rules);
  }
}

function onScan(state: LaneState, scan: Scan, now: MonoMs, rules: LaneRules): LaneStep {
  const { phase, lastScan } = state;
  if (phase.name === 'released') return stay(state);
  if (lastScan?.text === scan.text && scan.at - lastScan.at < sameCodeMs) return stay(state);
  // Noise on the line is told to whoever stands at a free lane; it does not displace a person.
  if (scan.unreadable !== undefined && phase.name !== 'idle' && phase.name !== 'fault')
    return stay(state);
  if (phase.name === 'granted' || phase.name === 'passing' || phase.name === 'deciding') {
    return lastScan?.text === scan.text ? stay(state) : press(state, scan);
  }
  // A code held before the scanner must not begin the wait anew each time that it is read.
  if (phase.name === 'measuring' && phase.scan.text === scan.text) return stay(state);
  // A newer code at a lane that still waits for a temperature: the person changed the code shown.
  return take({ ...state, lastScan: scan }, scan, now, rules);
}

/**
 * Somebody shows a code behind the one in the gate. The first waits; whoever comes after that is told to, and shows it again:
 * were the last one kept instead, the gate would open for that code with another person standing before it.
 */
function press(state: LaneState, scan: Scan): LaneStep {
  const { next, turnedAway } = state;
  if (!next) return stay({ ...state, next: scan });
  if (next.text === scan.text) return stay(state);
  const isRepeat = turnedAway?.text === scan.text && scan.at - turnedAway.at < sameCodeMs;
  return {
    state: { ...state, turnedAway: scan },
    effects: isRepeat ? [] : [{ kind: 'turn-away', scan }],
  };
}

/** Begins a passage: with the reading that is there, or by waiting for one. */
function take(
  state: LaneState,
  scan: Scan,
  now: MonoMs,
  rules: LaneRules,
  since = scan.at,
): LaneStep {
  if (!rules.measures) return decide(state, scan, { kind: 'not-fitted' }, since);
  const { reading } = state;
  if (reading && now - reading.at <= rules.readingMs) {
    return decide(state, scan, factOf(reading), since);
  }
  // Refused or referred by the code alone, so the reading that is not there decides nothing.
  if (!rules.isWelcome(scan)) return decide(state, scan, { kind: 'missing' }, since);
  const until = (now + rules.measureMs) as MonoMs;
  return {
    state: { ...state, phase: { name: 'measuring', scan, until } },
    effects: [{ kind: 'wake', at: until }],
  };
}

function onReading(state: LaneState, reading: Reading): LaneStep {
  const { name } = state.phase;
  if (name === 'measuring') {
    return decide(state, state.phase.scan, factOf(reading), reading.at);
  }
  // Somebody is in the gate and nobody behind has shown a code: another sample of the one in the gate, most
  // likely. It must not let the next person through.
  const isOfThePersonInside = name === 'deciding' || name === 'granted' || name === 'passing';
  return stay(isOfThePersonInside && !state.next ? state : { ...state, reading });
}

function decide(
  state: LaneState,
  scan: Scan,
  temperature: TemperatureFact,
  since: MonoMs,
): LaneStep {
  return {
    state: { ...state, phase: { name: 'deciding', early: [], revoked: false }, reading: undefined },
    effects: [{ kind: 'decide', scan, temperature, since }],
  };
}

function onDecided(
  state: LaneState,
  { passage, verdict, taken }: Extract<LaneEvent, { kind: 'decided' }>,
  now: MonoMs,
  rules: LaneRules,
): LaneStep {
  const { phase } = state;
  if (verdict === 'admit' && taken && phase.name === 'deciding' && !phase.revoked) {
    const until = (now + grantMsMax) as MonoMs;
    const granted: LaneStep = {
      state: { ...state, phase: { name: 'granted', passage, until } },
      effects: [{ kind: 'wake', at: until }],
    };
    return phase.early.reduce((step, early) => {
      const after = onTurnstile(step.state, early, now, rules);
      return { state: after.state, effects: [...step.effects, ...after.effects] };
    }, granted);
  }
  if (!taken) return end(state, { passage, outcome: 'unreachable' }, now, rules, FAULT);
  const turnedAway = verdict === 'refer' ? 'referred' : 'refused';
  const outcome = verdict === 'admit' ? 'interrupted' : turnedAway;
  return end(state, { passage, outcome }, now, rules);
}

function onFailed(state: LaneState): LaneStep {
  const { name } = state.phase;
  if (name === 'deciding') {
    return { state: { ...state, phase: IDLE, next: undefined }, effects: told(state.next) };
  }
  return stay(name === 'released' ? { ...state, phase: { name, undecided: false } } : state);
}

function onTurnstile(
  state: LaneState,
  event: TurnstileEvent,
  now: MonoMs,
  rules: LaneRules,
): LaneStep {
  if (event.kind === 'forced')
    return { state, effects: [{ kind: 'alarm', reason: 'turnstile-forced' }] };
  if (event.kind === 'fire') return onFire(state, event.active);
  if (event.kind === 'presence') return onPresence(state, event.online);
  const { phase } = state;
  if (phase.name === 'deciding') {
    return stay({
      ...state,
      phase: { ...phase, early: [...phase.early, event].slice(-EARLY_EVENTS_MAX) },
    });
  }
  const open = phase.name === 'granted' || phase.name === 'passing' ? phase : undefined;
  if (open?.passage !== event.passage) return stay(state);
  if (event.kind !== 'started') {
    const unused = event.kind !== 'completed';
    return end(state, { passage: event.passage, outcome: event.kind, unused }, now, rules);
  }
  const until = (now + passingMsMax) as MonoMs;
  return {
    state: { ...state, phase: { name: 'passing', passage: event.passage, until } },
    effects: [{ kind: 'wake', at: until }],
  };
}

function onFire(state: LaneState, active: boolean): LaneStep {
  const { phase } = state;
  if (!active) {
    if (phase.name !== 'released') return stay(state);
    const rearmed = phase.undecided
      ? ({ name: 'deciding', early: [], revoked: true } as const)
      : IDLE;
    return stay({ ...state, phase: rearmed });
  }
  const effects: LaneEffect[] = [{ kind: 'alarm', reason: 'fire-release' }];
  if (phase.name === 'granted' || phase.name === 'passing') {
    effects.unshift({
      kind: 'close',
      passage: phase.passage,
      outcome: 'interrupted',
      unused: false,
    });
  }
  const undecided = phase.name === 'deciding' || (phase.name === 'released' && phase.undecided);
  return { state: { ...state, phase: { name: 'released', undecided }, next: undefined }, effects };
}

function onPresence(state: LaneState, online: boolean): LaneStep {
  const { name } = state.phase;
  if (online) return stay(name === 'fault' ? { ...state, phase: IDLE } : state);
  // A passage under way ends by its own timer: the arm may turn although the network is gone.
  if (name !== 'idle') return stay(state);
  return stay({ ...state, phase: FAULT });
}

function onTimer(state: LaneState, now: MonoMs, rules: LaneRules): LaneStep {
  const { phase } = state;
  if (!('until' in phase) || now < phase.until) return stay(state);
  if (phase.name === 'measuring') return decide(state, phase.scan, { kind: 'missing' }, now);
  return end(state, { passage: phase.passage, outcome: 'timed-out' }, now, rules);
}

/** The passage is over: free the lane and take the person who waits. */
function end(
  state: LaneState,
  ending: { passage: PassageId; outcome: PassageOutcome['outcome']; unused?: boolean },
  now: MonoMs,
  rules: LaneRules,
  after = IDLE,
): LaneStep {
  const close: LaneEffect = { kind: 'close', unused: false, ...ending };
  const phase = state.phase.name === 'released' ? RELEASED : after;
  const { next } = state;
  const free: LaneState = { ...state, phase, next: undefined, turnedAway: undefined };
  if (!next || phase.name === 'released') {
    return { state: { ...free, reading: undefined }, effects: [close] };
  }
  // Who waited for long has gone elsewhere, and the gate must not open for nobody; who has not, shows the code again.
  if (now - next.at > nextScanMsMax) {
    return { state: { ...free, reading: undefined }, effects: [close, ...told(next)] };
  }
  const taken = take({ ...free, lastScan: next }, next, now, rules, now);
  return { state: taken.state, effects: [close, ...taken.effects] };
}

function told(scan: Scan | undefined): LaneEffect[] {
  return scan ? [{ kind: 'turn-away', scan }] : [];
}

function factOf({ centiC }: Reading): TemperatureFact {
  return centiC.ok
    ? { kind: 'measured', centiC: centiC.value }
    : { kind: 'fault', reason: centiC.refusal.code };
}

function stay(state: LaneState): LaneStep {
  return { state, effects: [] };
}
