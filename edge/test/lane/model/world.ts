import type { PassageId } from '@greengate/contracts/ids';
import { monoMs } from '@greengate/contracts/time';
import { LANE_AT_START, type reduceLane } from '../../../src/lane/lane-state.ts';
import type {
  LaneEffect,
  LaneEvent,
  LaneRules,
  LaneState,
  LaneStep,
} from '../../../src/lane/lane-types.ts';
import type { TurnstileEvent } from '../../../src/ports.ts';
import { Broken } from './explore.ts';

export type Reduce = typeof reduceLane;
export type Person = 'a' | 'b' | 'c';
export const PEOPLE: readonly Person[] = ['a', 'b', 'c'];

/** The arm as it stands, whatever the lane knows of it. `lost`: the lane was never told that it took the order. */
export type Arm =
  | { readonly at: 'rest' | 'free' }
  | {
      readonly at: 'granted' | 'passing';
      readonly passage: PassageId;
      readonly until: number;
      readonly lost: boolean;
      readonly who: string;
    };

/** A decision under way: not made, or made and told to the turnstile. */
export type Deciding =
  | { readonly at: 'thinking'; readonly of: string }
  | { readonly at: 'told'; readonly passage: PassageId; readonly taken: boolean };

/** A lane and all that stands around it. Times are milliseconds of one clock. */
export interface World {
  readonly now: number;
  readonly lane: LaneState;
  /** Who stands before scanner and thermometer, and whether they have shown a code since they came. */
  readonly spot: Person | undefined;
  readonly hasShown: boolean;
  /** Who stood there a moment ago: a sample of theirs may be on its way. `since`: since readings are waited for. */
  readonly left: readonly { readonly who: Person; readonly since: boolean }[];
  /** Who went away not long ago without having shown a code. */
  readonly walkedOff: readonly Person[];
  /** Whose codes were shown and not answered. */
  readonly owed: readonly string[];
  readonly deciding: Deciding | undefined;
  /** The passage that was granted and not closed, as far as the lane has said. */
  readonly open: PassageId | undefined;
  readonly arm: Arm;
  /** How the passage that is decided or open ended at the arm. */
  readonly ended: { readonly passage: PassageId; readonly how: string } | undefined;
  /** What the turnstile said and the lane has not heard, or will hear again. */
  readonly words: readonly { readonly word: TurnstileEvent; readonly again: boolean }[];
  readonly isOnline: boolean;
  readonly made: number;
}

export const WORLD_AT_START: World = {
  now: 1_000_000,
  lane: LANE_AT_START,
  spot: undefined,
  hasShown: false,
  left: [],
  walkedOff: [],
  owed: [],
  deciding: undefined,
  open: undefined,
  arm: { at: 'rest' },
  ended: undefined,
  words: [],
  isOnline: false,
  made: 0,
};

/** Tells the lane of an event and holds what it makes of it against every promise. */
export function tell(reduce: Reduce, rules: LaneRules, world: World, event: LaneEvent): World {
  const before = world.lane.phase;
  const owed = event.kind === 'scan' ? withText(world.owed, event.scan.text) : world.owed;
  const step = reduce(world.lane, event, monoMs(world.now), rules);
  let after: World = { ...world, owed, lane: step.state };
  if (event.kind === 'decided') {
    after = { ...after, deciding: undefined, open: event.passage };
    if (event.verdict !== 'admit' || !event.taken) after = { ...after, ended: undefined };
  }
  if (event.kind === 'failed') after = { ...after, deciding: undefined };
  for (const effect of step.effects) after = perform(after, effect, before.name);
  fireHolds(before, event, step);
  everyGrantEnds(before, after, step);
  if (event.kind === 'timer' && isDue(before, world.now) && isDue(step.state.phase, world.now)) {
    throw new Broken('every grant ends in passed, timed out or alarm');
  }
  const { phase, next } = step.state;
  const held = [phase.name === 'measuring' ? phase.scan.text : undefined, next?.text];
  return { ...after, owed: after.owed.filter((text) => held.includes(text)) };
}

