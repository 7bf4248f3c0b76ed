import { type Draw, mutate } from '../draw.ts';
import { builtEdge, type Target } from '../target.ts';

interface Config {
  parseConfig(text: string, file: string): unknown;
  readonly ConfigError: new () => Error;
}

const messageCharsMax = 100_000;

export const configTarget: Target = {
  name: 'config',
  about: "the gateway's configuration: a ConfigError that says what is wrong, or a configuration",
  prepare: async () => {
    const { parseConfig, ConfigError } = await builtEdge<Config>('config');
    const valid = validConfig();
    const text = Buffer.from(JSON.stringify(valid));
    return (draw) => {
      const broken = draw.chance(0.4)
        ? mutate(text, draw, [text]).toString('utf8')
        : JSON.stringify(withBrokenValue(valid, draw));
      try {
        parseConfig(broken, 'gateway.json');
        return 'ok';
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        if (error.message.length > messageCharsMax) throw new Error('an endless message');
        return 'config-error';
      }
    };
  },
};

function validConfig(): object {
  const device = (name: string) => ({
    device: name,
    lane: 'lane-1',
    passwordSha256: 'ab'.repeat(32),
  });
  return {
    gateway: 'gw-1',
    dataDir: '/var/lib/greengate',
    cloud: { url: 'https://cloud.example' },
    rootKey: 'cd'.repeat(32),
    streams: ['control', 'red', 'region/330100'],
    mqtt: { host: '127.0.0.1', port: 1883 },
    panel: { host: '127.0.0.1', port: 8080 },
    lanes: [
      {
        lane: 'lane-1',
        scanner: { kind: 'serial', path: '/dev/ttyUSB0', baudRate: 9600 },
        thermometer: 'thermometer-1',
        turnstile: { kind: 'mqtt', device: 'turnstile-1' },
      },
    ],
    devices: [device('turnstile-1'), device('thermometer-1')],
  };
}

const strangers = [
  null,
  true,
  -1,
  0,
  1e308,
  2 ** 53,
  '',
  'x'.repeat(5000),
  '\u202e',
  [],
  {},
  [[[]]],
  { __proto__: 1 },
];

/** One place in it, however deep, holds something that it should not; or a name that nobody knows is there. */
function withBrokenValue(value: unknown, draw: Draw): unknown {
  if (typeof value !== 'object' || value === null || draw.chance(0.15)) {
    return draw.pick<unknown>(strangers.flatMap((stranger) => [stranger])) ?? null;
  }
  if (Array.isArray(value)) {
    if (draw.chance(0.2)) return Array.from({ length: draw.int(700) }, () => value[0] as unknown);
    const at = draw.int(value.length);
    return value.map((item: unknown, i) => (i === at ? withBrokenValue(item, draw) : item));
  }
  const names = Object.keys(value);
  if (draw.chance(0.1)) return { ...value, [draw.pick(['__proto__', 'constructor', 'x'])]: 1 };
  const name = draw.pick(names);
  const entries = Object.entries(value as Record<string, unknown>);
  if (draw.chance(0.1)) return Object.fromEntries(entries.filter(([key]) => key !== name));
  return Object.fromEntries(
    entries.map(([key, item]) => [key, key === name ? withBrokenValue(item, draw) : item]),
  );
}
