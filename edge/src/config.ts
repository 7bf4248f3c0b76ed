import { readFileSync } from 'node:fs';
import {
  deviceIdSchema,
  gatewayIdSchema,
  laneIdSchema,
  sha256HexSchema,
} from '@greengate/contracts/ids';
import { CONTROL, RED, streamNameSchema } from '@greengate/contracts/replica/streams';
import { siteProfileSchema } from '@greengate/contracts/thermometry/site-profile';
import { z } from 'zod';
import { devicesCountMax, gpioLinesCountMax, lanesCountMax } from './limits.ts';

const port = z.int().min(0).max(65_535);
const loopback = z.enum(
  ['127.0.0.1', '::1'],
  'the panel has no sign-in, so it binds to loopback only',
);

const WEDGE =
  'a scanner that types like a keyboard is not accepted: its codes go to whichever program has the focus, are cut and altered ' +
  'by the keyboard layout, and a code can type commands. Set it to "USB virtual COM port" (a code in its manual) and give ' +
  'its /dev/serial/by-id/... with kind "serial"';

/** What a scanner puts around a code: 15 characters at most, as scanners have it (HARDWARE 1). */
const around = z
  .string()
  .max(15)
  .regex(/^[\x20-\x7e]*$/, 'printable ASCII')
  .default('');

const serialScanner = z.strictObject({
  kind: z.literal('serial'),
  path: z
    .string()
    .startsWith('/dev/', 'a device file such as /dev/serial/by-id/...')
    .refine((path) => !/^\/dev\/(?:input\/|hidraw)/.test(path), WEDGE),
  baudRate: z.int().min(1200).max(115_200).default(9600),
  /** `auto`: whoever answers, and nobody answering a scanner that only sends. */
  dialect: z.enum(['auto', 'gm65', 'mt1', 'ssi', 'honeywell', 'line']).default('auto'),
  /** What follows a code; `none`: silence does. */
  tail: z.enum(['cr', 'crlf', 'tab', 'none']).default('cr'),
  /** `keep`: whichever the scanner is set to; both are read. */
  charset: z.enum(['keep', 'utf-8', 'gbk']).default('keep'),
  /** A code that has been away for this long is a new one. Above the second after which scanners repeat it. */
  sameCodeMs: z.int().min(0).max(10_000).default(1500),
  prefix: around,
  suffix: around,
  /** What the scanner sends when it could not read; empty: nothing. */
  readFail: around,
});

const scanner = z.discriminatedUnion('kind', [
  serialScanner,
  z.strictObject({ kind: z.literal('mqtt'), device: deviceIdSchema }),
  z.looseObject({ kind: z.enum(['keyboard', 'usb-hid']) }).transform((_, context): never => {
    context.addIssue({ code: 'custom', message: WEDGE });
    return z.NEVER;
  }),
]);
export type SerialScannerConfig = z.infer<typeof serialScanner>;

const fittedThermometer = z.discriminatedUnion('kind', [
  /** On the station's network. Without a profile it compensates by itself. */
  z.strictObject({
    kind: z.literal('mqtt'),
    device: deviceIdSchema,
    profile: siteProfileSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal('i2c'),
    /** N of /dev/i2c-N, and the address of 7 bits. */
    bus: z.int().min(0).max(255),
    address: z.int().min(0x08).max(0x77),
    chip: z.enum(['mlx90614', 'mlx90632']),
    profile: siteProfileSchema,
  }),
]);

/** A name alone is a device on the station's network. Null: the lane has no thermometer. */
const thermometer = z.preprocess(
  (written) => (typeof written === 'string' ? { kind: 'mqtt', device: written } : written),
  fittedThermometer.nullable(),
);

/** A line of the gateway's own machine, by its number on the chip (BCM number); which level is active is never guessed. */
const line = z.strictObject({
  line: z
    .int()
    .min(0)
    .max(gpioLinesCountMax - 1),
  activeLow: z.boolean(),
});

const turnstile = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mqtt'), device: deviceIdSchema }),
  /** Dry contacts: active is a relay that is on, a contact that is closed. */
  z.strictObject({
    kind: z.literal('gpio'),
    /** Labels that the chip may have; those of a Raspberry Pi's header where none are named. */
    chips: z.array(z.string().min(1).max(31)).min(1).max(8).optional(),
    grant: line,
    refuse: line.optional(),
    refer: line.optional(),
    pass: line,
    fire: line,
  }),
]);

export type TurnstileConfig = z.infer<typeof turnstile>;

const lane = z.strictObject({ lane: laneIdSchema, scanner, thermometer, turnstile });

