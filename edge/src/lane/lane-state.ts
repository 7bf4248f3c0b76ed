import type { PassageId } from '@greengate/contracts/ids';
import type { TemperatureFact } from '@greengate/contracts/rules/admit';
import type { MonoMs } from '@greengate/contracts/time';
import type { PassageOutcome } from '@greengate/contracts/wire/passage';
import {
  grantMsMax,
  nextScanMsMax,
  passingMsMax,
  readingLateMsMax,
  sameCodeMs,
} from '../limits.ts';
import type { Reading, Scan, TurnstileEvent } from '../ports.ts';
import type {
  LaneEffect,
  LaneEvent,
  LanePhase,
  LaneRules,
  LaneState,
  LaneStep,
} from './lane-types.ts';

// One passage has two events; more than that before the order is answered is a faulty turnstile.
const EARLY_EVENTS_MAX = 4;

const IDLE: LanePhase = { name: 'idle' };
const RELEASED: LanePhase = { name: 'released', undecided: false };
const FAULT: LanePhase = { name: 'fault', reason: 'turnstile-unreachable' };

/** Whoever stands there may be who stood there before. */
const NO_READING = { reading: undefined, readingsFrom: undefined } as const;

/** Until the turnstile says that it is there. */
export const LANE_AT_START: LaneState = {
  phase: FAULT,
  ...NO_READING,
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
  if (lastScan?.text === scan.text && scan.at - lastScan.at < sameCodeMs) {
    return stay(between(state, scan));
  }
  // Noise on the line is told to whoever stands at a free lane; it does not displace a person.
  if (scan.unreadable !== undefined && phase.name !== 'idle' && phase.name !== 'fault')
    return stay(state);
  if (phase.name === 'granted' || phase.name === 'passing' || phase.name === 'deciding') {
    return lastScan?.text === scan.text ? stay(between(state, scan)) : press(state, scan);
  }
  // A code held before the scanner must not begin the wait anew each time that it is read.
  if (phase.name === 'measuring' && phase.scan.text === scan.text) return stay(state);
  // A newer code at a lane that still waits for a temperature: the person changed the code shown.
  const isOther = phase.name === 'measuring';
  return take({ ...standing(state, scan, isOther), lastScan: scan }, scan, now, rules);
}

/**
 * Whoever shows a code stands before the thermometer, so what comes from then on is theirs, but for what is still on its
 * way. `isOther`: somebody else stood there until now.
 */
function standing(state: LaneState, { at }: Scan, isOther: boolean): LaneState {
  const from = (at + readingLateMsMax) as MonoMs;
  const { readingsFrom } = state;
  const isTheirs = !isOther && readingsFrom !== undefined && readingsFrom < from;
  return { ...state, readingsFrom: isTheirs ? readingsFrom : from };
}

/**
 * A code is shown that is not asked about, by somebody who stands there all the same: in front of one who waits, or once more
 * at a free lane. Whose the reading is that came, or comes next, nobody can say.
 */
function between(state: LaneState, { text }: Scan): LaneState {
  const { phase, next } = state;
  const isOwn = phase.name === 'measuring' || next?.text === text;
  return isOwn ? state : { ...state, ...NO_READING };
}

/**
 * Somebody shows a code behind the one in the gate. The first waits; whoever comes after that is told to, and shows it again:
 * were the last one kept instead, the gate would open for that code with another person standing before it.
 */
