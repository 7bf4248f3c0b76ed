import {
  faultsUntoldCountMax,
  sampleGapMsMax,
  sampleGapMsMin,
  temperatureCentiCMax,
  temperatureCentiCMin,
  unsteadyGatesCountMax,
} from '../limits.ts';
import { ok, type Result, refuse } from '../result.ts';
import type { EpochMs, MonoMs } from '../time.ts';
import { isCalibrated, offsetAt, type SiteProfile } from './site-profile.ts';

/** What an instrument saw, in hundredths of a degree, before the site's profile. */
export interface Measured {
  readonly objectCentiC: number;
  /** Of the air, or of the instrument itself; undefined where it does not say. */
  readonly ambientCentiC: number | undefined;
}

export interface Sample {
  readonly at: MonoMs;
  /** How long the instrument has had power, as far as is known. */
  readonly onForMs: number;
  readonly measured: Result<Measured>;
}

export interface JudgeSettings {
  readonly profile: SiteProfile;
  /** `people`: it speaks when somebody is before it. `always`: it looks all the time, mostly at nobody. */
  readonly watches: 'people' | 'always';
}

export interface JudgeState {
  /** The newest samples of whoever stands there, newest last. */
  readonly window: readonly number[];
  readonly last: (Measured & { readonly at: MonoMs }) | undefined;
  /** How often the last sample has been seen in a row. */
  readonly same: number;
  /** Failed samples in a row. */
  readonly faults: number;
  /** Samples of whoever stands there that have lain too far apart. */
  readonly unsteady: number;
}

export interface Judgement {
  readonly state: JudgeState;
  /** A temperature that the fever line is about, or why it is doubtful; undefined: nothing to say yet. */
  readonly told: Result<number> | undefined;
}

export const JUDGE_AT_START: JudgeState = {
  window: [],
  last: undefined,
  same: 0,
  faults: 0,
  unsteady: 0,
};

/**
 * Judges one sample by what was before it and by the site's profile. Pure. Whatever is doubtful is told as a refusal,
 * or not told: neither lets anybody through.
 */
export function judgeSample(
  state: JudgeState,
  sample: Sample,
  { profile, watches }: JudgeSettings,
  now: EpochMs,
): Judgement {
  if (!sample.measured.ok) return failed(state, sample.measured, watches);
  const measured = sample.measured.value;
  const healthy = remember(state, measured, sample.at);
  const doubt =
    doubtOfSite(profile, measured, sample.onForMs, now) ??
    doubtOfSensor(state, healthy, measured, sample.at, profile);
  if (doubt) return { state: { ...healthy, window: [], unsteady: 0 }, told: doubt };

  const { objectCentiC, ambientCentiC } = measured;
  const { min, max } = profile.faceCentiC;
  if (objectCentiC < min || objectCentiC > max) {
    const isNobody = objectCentiC < min && watches === 'always';
    const told = isNobody ? undefined : refuse('temperature-out-of-range');
    return { state: { ...healthy, window: [], unsteady: 0 }, told };
  }
  return gated(healthy, objectCentiC, ambientCentiC ?? 0, profile);
}

/** A single one is tried again: who stands there waits a quarter of a second, and is not sent away for it. */
function failed(
  state: JudgeState,
  refusal: Result<never>,
  watches: JudgeSettings['watches'],
): Judgement {
  const faults = state.faults + 1;
  const isTold = watches === 'people' || faults > faultsUntoldCountMax;
  return {
    state: { ...state, window: [], unsteady: 0, faults },
    told: isTold ? refusal : undefined,
  };
}

function remember(state: JudgeState, measured: Measured, at: MonoMs): JudgeState {
  const { last } = state;
  const isSame =
    last?.objectCentiC === measured.objectCentiC && last.ambientCentiC === measured.ambientCentiC;
  const isGap = last !== undefined && at - last.at > sampleGapMsMax;
  return {
    window: isGap ? [] : state.window,
    last: { ...measured, at },
    same: isSame ? state.same + 1 : 1,
    faults: 0,
    unsteady: isGap ? 0 : state.unsteady,
  };
}

function doubtOfSite(
  profile: SiteProfile,
  { objectCentiC, ambientCentiC }: Measured,
  onForMs: number,
  now: EpochMs,
): Result<never> | undefined {
  if (!isCalibrated(profile, now)) return refuse('thermometer-uncalibrated');
  if (ambientCentiC === undefined) return refuse('ambient-unknown');
  if (!Number.isFinite(objectCentiC) || !Number.isFinite(ambientCentiC)) {
    return refuse('temperature-invalid');
  }
  const { min, max } = profile.ambientCentiC;
  if (ambientCentiC < min || ambientCentiC > max) return refuse('ambient-out-of-range');
  if (!(onForMs >= profile.warmUpSeconds * 1000)) return refuse('thermometer-warming-up');
  return undefined;
}

function doubtOfSensor(
  { last }: JudgeState,
  { same }: JudgeState,
  measured: Measured,
  at: MonoMs,
  { rateCentiCPerSecondMax: rate, stuckSamples, faceCentiC }: SiteProfile,
): Result<never> | undefined {
  if (same >= stuckSamples) return refuse('thermometer-stuck');
  if (last === undefined) return undefined;
  const seconds = Math.max(at - last.at, sampleGapMsMin) / 1000;
  const isTooFast = (from: number | undefined, to: number | undefined, perSecond: number) =>
    from !== undefined && to !== undefined && Math.abs(to - from) > perSecond * seconds;
  // Somebody who steps up takes the place of a wall: only from one face to another it says something.
  const wasFace = last.objectCentiC >= faceCentiC.min && measured.objectCentiC >= faceCentiC.min;
  return isTooFast(last.ambientCentiC, measured.ambientCentiC, rate.ambient) ||
    (wasFace && isTooFast(last.objectCentiC, measured.objectCentiC, rate.object))
    ? refuse('temperature-jump')
    : undefined;
}

function gated(
  state: JudgeState,
  objectCentiC: number,
  ambientCentiC: number,
  profile: SiteProfile,
): Judgement {
  const { samples, spreadCentiC } = profile.gate;
  const window = [...state.window, objectCentiC].slice(-samples);
  const sorted = window.toSorted((a, b) => a - b);
  const spread = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0);
  if (window.length < samples || spread > spreadCentiC) {
    const unsteady = state.unsteady + 1;
    const isTold = unsteady > samples * unsteadyGatesCountMax;
    return {
      state: { ...state, window, unsteady },
      told: isTold ? refuse('temperature-unsteady') : undefined,
    };
  }
  const shown = sorted[sorted.length >> 1] ?? objectCentiC;
  const centiC = Math.round(shown + offsetAt(profile, ambientCentiC));
  return { state: { ...state, window, unsteady: 0 }, told: possible(centiC, profile) };
}

function possible(centiC: number, { bodyCentiCMin }: SiteProfile): Result<number> {
  const isPossible = centiC >= temperatureCentiCMin && centiC <= temperatureCentiCMax;
  if (!isPossible) return refuse('temperature-out-of-range');
  return centiC >= bodyCentiCMin ? ok(centiC) : refuse('temperature-too-low');
}