const streams = z.array(streamNameSchema).min(1);
const lanes = z.array(lane).min(1).max(lanesCountMax);
const devices = z
  .array(
    z.strictObject({ device: deviceIdSchema, lane: laneIdSchema, passwordSha256: sha256HexSchema }),
  )
  .max(devicesCountMax);

/** What must be readable before contradictions can be looked for; what else is wrong is told beside them. */
const named = z.object({ streams, lanes, devices });

/** What a gateway is told at provisioning. Rules and thresholds are not here: they come from the cloud. */
export const gatewayConfigSchema = z
  .strictObject({
    gateway: gatewayIdSchema,
    dataDir: z.string().min(1),
    cloud: z.strictObject({ url: z.url({ protocol: /^https?$/ }) }),
    /** Raw Ed25519 root key, hex, as enrolment answered it. */
    rootKey: z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits, from the enrolment answer'),
    streams,
    mqtt: z.strictObject({ host: z.string(), port }),
    panel: z.strictObject({ host: loopback, port }),
    lanes,
    devices,
  })
  .superRefine(
    (config, context) => {
      for (const message of contradictions(config)) context.addIssue({ code: 'custom', message });
    },
    { when: ({ value }) => named.safeParse(value).success },
  );
export type GatewayConfig = z.infer<typeof gatewayConfigSchema>;
export type LaneConfig = GatewayConfig['lanes'][number];

/** Everything that is wrong with a configuration, at once, each with what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads and checks a configuration file. Throws ConfigError. */
export function readConfig(file: string): GatewayConfig {
  return parseConfig(
    attempt(file, () => readFileSync(file, 'utf8')),
    file,
  );
}

/** Checks the text of a configuration; `file` is what errors call it. Throws ConfigError. */
export function parseConfig(text: string, file: string): GatewayConfig {
  const json = attempt(file, () => JSON.parse(text) as unknown);
  const config = gatewayConfigSchema.safeParse(json);
  if (!config.success) throw new ConfigError(`${file}:\n${z.prettifyError(config.error)}`);
  return config.data;
}

function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new ConfigError(`${file}: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

function contradictions(config: z.infer<typeof named>): string[] {
  const problems: string[] = [];
  const places = new Map<string, string>(
    config.devices.map((device) => [device.device, device.lane]),
  );
  if (places.size < config.devices.length)
    problems.push('two devices have one name: give each its own');
  if (new Set(config.lanes.map((each) => each.lane)).size < config.lanes.length) {
    problems.push('two lanes have one name: give each its own');
  }
  for (const { lane: name, scanner: read, thermometer, turnstile } of config.lanes) {
    const scannerDevice = read.kind === 'mqtt' ? read.device : null;
    for (const device of [scannerDevice, deviceOf(thermometer), deviceOf(turnstile)]) {
      if (device !== null && places.get(device) !== name) {
        problems.push(
          `${name} uses ${device}: add it to devices with lane "${name}" and its password hash`,
        );
      }
    }
  }
  problems.push(...sharedSensors(config.lanes), ...sharedLines(config.lanes));
  for (const stream of [CONTROL, RED]) {
    if (!config.streams.includes(stream)) problems.push(`streams lacks "${stream}": add it`);
  }
  // One table holds the statuses: a new epoch of one region would void the rows of another.
  if (config.streams.filter((name) => name.startsWith('region/')).length !== 1) {
    problems.push('streams names none or several of "region/...": keep the one of this station');
  }
  return problems;
}

type ThermometerConfig = z.infer<typeof lane>['thermometer'];

/** The device of the station's network that it is; null where it hangs on a bus, or is none. */
function deviceOf(fitted: ThermometerConfig | TurnstileConfig): string | null {
  return fitted?.kind === 'mqtt' ? fitted.device : null;
}

function sharedSensors(fitted: readonly z.infer<typeof lane>[]): string[] {
  const sensors = fitted.flatMap(({ thermometer: each }) =>
    each?.kind === 'i2c' ? `${each.bus}/${each.address}` : [],
  );
  return new Set(sensors).size < sensors.length
    ? ['two lanes have one I2C thermometer: give each a bus or an address of its own']
    : [];
}

function sharedLines(fitted: readonly z.infer<typeof lane>[]): string[] {
  const lines = fitted.flatMap(({ turnstile: each }) => linesOf(each));
  const shared = new Set(lines.filter((number, at) => lines.indexOf(number) !== at));
  return [...shared].map(
    (number) => `GPIO line ${number} is used twice: give each contact and relay its own`,
  );
}

function linesOf(turnstile: TurnstileConfig): number[] {
  if (turnstile.kind !== 'gpio') return [];
  const { grant, refuse, refer, pass, fire } = turnstile;
  return [grant, refuse, refer, pass, fire].flatMap((each) => (each ? [each.line] : []));
}