function isDue(phase: LaneState['phase'], now: number): boolean {
  return 'until' in phase && phase.until <= now;
}

function withText(texts: readonly string[], text: string): readonly string[] {
  return texts.includes(text) ? texts : [...texts, text];
}

function perform(world: World, effect: LaneEffect, before: string): World {
  switch (effect.kind) {
    case 'decide': {
      const { text } = effect.scan;
      if (world.deciding || world.open) throw new Broken('no double grant');
      if (!world.owed.includes(text)) throw new Broken('nothing is decided that nobody has shown');
      if (before === 'released') throw new Broken('fire: no command until it is over');
      const { temperature } = effect;
      if (temperature.kind === 'measured' && text !== '' && ownerOf(temperature.centiC) !== text) {
        throw new Broken('scan and temperature are of one person');
      }
      return {
        ...world,
        deciding: { at: 'thinking', of: text },
        ended: undefined,
        owed: world.owed.filter((each) => each !== text),
      };
    }
    case 'turn-away':
      return { ...world, owed: world.owed.filter((each) => each !== effect.scan.text) };
    case 'close':
      return closed(world, effect);
    default:
      return world;
  }
}

function closed(
  world: World,
  { passage, outcome, unused }: Extract<LaneEffect, { kind: 'close' }>,
): World {
  if (world.open !== passage) throw new Broken('each passage is closed once');
  const how = world.ended?.passage === passage ? world.ended.how : undefined;
  if (outcome === 'completed' && how !== 'completed') {
    throw new Broken('"passed" is only what the arm said');
  }
  if (unused && how !== outcome) throw new Broken('a code is given back only by word of the arm');
  const { arm } = world;
  const isArmOpen = arm.at === 'granted' && arm.passage === passage;
  // By fire the arm opens for all; by an answer that was lost nobody knows that it did.
  if (isArmOpen && !arm.lost && outcome !== 'interrupted') {
    throw new Broken('no grant after its end');
  }
  const void_: Arm = isArmOpen ? { ...arm, lost: true } : arm;
  return { ...world, open: undefined, ended: undefined, arm: void_ };
}

function fireHolds(
  before: LaneState['phase'],
  event: LaneEvent,
  { state, effects }: LaneStep,
): void {
  const { name } = state.phase;
  const fire = event.kind === 'turnstile' && event.event.kind === 'fire' ? event.event : undefined;
  if (fire?.active && name !== 'released') throw new Broken('fire releases from every state');
  if (fire?.active && !effects.some((each) => each.kind === 'alarm')) {
    throw new Broken('fire is told');
  }
  if (before.name === 'released' && name !== 'released' && !(fire && !fire.active)) {
    throw new Broken('fire: no command until it is over');
  }
  if (before.name === 'released' && (name === 'granted' || name === 'passing')) {
    throw new Broken('fire: what was granted before is void');
  }
}

function everyGrantEnds(
  before: LaneState['phase'],
  world: World,
  { state, effects }: LaneStep,
): void {
  const { phase } = state;
  const isOpen = phase.name === 'granted' || phase.name === 'passing';
  if (isOpen && phase.passage !== world.open) throw new Broken('no grant after its end');
  if (!isOpen && world.open) throw new Broken('every grant ends in passed, timed out or alarm');
  if (!('until' in phase)) return;
  const { until } = phase;
  if (until < world.now) throw new Broken('no grant after timeout');
  // A lane that waits has asked to be woken at the end of it, now or before.
  const waited = 'until' in before && before.until === until;
  if (!waited && !effects.some((each) => each.kind === 'wake' && each.at === until)) {
    throw new Broken('every grant ends in passed, timed out or alarm');
  }
}

/** Readings carry their person in their hundredths, which no lane looks at. */
export function centiCOf(who: Person): number {
  return 3600 + PEOPLE.indexOf(who);
}

/** Whose reading it is. */
export function ownerOf(centiC: number): Person {
  const who = PEOPLE[centiC - 3600];
  if (!who) throw new Error('a reading of nobody');
  return who;
}
