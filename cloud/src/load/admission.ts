import {
  calmTurnMsMax,
  commitShareCountMin,
  inProgressCountMax,
  inProgressCountMin,
  leastWorkPercent,
  limitWindowMs,
  otherSharePercent,
  otherTurnMsMax,
  readSharePercent,
  readTurnMsMax,
  refusingTurnMsMax,
  strainedOtherTurnMsMax,
  strainedReadTurnMsMax,
  strainedWriteTurnMsMax,
  strainMs,
  vitalReserveCount,
  vitalTurnMsMax,
  waitTargetMs,
  writeTurnMsMax,
} from './limits.ts';
import type { LoadClass } from './load-class.ts';

/**
 * Who may begin. Times are milliseconds of a clock that never goes back. There are two queues to keep short:
 * sockets that became readable while the event loop was at work, seen as the work of its turn; and requests that
 * wait for the database, seen as the number in progress. Whoever would join a long one is told to come back.
 */
export interface Admission {
  /** Whether a request may begin. Whoever got true calls `finished` once. Begins a turn when none is under way. */
  admit(kind: LoadClass, now: number): boolean;
  /** The same for one that is held and works on nothing meanwhile: it takes no place. */
  admitHeld(now: number): boolean;
  finished(kind: LoadClass, now: number): void;
  /** All that was waiting for the event loop has had its turn, and so has what it put off to the turn's end. */
  turnEnded(now: number): void;
  readonly state: AdmissionState;
}

export interface AdmissionState {
  readonly inProgress: number;
  /** So many writes may be in progress; of the lesser classes a share of it. */
  readonly limit: number;
  /** A queue has been standing for a while: bursts are no longer taken in. */
  readonly strained: boolean;
}

export function makeAdmission(): Admission {
  const strain = makeStrain();
  const limit = makeLimit();
  const turn = makeTurn();
  const inProgress = { all: 0, vital: 0, write: 0, read: 0, other: 0 };
  let leftShare = 1;

  const budgetMs = (kind: LoadClass): number => {
    if (!strain.on()) return BURST[kind];
    return kind === 'vital' ? STRAINED.vital : STRAINED[kind] * leftShare;
  };
  const mayWork = (kind: LoadClass): boolean => turn.workedMs() < budgetMs(kind);
  const hasPlace = (kind: LoadClass): boolean => {
    if (kind === 'vital' && inProgress.vital < vitalReserveCount) return true;
    // Each class by itself: a read does not wait for the commit that all writes of a turn wait for.
    const isUnder = kind === 'vital' || inProgress[kind] < limit.of(kind);
    if (isUnder && inProgress.all < inProgressCountMax) return true;
    limit.reached();
    return false;
  };
  return {
    admit: (kind, now) => {
      limit.tick(now);
      turn.begin(now);
      const may = mayWork(kind) && hasPlace(kind);
      turn.judged(may);
      if (!may) return false;
      inProgress.all += 1;
      turn.pending(inProgress.all);
      inProgress[kind] += 1;
      return true;
    },
    admitHeld: (now) => {
      turn.begin(now);
      const may = mayWork('vital');
      turn.judged(may);
      return may;
    },
    finished: (kind, now) => {
      limit.tick(now);
      limit.finished();
      inProgress.all -= 1;
      inProgress[kind] -= 1;
    },
    turnEnded: (now) => {
      const ended = turn.end(now);
      if (ended === undefined) return;
      strain.turn(ended, now);
      leftShare = leftBy(ended.ms - ended.workedMs);
      limit.turn(ended, budgetMs('write'));
    },
    get state() {
      return { inProgress: inProgress.all, limit: limit.of('write'), strained: strain.on() };
    },
  };
}

interface Ended {
  readonly began: number;
  /** All of it, and without what refusing took. */
  readonly ms: number;
  readonly workedMs: number;
  /** What came after the last request, when so many were in progress. */
  readonly tailMs: number;
  readonly pending: number;
  readonly shed: boolean;
}

interface Turn {
  begin(now: number): void;
  judged(admitted: boolean): void;
  /** How many are in progress. */
  pending(count: number): void;
  workedMs(): number;
  end(now: number): Ended | undefined;
}

/**
 * What passes between two requests is put down to the former. Time spent on refusing is not held against those who
 * work: else the more there are to refuse, the fewer would be let in, down to none.
 */
