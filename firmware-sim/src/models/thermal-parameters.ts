/** A figure, and where it is from. `assumed`: nobody measured it for us; the model says what follows from it. */
interface Sourced {
  readonly value: number;
  readonly source: string;
}

const CHEN = 'Chen 2022, n = 1080: the forehead shows 0.5 degrees less than the armpit';
const FEVER_CLINIC =
  'doi 10.16766/j.cnki.issn.1674-4152.001613, n = 1176: febrile 38.31 +- 0.67; forehead 0.25 +- 0.55 less at normal temperature, 0.83, 1.08 and 1.33 less at low, moderate and high fever';
const DZIEN =
  'Dzien 2021, doi 10.1007/s00508-020-01754-2, n = 92: in from -5.5 to 0 degrees to 20.5: 33.17 +- 1.45 at once, 34.90, 35.77, 36.08 after 1, 3, 5 min, 36.6 after 60';
const MELEXIS =
  'MLX90614 data sheet 3901090614: +-0.2 degrees (medical), field of view of the DCI 5 degrees';

/** What the crowd and the sensor are made of, degrees Celsius unless the name says another unit. */
export const THERMAL = {
  /** Where fever begins, at the armpit. */
  feverLine: { value: 37.3, source: 'DOMAIN 2' },
  healthyMean: { value: 36.5, source: 'assumed' },
  healthySpread: { value: 0.35, source: 'assumed' },
  febrileMean: { value: 38.3, source: FEVER_CLINIC },
  febrileSpread: { value: 0.67, source: FEVER_CLINIC },
  /** Armpit less forehead, of the healthy, at this ambient; in proportion to body less air elsewhere. */
  gap: { value: 0.5, source: CHEN },
  gapAmbient: { value: 24, source: 'assumed: a heated hall' },
  /** More of a gap for each degree of fever: the skin is kept cool while fever rises. */
  gapPerFeverDegree: { value: 0.3, source: `${FEVER_CLINIC}: the slope` },
  /** One forehead beside another, at the same body temperature. */
  foreheadSpread: {
    value: 0.35,
    source: 'between 0.24 of Dzien 2021 after an hour and 0.55 of the fever clinic',
  },
  /** Fresh in from the cold: so much lower for each degree that it was colder outside. */
  chillPerDegree: { value: 0.1475, source: DZIEN },
  chillFastShare: { value: 0.512, source: DZIEN },
  chillFastMinutes: { value: 0.65, source: DZIEN },
  chillSlowMinutes: { value: 4.28, source: DZIEN },
  chillSpread: { value: 0.42, source: `${DZIEN}: of the chill, by person` },
  /** Patch of bare forehead, and the sensor's cone: further away it sees the wall too. */
  foreheadCentimetres: { value: 5, source: 'assumed' },
  coneDegrees: { value: 5, source: MELEXIS },
  sensorSpread: { value: 0.1, source: `${MELEXIS}: taken for two standard deviations` },
  sampleNoise: { value: 0.04, source: 'assumed' },
  ambientSpread: { value: 0.5, source: 'assumed: the sensor’s case for the air' },
} as const satisfies Record<string, Sourced>;

/** Where a lane stands and who comes to it. */
export interface Scene {
  readonly name: string;
  /** Of the hall; where the two differ, a day's range. */
  readonly ambient: readonly [from: number, to: number];
  /** Of the street; people come in from it so many minutes before. Absent: they have been inside for long. */
  readonly outside?: { readonly celsius: number; readonly minutes: readonly [number, number] };
  readonly centimetres: readonly [from: number, to: number];
  /** What the sensor has drifted by since its certificate. */
  readonly drift: number;
}

export const SCENES: readonly Scene[] = [
  { name: 'hall at 24', ambient: [24, 24], centimetres: [30, 50], drift: 0 },
  { name: 'cool hall at 18', ambient: [18, 18], centimetres: [30, 50], drift: 0 },
  { name: 'warm hall at 30', ambient: [30, 30], centimetres: [30, 50], drift: 0 },
  { name: 'a year, 16 to 32', ambient: [16, 32], centimetres: [30, 50], drift: 0 },
  { name: 'unheated hall at 12', ambient: [12, 12], centimetres: [30, 50], drift: 0 },
  {
    name: 'in from 0 to 18, half a minute ago',
    ...{ ambient: [18, 18], centimetres: [30, 50], drift: 0 },
    outside: { celsius: 0, minutes: [0.2, 0.8] },
  },
  {
    name: 'in from 0 to 18, five minutes ago',
    ...{ ambient: [18, 18], centimetres: [30, 50], drift: 0 },
    outside: { celsius: 0, minutes: [4, 6] },
  },
  { name: 'standing too far off', ambient: [24, 24], centimetres: [60, 70], drift: 0 },
  { name: 'drifted by -0.3', ambient: [24, 24], centimetres: [30, 50], drift: -0.3 },
];
