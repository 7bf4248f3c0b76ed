import type { Chance } from './chance.ts';
import { type Scene, THERMAL } from './thermal-parameters.ts';

const T = THERMAL;

/** Somebody at a lane, and what its sensor shows of them, degrees Celsius. */
export interface Seen {
  readonly isFebrile: boolean;
  /** At the armpit. */
  readonly body: number;
  /** Samples a quarter of a second apart, as the sensor shows them. */
  readonly samples: readonly number[];
  /** The air, as the sensor shows it. */
  readonly ambient: number;
}

/** Armpit temperature of somebody who has fever, or has none. */
function drawBody(isFebrile: boolean, chance: Chance): number {
  const line = T.feverLine.value;
  return isFebrile
    ? chance.cut(T.febrileMean.value, T.febrileSpread.value, line, 41)
    : chance.cut(T.healthyMean.value, T.healthySpread.value, 35, line - 0.01);
}

/** What a forehead has when it has been long in this air. */
export function settledForehead(body: number, ambient: number): number {
  const share = T.gap.value / (T.healthyMean.value - T.gapAmbient.value);
  const ofFever = T.gapPerFeverDegree.value * Math.max(0, body - T.feverLine.value);
  return body - share * (body - ambient) - ofFever;
}

/** How much lower it still is, so many minutes after coming in from air that was colder by this. */
export function chillAfter(minutes: number, colderBy: number): number {
  const fast = T.chillFastShare.value * Math.exp(-minutes / T.chillFastMinutes.value);
  const slow = (1 - T.chillFastShare.value) * Math.exp(-minutes / T.chillSlowMinutes.value);
  return T.chillPerDegree.value * Math.max(0, colderBy) * (fast + slow);
}

/** The share of a sensor's round spot that lies on the forehead. */
export function shareOnForehead(centimetres: number): number {
  const spot = 2 * centimetres * Math.tan((T.coneDegrees.value / 2) * (Math.PI / 180));
  return Math.min(1, (T.foreheadCentimetres.value / spot) ** 2);
}

/** Draws somebody of a scene and takes their samples. */
export function drawSeen(scene: Scene, isFebrile: boolean, samples: number, chance: Chance): Seen {
  const body = drawBody(isFebrile, chance);
  const ambient = chance.between(...scene.ambient);
  const { outside } = scene;
  const chill = outside
    ? chillAfter(chance.between(...outside.minutes), ambient - outside.celsius) *
      Math.max(0, chance.normal(1, T.chillSpread.value))
    : 0;
  const forehead =
    settledForehead(body, ambient) - chill + chance.normal(0, T.foreheadSpread.value);
  const share = shareOnForehead(chance.between(...scene.centimetres));
  const shown =
    share * forehead + (1 - share) * ambient + scene.drift + chance.normal(0, T.sensorSpread.value);
  return {
    isFebrile,
    body,
    samples: Array.from({ length: samples }, () => chance.normal(shown, T.sampleNoise.value)),
    ambient: ambient + chance.normal(0, T.ambientSpread.value),
  };
}
