/** Factory constants of one MLX90632, as they lie in its EEPROM: signed integers. */
export interface Mlx90632Constants {
  readonly P_R: number;
  readonly P_G: number;
  readonly P_T: number;
  readonly P_O: number;
  readonly Ea: number;
  readonly Eb: number;
  readonly Fa: number;
  readonly Fb: number;
  readonly Ga: number;
  readonly Gb: number;
  readonly Ka: number;
  readonly Ha: number;
  readonly Hb: number;
}

/** RAM of both halves of a medical measurement; `newer` and `older` by the cycle position. */
export interface Mlx90632Raw {
  readonly objectNewer: number;
  readonly objectOlder: number;
  /** RAM_6 and RAM_9: these two do not change places with the cycle. */
  readonly ambient6: number;
  readonly ambient9: number;
}

// Datasheet, "Temperature calculation for medical range": the reference resistor, and the scale of AMB and S.
const REFERENCE = 12;
const SCALE = 2 ** 19;
const KELVIN = 273.15;
// The datasheet asks for three rounds at least; they converge by a factor of thousands each.
const ROUNDS = 5;

/** Temperature of the sensor's own case, degrees Celsius. */
export function ambientCelsius(raw: Mlx90632Raw, c: Mlx90632Constants): number {
  const above = ambientOf(raw, c) - c.P_R * 2 ** -8;
  return c.P_O * 2 ** -8 + above / (c.P_G * 2 ** -20) + c.P_T * 2 ** -44 * above * above;
}

/** Temperature of what it looks at, degrees Celsius, for a black body. NaN where the constants make no sense. */
export function objectCelsius(raw: Mlx90632Raw, c: Mlx90632Constants): number {
  const reference = raw.ambient9 + c.Ka * 2 ** -10 * (raw.ambient6 / REFERENCE);
  const signal = ((raw.objectNewer + raw.objectOlder) / 2 / REFERENCE / reference) * SCALE;
  const caseCelsius = (ambientOf(raw, c) - c.Eb * 2 ** -8) / (c.Ea * 2 ** -16) + 25;
  const caseFourth = (caseCelsius + KELVIN) ** 4;
  let object = 25;
  for (let round = 0; round < ROUNDS; round++) {
    const sensitivity =
      c.Fa *
      2 ** -46 *
      (c.Ha * 2 ** -14) *
      (1 + c.Ga * 2 ** -36 * (object - 25) + c.Fb * 2 ** -36 * (caseCelsius - 25));
    object = (signal / sensitivity + caseFourth) ** 0.25 - KELVIN - c.Hb * 2 ** -10;
  }
  return object;
}

function ambientOf({ ambient6, ambient9 }: Mlx90632Raw, { Gb }: Mlx90632Constants): number {
  const part = ambient6 / REFERENCE;
  return (part / (ambient9 + Gb * 2 ** -10 * part)) * SCALE;
}