function makeTurn(): Turn {
  let began: number | undefined;
  let lastAt = 0;
  let wasRefused = false;
  let refusedMs = 0;
  let shed = false;
  let pending = 0;
  return {
    begin: (now) => {
      if (began === undefined) {
        began = now;
        refusedMs = 0;
        pending = 0;
        shed = false;
      } else if (wasRefused) refusedMs += now - lastAt;
      lastAt = now;
    },
    judged: (admitted) => {
      wasRefused = !admitted;
      if (wasRefused) shed = true;
    },
    pending: (count) => {
      pending = count;
    },
    workedMs: () => lastAt - (began ?? lastAt) - refusedMs,
    end: (now) => {
      if (began === undefined) return undefined;
      const ms = now - began;
      const ended = { began, ms, workedMs: ms - refusedMs, tailMs: now - lastAt, pending, shed };
      began = undefined;
      return ended;
    },
  };
}

type PerClass = Readonly<Record<LoadClass, number>>;

// Each class has more than the next: so the least urgent are shed first, and gateways last.
const BURST: PerClass = {
  vital: vitalTurnMsMax,
  write: writeTurnMsMax,
  read: readTurnMsMax,
  other: otherTurnMsMax,
};
const STRAINED: PerClass = {
  vital: vitalTurnMsMax,
  write: strainedWriteTurnMsMax,
  read: strainedReadTurnMsMax,
  other: strainedOtherTurnMsMax,
};

/**
 * Refusing comes first: what is not refused in time waits just as long for its refusal as others for their answer, and
 * the queue of both then grows without an end. So the more of a turn goes into refusing, the less is left for work.
 */
function leftBy(refusedMs: number): number {
  return Math.max(leastWorkPercent / 100, 1 - refusedMs / refusingTurnMsMax);
}

interface Strain {
  on(): boolean;
  turn(ended: Ended, now: number): void;
}

/** As in CoDel: a burst is let through, a queue that stands is not. Under strain it is the shedding that says it still stands. */
function makeStrain(): Strain {
  let on = false;
  let since = 0;
  let turns = 0;
  return {
    on: () => on,
    turn: ({ began, workedMs, shed }, now) => {
      const long = shed || (!on && workedMs > calmTurnMsMax);
      turns = long === on ? 0 : turns + 1;
      if (turns === 1) since = began;
      if (turns === 0 || now - since < strainMs) return;
      on = long;
      turns = 0;
    },
  };
}

interface Limit {
  of(kind: LoadClass): number;
  reached(): void;
  finished(): void;
  turn(ended: Ended, budgetMs: number): void;
  tick(now: number): void;
}

/**
 * The lower of two. By Little's law what is in progress is the rate of finishing times the time that each takes: while
 * the limit is reached it follows the rate. And what a turn puts off to its end, as a commit for all, must fit the turn.
 */
function makeLimit(): Limit {
  let byRate = inProgressCountMax;
  // Half, until the end of a turn has shown what a write costs there.
  let byTurn = inProgressCountMax / 2;
  let turnMs = 0;
  let costMs = 0;
  let windowBegan: number | undefined;
  let finished = 0;
  let reached = false;

  const next = (ms: number): number => {
    if (!reached) return byRate * GROWTH;
    // Nobody is done before the turn is. A window without a commit is no proof that all stands still.
    const waitMs = Math.max(waitTargetMs, TURNS * turnMs);
    return Math.max((finished / ms) * waitMs, byRate / GROWTH);
  };
  return {
    of: (kind) => Math.floor((Math.min(byRate, byTurn) * SHARE_PERCENT[kind]) / 100),
    reached: () => {
      reached = true;
    },
    finished: () => {
      finished += 1;
    },
    turn: ({ ms, tailMs, pending }, budgetMs) => {
      turnMs = ms;
      if (pending < commitShareCountMin / 2) return;
      costMs += (tailMs / pending - costMs) * LEARNING;
      byTurn = bounded(budgetMs / costMs, commitShareCountMin);
    },
    tick: (now) => {
      windowBegan ??= now;
      const ms = now - windowBegan;
      if (ms < limitWindowMs) return;
      byRate = bounded(next(ms), inProgressCountMin);
      windowBegan = now;
      finished = 0;
      reached = false;
    },
  };
}

const GROWTH = 1.5;
const TURNS = 4;
const LEARNING = 0.4;
const SHARE_PERCENT: PerClass = {
  vital: 100,
  write: 100,
  read: readSharePercent,
  other: otherSharePercent,
};

function bounded(limit: number, least: number): number {
  return Math.min(inProgressCountMax, Math.max(least, limit));
}
