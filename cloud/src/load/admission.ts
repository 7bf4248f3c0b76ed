import {
  calmTurnMsMax,
  inProgressCountMax,
  inProgressCountMin,
  limitWindowMs,
  otherSharePercent,
  otherTurnMsMax,
  readSharePercent,
  readTurnMsMax,
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
 * sockets that became readable while the event loop was at work, seen as the age of its turn; and requests that
 * wait for the database, seen as the number in progress. Whoever would join a long one is told to come back.
 */
export interface Admission {
  /** Whether a request may begin. Whoever got true calls `finished` once. Begins a turn when none is under way. */
  admit(kind: LoadClass, now: number): boolean;
  /** The same for one that is held and works on nothing meanwhile: it takes no place. */
  admitHeld(now: number): boolean;
  finished(kind: LoadClass, now: number): void;
  /** All that was waiting for the event loop has had its turn. */
  turnEnded(now: number): void;
  readonly state: AdmissionState;
}

export interface AdmissionState {
  readonly inProgress: number;
  /** A new one begins only under this; the reserve of gateways stands aside. */
  readonly limit: number;
  /** A queue has been standing for a while: bursts are no longer taken in. */
  readonly strained: boolean;
}

export function makeAdmission(): Admission {
  const strain = makeStrain();
  const limit = makeLimit();
  const inProgress = { all: 0, vital: 0 };
  let turnBegan: number | undefined;

  const inTurn = (kind: LoadClass, now: number): boolean => {
    turnBegan ??= now;
    const may = now - turnBegan < (strain.on() ? STRAINED : BURST)[kind];
    if (!may) strain.shed();
    return may;
  };
  return {
    admit: (kind, now) => {
      limit.tick(now);
      if (!inTurn(kind, now)) return false;
      const isReserved = kind === 'vital' && inProgress.vital < vitalReserveCount;
      if (!isReserved && inProgress.all >= limit.of(kind)) {
        limit.reached();
        return false;
      }
      inProgress.all += 1;
      if (kind === 'vital') inProgress.vital += 1;
      return true;
    },
    admitHeld: (now) => inTurn('vital', now),
    finished: (kind, now) => {
      limit.tick(now);
      limit.finished();
      inProgress.all -= 1;
      if (kind === 'vital') inProgress.vital -= 1;
    },
    turnEnded: (now) => {
      if (turnBegan !== undefined) strain.turn(turnBegan, now);
      turnBegan = undefined;
    },
    get state() {
      return { inProgress: inProgress.all, limit: limit.of('write'), strained: strain.on() };
    },
  };
}

type PerClass = Readonly<Record<LoadClass, number>>;

// Each class has more than the next in both: so none is shed while a lesser one is let in.
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

interface Strain {
  on(): boolean;
  shed(): void;
  turn(began: number, ended: number): void;
}

/** As in CoDel: a burst is let through, a queue that stands is not. Under strain it is the shedding that says it still stands. */
function makeStrain(): Strain {
  let on = false;
  let shed = false;
  let since: number | undefined;
  return {
    on: () => on,
    shed: () => {
      shed = true;
    },
    turn: (began, ended) => {
      const long = shed || (!on && ended - began > calmTurnMsMax);
      shed = false;
      if (long === on) since = undefined;
      else since ??= began;
      if (since === undefined || ended - since < strainMs) return;
      on = long;
      since = undefined;
    },
  };
}

interface Limit {
  of(kind: LoadClass): number;
  reached(): void;
  finished(): void;
  tick(now: number): void;
}

/**
 * Little's law: what is in progress is the rate of finishing times the time that each takes. While the limit is
 * reached, it follows the rate; as soon as it is not, there is no reason to hold anybody back.
 */
function makeLimit(): Limit {
  let limit = inProgressCountMax;
  let windowBegan: number | undefined;
  let finished = 0;
  let reached = false;

  const next = (ms: number): number => {
    if (!reached) return limit * GROWTH;
    // Not less than a part of the present one: a window without a commit is no proof that all stands still.
    return Math.max((finished / ms) * waitTargetMs, limit / GROWTH);
  };
  return {
    of: (kind) => Math.floor((limit * SHARE_PERCENT[kind]) / 100),
    reached: () => {
      reached = true;
    },
    finished: () => {
      finished += 1;
    },
    tick: (now) => {
      windowBegan ??= now;
      const ms = now - windowBegan;
      if (ms < limitWindowMs) return;
      limit = Math.min(inProgressCountMax, Math.max(inProgressCountMin, next(ms)));
      windowBegan = now;
      finished = 0;
      reached = false;
    },
  };
}

const GROWTH = 1.5;
const SHARE_PERCENT: PerClass = {
  vital: 100,
  write: 100,
  read: readSharePercent,
  other: otherSharePercent,
};
