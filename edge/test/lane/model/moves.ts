import { ok } from '@greengate/contracts/result';
import { monoMs } from '@greengate/contracts/time';
import { grantWindowMs } from '../../../src/devices/limits.ts';
import type { LaneEvent, LaneRules } from '../../../src/lane/lane-types.ts';
import type { TurnstileEvent } from '../../../src/ports.ts';
import { passageId } from '../../fixtures/drafts.ts';
import { clocks, rebase } from './clocks.ts';
import type { Model } from './explore.ts';
import { keyOf } from './key.ts';
import {
  type Arm,
  centiCOf,
  PEOPLE,
  type Person,
  type Reduce,
  tell,
  WORLD_AT_START,
  type World,
} from './world.ts';

export interface Bounds {
  readonly people: number;
  /** Most words of the turnstile that are on their way at once; 0: the lane hears them as they are said. */
  readonly words: number;
}

type Move = readonly [string, () => World];

/** The lane with people, a thermometer, a turnstile and a fire contact around it, in any order of what they may do. */
export function laneModel(reduce: Reduce, rules: LaneRules, bounds: Bounds): Model<World> {
  const send = (world: World, event: LaneEvent) => tell(reduce, rules, world, event);
  const start = rebase(WORLD_AT_START, rules);
  function* possible(world: World): Iterable<Move> {
    const { phase } = world.lane;
    yield ['timer', () => send(world, { kind: 'timer' })];
    // A timer is never late, and may come for nothing.
    const isDue = 'until' in phase && phase.until <= world.now;
    if (!isDue && !(world.arm.at === 'granted' && world.arm.until <= world.now))
      yield* clocks(world);
    yield* rules.measures ? people(world, bounds, send) : codes(world, bounds, send);
    if (rules.measures) yield* thermometer(world, send);
    yield* decision(world, send);
    yield* arm(world, bounds, send);
    yield* line(world, bounds, send);
  }
  return {
    start,
    key: (world) => keyOf(world),
    *moves(world) {
      for (const [name, move] of possible(world)) yield [name, () => rebase(move(), rules)];
    },
  };
}

type Send = (world: World, event: LaneEvent) => World;

/** Where nobody is measured it does not matter who stands where: any code may be shown at any time. */
function* codes(world: World, bounds: Bounds, send: Send): Iterable<Move> {
  for (const who of PEOPLE.slice(0, bounds.people)) {
    yield [`${who} shows the code`, () => send(world, scanned(world, who))];
  }
  yield ['noise on the line', () => send(world, noise(world))];
}

function scanned({ now }: World, text: string): LaneEvent {
  return { kind: 'scan', scan: { text, at: monoMs(now) } };
}

function noise({ now }: World): LaneEvent {
  return { kind: 'scan', scan: { text: '', at: monoMs(now), unreadable: 'code-malformed' } };
}

function* people(world: World, bounds: Bounds, send: Send): Iterable<Move> {
  const { spot, lane, walkedOff } = world;
  const { phase, next } = lane;
  const inArm = world.arm.at === 'passing' ? world.arm.who : undefined;
  const crowd = PEOPLE.slice(0, bounds.people).filter((who) => who !== inArm);
  // Two change places unseen in no less time than a reading is good for (decision 0027).
  const mayShow = (who: Person) => walkedOff.every((each) => each === who);
  const show = (from: World, who: Person): World =>
    send({ ...from, spot: who, hasShown: true, walkedOff: [] }, scanned(from, who));
  if (spot === undefined) {
    for (const who of crowd)
      yield [`${who} steps up`, () => ({ ...world, spot: who, hasShown: false })];
    return;
  }
  if (mayShow(spot)) yield [`${spot} shows the code`, () => show(world, spot)];
  yield ['noise on the line', () => send(world, noise(world))];
  // Whoever the lane waits for waits too, unless pushed aside.
  const isAwaited = (phase.name === 'measuring' && phase.scan.text === spot) || next?.text === spot;
  if (!isAwaited) {
    yield [
      `${spot} goes from the scanner`,
      () => ({
        ...world,
        left: gone(world),
        spot: undefined,
        walkedOff: world.hasShown || walkedOff.includes(spot) ? walkedOff : [...walkedOff, spot],
      }),
    ];
  }
  if (!world.hasShown) return;
  for (const who of crowd) {
    if (who === spot || !mayShow(who)) continue;
    yield [`${who} pushes in and shows the code`, () => show({ ...world, left: gone(world) }, who)];
  }
}

/** Who has left the spot a moment ago, once whoever stands there has left too. */
function gone({ left, spot, lane, now }: World): World['left'] {
  const others = left.filter(({ who }) => who !== spot);
  const since = lane.readingsFrom !== undefined && lane.readingsFrom > now;
  return spot === undefined ? others : [...others, { who: spot, since }];
}

/** Whoever turns the arm stands before the scanner no more. */
function entered(world: World, who: string): World {
  if (world.spot !== who) return world;
  return { ...world, spot: undefined, left: gone(world) };
}

