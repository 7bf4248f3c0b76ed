import { monoMs } from '@greengate/contracts/time';
import type { LaneState } from '../../../src/lane/lane-types.ts';
import type { Reduce } from './world.ts';

/** A lane that is wrong in one way: what the checker must find. */
export interface Bug {
  readonly name: string;
  readonly measures: boolean;
  readonly plant: (reduce: Reduce) => Reduce;
}

type Step = ReturnType<Reduce>;
/** Lets the lane do its work and then spoils it. */
const after =
  (spoil: (step: Step, before: LaneState, ...given: Parameters<Reduce>) => Step) =>
  (reduce: Reduce): Reduce =>
  (state, event, now, rules) =>
    spoil(reduce(state, event, now, rules), state, state, event, now, rules);

const isClose = ({ kind }: Step['effects'][number]) => kind === 'close';

export const BUGS: readonly Bug[] = [
  {
    name: 'a reading is kept for the next person when a passage ends',
    measures: true,
    plant: after((step, before, _, event) =>
      step.effects.some(isClose) && event.kind === 'decided'
        ? { ...step, state: { ...step.state, reading: before.reading, readingsFrom: monoMs(0) } }
        : step,
    ),
  },
  {
    name: 'readings count at once after a passage',
    measures: true,
    plant: after((step) =>
      step.effects.some((each) => each.kind === 'close' && each.outcome === 'completed')
        ? { ...step, state: { ...step.state, readingsFrom: monoMs(0) } }
        : step,
    ),
  },
  {
    name: 'whoever pushes in is measured for the one who waits',
    measures: true,
    plant: after((step, before, _, event) =>
      event.kind === 'scan' && before.next
        ? { ...step, state: { ...step.state, readingsFrom: before.readingsFrom } }
        : step,
    ),
  },
  {
    name: 'a forced arm says nothing about who stands there',
    measures: true,
    plant: (reduce) => (state, event, now, rules) =>
      event.kind === 'turnstile' && event.event.kind === 'forced'
        ? { state, effects: [{ kind: 'alarm', reason: 'turnstile-forced' }] }
        : reduce(state, event, now, rules),
  },
  {
    name: 'fire is not heard while somebody passes',
    measures: false,
    plant: (reduce) => (state, event, now, rules) =>
      state.phase.name === 'passing' && event.kind === 'turnstile' && event.event.kind === 'fire'
        ? { state, effects: [] }
        : reduce(state, event, now, rules),
  },
  {
    name: 'a code is taken although fire has released the lane',
    measures: false,
    plant: (reduce) => (state, event, now, rules) =>
      event.kind === 'scan' && state.phase.name === 'released'
        ? reduce({ ...state, phase: { name: 'idle' } }, event, now, rules)
        : reduce(state, event, now, rules),
  },
  {
    name: 'a decision that comes into a fire grants',
    measures: false,
    plant: (reduce) => (state, event, now, rules) =>
      event.kind === 'decided' && state.phase.name === 'released'
        ? reduce(
            { ...state, phase: { name: 'deciding', early: [], revoked: false } },
            event,
            now,
            rules,
          )
        : reduce(state, event, now, rules),
  },
  {
    name: 'the end of a fire is the end of every passage under way',
    measures: false,
    plant: after((step) =>
      step.state.phase.name === 'deciding' && step.state.phase.revoked
        ? { ...step, state: { ...step.state, phase: { name: 'idle' } } }
        : step,
    ),
  },
  {
    name: 'nobody asks for the end of a grant',
    measures: false,
    plant: after((step, _before, _, event) =>
      event.kind === 'decided'
        ? { ...step, effects: step.effects.filter(({ kind }) => kind !== 'wake') }
        : step,
    ),
  },
  {
    name: 'a timer that is due is not heard',
    measures: false,
    plant: (reduce) => (state, event, now, rules) =>
      event.kind === 'timer' ? { state, effects: [] } : reduce(state, event, now, rules),
  },
  {
    name: 'a word of another passage ends this one',
    measures: false,
    plant: (reduce) => (state, event, now, rules) => {
      const { phase } = state;
      const isWord = event.kind === 'turnstile' && event.event.kind === 'completed';
      return isWord && phase.name === 'granted'
        ? reduce(
            state,
            { kind: 'turnstile', event: { kind: 'completed', passage: phase.passage } },
            now,
            rules,
          )
        : reduce(state, event, now, rules);
    },
  },
  {
    name: 'a passage is closed twice',
    measures: false,
    plant: after((step) => ({
      ...step,
      effects: [...step.effects, ...step.effects.filter(isClose)],
    })),
  },
  {
    name: 'a code read again is decided again',
    measures: false,
    plant: (reduce) => (state, event, now, rules) =>
      event.kind === 'scan' && state.phase.name === 'granted'
        ? reduce({ ...state, phase: { name: 'idle' }, lastScan: undefined }, event, now, rules)
        : reduce(state, event, now, rules),
  },
  {
    name: 'a passage is granted anew when its time is over',
    measures: false,
    plant: (reduce) => (state, event, now, rules) =>
      event.kind === 'timer' && state.phase.name === 'granted' && state.phase.until <= now
        ? { state: { ...state, phase: { ...state.phase, until: monoMs(now + 7000) } }, effects: [] }
        : reduce(state, event, now, rules),
  },
  {
    name: 'a lane opens when its turnstile is there first',
    measures: false,
    plant: after((step, before, _, event, now) =>
      event.kind === 'turnstile' &&
      event.event.kind === 'presence' &&
      before.phase.name === 'fault' &&
      before.lastScan === undefined
        ? {
            state: { ...step.state, phase: { name: 'deciding', early: [], revoked: false } },
            effects: [
              {
                kind: 'decide',
                scan: { text: 'a', at: now },
                temperature: { kind: 'not-fitted' },
                since: now,
              },
            ],
          }
        : step,
    ),
  },
];
