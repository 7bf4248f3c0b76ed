import { type MonoMs, monoMs } from '@greengate/contracts/time';
import { grantWindowMs } from '../../../src/devices/limits.ts';
import type { LanePhase, LaneRules } from '../../../src/lane/lane-types.ts';
import {
  grantMsMax,
  nextScanMsMax,
  passingMsMax,
  readingLateMsMax,
  sameCodeMs,
} from '../../../src/limits.ts';
import type { Scan } from '../../../src/ports.ts';
import { ownerOf, type World } from './world.ts';

/**
 * Time, made finite. Of a clock that runs for seconds only this is kept: whether it has run out. It may do so at any moment,
 * in any order with the others, which is more than can happen; where an order is certain, it is kept here.
 */
export function rebase(world: World, rules: LaneRules): World {
  const { now, lane, arm } = world;
  const { phase, reading, readingsFrom } = lane;
  const anew = (scan: Scan | undefined, ms: number, old: Scan | undefined) =>
    scan && now - scan.at >= ms ? old : scan && { ...scan, at: monoMs(now) };
  const { lastScan, next, turnedAway } = lane;
  return {
    ...world,
    lane: {
      ...lane,
      phase: phaseAnew(phase, now, rules),
      lastScan: anew(lastScan, sameCodeMs, lastScan && ago(lastScan, now, sameCodeMs)),
      turnedAway: anew(turnedAway, sameCodeMs, undefined),
      next: anew(next, nextScanMsMax + 1, next && ago(next, now, nextScanMsMax + 1)),
      reading:
        reading && now - reading.at <= rules.readingMs
          ? { ...reading, at: monoMs(now) }
          : undefined,
      readingsFrom: rules.measures ? waitAnew(readingsFrom, now) : undefined,
    },
    arm: arm.at === 'granted' && arm.until > now ? { ...arm, until: now + grantWindowMs } : arm,
    left: leftAnew(world),
  };
}

// One millisecond less, so that a wait that has just begun is told from one that goes on.
function waitAnew(from: MonoMs | undefined, now: number): MonoMs | undefined {
  if (from === undefined) return undefined;
  return monoMs(from > now ? now + readingLateMsMax - 1 : now);
}

function leftAnew({ left, lane, now }: World): World['left'] {
  const { readingsFrom } = lane;
  const hasWaited = readingsFrom !== undefined && readingsFrom > now;
  const isNew = readingsFrom === now + readingLateMsMax;
  return hasWaited && !isNew ? left : left.map((each) => ({ ...each, since: false }));
}

function ago(scan: Scan, now: number, ms: number): Scan {
  return { ...scan, at: monoMs(now - ms) };
}

function phaseAnew(phase: LanePhase, now: number, { measureMs }: LaneRules): LanePhase {
  if (!('until' in phase) || phase.until <= now) return phase;
  if (phase.name === 'measuring') {
    const scan = { ...phase.scan, at: monoMs(now) };
    return { ...phase, scan, until: monoMs(now + measureMs) };
  }
  const ms = phase.name === 'granted' ? grantMsMax : passingMsMax;
  return { ...phase, until: monoMs(now + ms) };
}

type Move = readonly [string, () => World];

/** Each clock that can run out next. */
export function* clocks(world: World): Iterable<Move> {
  const { now, lane, arm, walkedOff } = world;
  const { phase, lastScan, next, turnedAway, reading } = lane;
  const set = (change: Partial<World['lane']>) => () => ({
    ...world,
    lane: { ...lane, ...change },
  });
  // A turnstile gives a person less time than a lane gives the turnstile.
  const isArmFirst =
    phase.name === 'granted' && arm.at === 'granted' && arm.passage === phase.passage;
  if ('until' in phase && phase.until > now && !isArmFirst) {
    yield [`the time of "${phase.name}" is over`, set({ phase: { ...phase, until: monoMs(now) } })];
  }
  if (arm.at === 'granted' && arm.until > now) {
    yield ['the time to turn the arm is over', () => ({ ...world, arm: { ...arm, until: now } })];
  }
  if (lastScan && now - lastScan.at < sameCodeMs) {
    yield [
      'the last code is no repetition any more',
      set({ lastScan: ago(lastScan, now, sameCodeMs) }),
    ];
  }
  if (turnedAway) yield ['who was turned away may be told again', set({ turnedAway: undefined })];
  if (next && now - next.at <= nextScanMsMax) {
    yield ['who waits has waited for long', set({ next: ago(next, now, nextScanMsMax + 1) })];
  }
  if (reading) yield ['the reading is old', set({ reading: undefined })];
  yield* shortClocks(world);
  // A reading of who went away is old by then, and none is on its way any more.
  for (const who of walkedOff) {
    if (world.left.some((each) => each.who === who)) continue;
    const isTheirs = reading?.centiC.ok && ownerOf(reading.centiC.value) === who;
    yield [
      `it is long since ${who} went away`,
      () => ({
        ...world,
        walkedOff: walkedOff.filter((each) => each !== who),
        lane: isTheirs ? { ...lane, reading: undefined } : lane,
      }),
    ];
  }
}

/** Samples are on their way for as long as a lane waits for them to have come, so who left before the wait began is over first. */
function* shortClocks(world: World): Iterable<Move> {
  const { now, lane, left } = world;
  const { readingsFrom } = lane;
  const isWaiting = readingsFrom !== undefined && readingsFrom > now;
  for (const { who, since } of left) {
    if (isWaiting && since) continue;
    yield [
      `no sample of ${who} is on its way any more`,
      () => ({ ...world, left: left.filter((each) => each.who !== who) }),
    ];
  }
  if (isWaiting && left.every(({ since }) => since)) {
    yield [
      'late readings have come',
      () => ({ ...world, lane: { ...lane, readingsFrom: monoMs(now) } }),
    ];
  }
}