function press(state: LaneState, scan: Scan): LaneStep {
  const { next, turnedAway } = state;
  if (!next) return stay({ ...standing(state, scan, true), next: scan });
  // Back in front of the scanner, for all that can be known.
  if (next.text === scan.text)
    return stay(state.readingsFrom ? state : standing(state, scan, true));
  const isRepeat = turnedAway?.text === scan.text && scan.at - turnedAway.at < sameCodeMs;
  return {
    state: { ...between(state, scan), turnedAway: scan },
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
  const { phase, readingsFrom, next } = state;
  if (readingsFrom === undefined || reading.at < readingsFrom) return stay(state);
  switch (phase.name) {
    case 'measuring':
      return decide(state, phase.scan, factOf(reading), reading.at);
    case 'deciding':
    case 'granted':
    case 'passing':
      // Nobody behind has shown a code: another sample of the one in the gate, most likely.
      return stay(next ? { ...state, reading } : state);
    default:
      return stay({ ...state, reading });
  }
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
  const hasStrayed =
    phase.name === 'deciding' &&
    phase.early.some((word) => word.kind === 'started' && word.passage !== passage);
  const before = hasStrayed ? { ...state, ...NO_READING } : state;
  if (!taken) return end(before, { passage, outcome: 'unreachable' }, now, rules, FAULT);
  const turnedAway = verdict === 'refer' ? 'referred' : 'refused';
  const outcome = verdict === 'admit' ? 'interrupted' : turnedAway;
  return end(before, { passage, outcome }, now, rules);
}

function onFailed(state: LaneState): LaneStep {
  const { name } = state.phase;
  if (name === 'deciding') {
    return {
      state: { ...state, phase: IDLE, next: undefined, ...NO_READING },
      effects: told(state.next),
    };
  }
  return stay(name === 'released' ? { ...state, phase: { name, undecided: false } } : state);
}

function onTurnstile(
  state: LaneState,
  event: TurnstileEvent,
  now: MonoMs,
  rules: LaneRules,
): LaneStep {
  if (event.kind === 'forced') {
    const step = strayed(state);
    return { ...step, effects: [{ kind: 'alarm', reason: 'turnstile-forced' }, ...step.effects] };
  }
  if (event.kind === 'fire') return onFire(state, event.active);
  if (event.kind === 'presence') return onPresence(state, event.online);
  const { phase } = state;
  if (phase.name === 'deciding') {
    // At QoS 1 a word may come twice.
    const { early } = phase;
    const isSaid = early.some(
      (each) => each.kind === event.kind && 'passage' in each && each.passage === event.passage,
    );
    if (isSaid) return stay(state);
    return stay({
      ...state,
      phase: { ...phase, early: [...early, event].slice(-EARLY_EVENTS_MAX) },
    });
  }
  const open = phase.name === 'granted' || phase.name === 'passing' ? phase : undefined;
  if (open?.passage !== event.passage)
    return event.kind === 'started' ? strayed(state) : stay(state);
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

/** Somebody went through by no grant that stands: perhaps the one before the thermometer, so nothing is known of who stands there. */
function strayed(state: LaneState): LaneStep {
  const { phase } = state;
  const unknown = { ...state, ...NO_READING };
  return phase.name === 'measuring'
    ? { state: { ...unknown, phase: IDLE }, effects: told(phase.scan) }
    : stay(unknown);
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
  const phaseAfter: LanePhase = { name: 'released', undecided };
  return { state: { ...state, phase: phaseAfter, next: undefined, ...NO_READING }, effects };
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
    // Through the gate they are gone, unless their code was read since; else they stand there, and nobody knows how long.
    const isGone =
      ending.outcome === 'completed' && phase.name === 'idle' && state.readingsFrom !== undefined;
    const readingsFrom = isGone ? ((now + readingLateMsMax) as MonoMs) : undefined;
    return { state: { ...free, reading: undefined, readingsFrom }, effects: [close] };
  }
  // Who waited for long has gone elsewhere, and the gate must not open for nobody. Nor for a code whose person can no
  // longer be told from others before the thermometer. Who is still there shows it again.
  const isLate = now - next.at > nextScanMsMax;
  const isUnsure = rules.measures && state.readingsFrom === undefined && rules.isWelcome(next);
  if (isLate || isUnsure) {
    return { state: { ...free, ...NO_READING }, effects: [close, ...told(next)] };
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