function* thermometer(world: World, send: Send): Iterable<Move> {
  const { now, spot, left } = world;
  const at = monoMs(now);
  const seen = new Set([...(spot === undefined ? [] : [spot]), ...left.map(({ who }) => who)]);
  for (const who of seen) {
    yield [
      `a reading of ${who}`,
      () => send(world, { kind: 'reading', reading: { centiC: ok(centiCOf(who)), at } }),
    ];
  }
}

function* decision(world: World, send: Send): Iterable<Move> {
  const { deciding } = world;
  if (!deciding) return;
  if (deciding.at === 'told') {
    const { passage, taken } = deciding;
    yield [
      taken ? 'the order was taken' : 'the order was not taken',
      () => send(world, { kind: 'decided', passage, verdict: 'admit', taken }),
    ];
    return;
  }
  const made = world.made + 1;
  const passage = passageId(made);
  const from = { ...world, made };
  yield ['the decision fails', () => send(world, { kind: 'failed' })];
  for (const verdict of ['refuse', 'refer'] as const) {
    yield [verdict, () => send(from, { kind: 'decided', passage, verdict, taken: true })];
  }
  yield [
    'refuse, to a turnstile that does not answer',
    () => send(from, { kind: 'decided', passage, verdict: 'refuse', taken: false }),
  ];
  // What could not be read is nobody's code.
  if (deciding.of === '') return;
  const told = (taken: boolean, to: Arm): World => ({
    ...from,
    arm: to,
    deciding: { at: 'told', passage, taken },
  });
  if (world.arm.at !== 'rest' || !world.isOnline) {
    yield ['admit, and the turnstile does not take it', () => told(false, world.arm)];
    return;
  }
  const granted = {
    at: 'granted',
    who: deciding.of,
    passage,
    until: world.now + grantWindowMs,
  } as const;
  yield ['admit', () => told(true, { ...granted, lost: false })];
  yield ['admit, and the answer is lost', () => told(false, { ...granted, lost: true })];
}

/** The turnstile by itself, and the people who push it. */
function* arm(world: World, { words }: Bounds, send: Send): Iterable<Move> {
  const { arm: at, now } = world;
  if (words > 0 && world.words.length >= words) return;
  const say = (to: Arm, word: TurnstileEvent): World => {
    const isEnd =
      word.kind === 'completed' || word.kind === 'reversed' || word.kind === 'timed-out';
    const ended = isEnd ? { passage: word.passage, how: word.kind } : world.ended;
    const said = { ...world, arm: to, ended };
    if (words === 0) return send(said, { kind: 'turnstile', event: word });
    return { ...said, words: [...world.words, { word, again: false }] };
  };
  yield at.at === 'free'
    ? ['the fire contact closes', () => say({ at: 'rest' }, { kind: 'fire', active: false })]
    : ['the fire contact opens', () => say({ at: 'free' }, { kind: 'fire', active: true })];
  if (at.at === 'granted') {
    const { passage } = at;
    yield [
      'the arm turns',
      () => entered(say({ ...at, at: 'passing' }, { kind: 'started', passage }), at.who),
    ];
    if (at.until <= now) {
      yield ['nobody turned the arm', () => say({ at: 'rest' }, { kind: 'timed-out', passage })];
    }
  }
  if (at.at === 'passing') {
    const { passage } = at;
    yield ['the arm is through', () => say({ at: 'rest' }, { kind: 'completed', passage })];
    yield ['the arm turns back', () => say({ at: 'rest' }, { kind: 'reversed', passage })];
  }
}

/** The way between turnstile and lane: words are late, come twice, or are lost with the connection. */
function* line(world: World, { words }: Bounds, send: Send): Iterable<Move> {
  const [first, ...rest] = world.words;
  const spoken = (online: boolean): LaneEvent => ({
    kind: 'turnstile',
    event: { kind: 'presence', online },
  });
  const forced: LaneEvent = { kind: 'turnstile', event: { kind: 'forced' } };
  yield ['somebody forces the arm', () => send(world, forced)];
  if (world.spot !== undefined) {
    const { spot } = world;
    yield [`${spot} forces the arm`, () => send(entered(world, spot), forced)];
  }
  if (first) {
    const { word, again } = first;
    const what = `the lane hears "${word.kind}${word.kind === 'fire' ? ` ${word.active}` : ''}"`;
    const event: LaneEvent = { kind: 'turnstile', event: word };
    yield [again ? `${what} again` : what, () => send({ ...world, words: rest }, event)];
    const twice = [{ word, again: true }, ...rest];
    if (!again) yield [`${what}, and will again`, () => send({ ...world, words: twice }, event)];
  }
  // On wires there is no connection to lose.
  if (world.isOnline && words === 0) return;
  if (world.isOnline) {
    yield [
      'the turnstile is out of reach',
      () => send({ ...world, isOnline: false }, spoken(false)),
    ];
    // Levels are told anew; what was an event is gone.
    const levels = world.words.filter(({ word }) => word.kind === 'fire');
    if (levels.length < world.words.length) {
      yield [
        'the turnstile is out of reach, with what it said',
        () => send({ ...world, isOnline: false, words: levels }, spoken(false)),
      ];
    }
  } else {
    yield ['the turnstile is there', () => send({ ...world, isOnline: true }, spoken(true))];
  }
}
