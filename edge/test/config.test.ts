import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';
import { tempFile } from './fixtures/temp-folder.ts';

const HASH = 'a'.repeat(64);

const good = {
  gateway: 'gw-1',
  dataDir: '/var/lib/greengate',
  cloud: { url: 'https://cloud.example' },
  rootKey: 'b'.repeat(64),
  streams: ['control', 'red', 'region/330100'],
  mqtt: { host: '0.0.0.0', port: 1883 },
  panel: { host: '127.0.0.1', port: 8080 },
  lanes: [
    {
      lane: 'lane-1',
      scanner: { kind: 'mqtt', device: 'scanner-1' },
      thermometer: 'thermo-1',
      turnstile: { kind: 'mqtt', device: 'turnstile-1' },
    },
    {
      lane: 'lane-2',
      scanner: { kind: 'serial', path: '/dev/serial/by-id/usb-1' },
      thermometer: null,
      turnstile: { kind: 'mqtt', device: 'turnstile-2' },
    },
  ],
  devices: [
    { device: 'scanner-1', lane: 'lane-1', passwordSha256: HASH },
    { device: 'thermo-1', lane: 'lane-1', passwordSha256: HASH },
    { device: 'turnstile-1', lane: 'lane-1', passwordSha256: HASH },
    { device: 'turnstile-2', lane: 'lane-2', passwordSha256: HASH },
  ],
};

function read(config: unknown) {
  const file = tempFile('gateway.json');
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  return readConfig(file);
}

function problemsOf(config: unknown): string {
  try {
    read(config);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('a configuration', () => {
  test('that is good is read, with its defaults', () => {
    const config = read(good);
    expect(config.gateway).toBe('gw-1');
    expect(config.lanes[1]?.scanner).toMatchObject({
      ...{ kind: 'serial', baudRate: 9600, dialect: 'auto', tail: 'cr', charset: 'keep' },
      ...{ sameCodeMs: 1500, prefix: '', suffix: '', readFail: '' },
    });
  });

  const line = (number: number) => ({ line: number, activeLow: true });
  const contacts = { kind: 'gpio', grant: line(17), pass: line(22), fire: line(23) };
  const withContacts = (...fitted: object[]) => ({
    ...good,
    lanes: good.lanes.map((lane, i) => ({ ...lane, turnstile: fitted[i] ?? lane.turnstile })),
  });

  test('a turnstile is a device, or contacts and relays of this machine', () => {
    const { lanes } = read(withContacts({ ...contacts, refuse: line(18) }));
    expect(lanes[0]?.turnstile).toEqual({ ...contacts, refuse: line(18) });
    expect(lanes[1]?.turnstile).toEqual({ kind: 'mqtt', device: 'turnstile-2' });
  });

  test('a line has one use, and its active level is never guessed', () => {
    const others = { ...contacts, grant: line(5), pass: line(6), fire: line(17) };
    expect(problemsOf(withContacts(contacts, others))).toContain('GPIO line 17 is used twice');
    const guessed = { ...contacts, grant: { line: 17 } };
    expect(problemsOf(withContacts(guessed))).toContain('activeLow');
    expect(problemsOf(withContacts({ ...contacts, grant: line(1024) }))).toContain('grant.line');
  });

  const calibration = { certificate: 'C-1', from: '2026-01-01', until: '2026-12-31' };
  const sensor = { kind: 'i2c', bus: 1, address: 0x5a, chip: 'mlx90614', profile: { calibration } };
  const withThermometers = (...fitted: unknown[]) => ({
    ...good,
    lanes: good.lanes.map((lane, i) => ({ ...lane, thermometer: fitted[i] ?? null })),
  });

  test('a thermometer is a device, one with a site profile, or a sensor on a bus', () => {
    const mqtt = { kind: 'mqtt', device: 'thermo-1', profile: { calibration } };
    expect(read(good).lanes[0]?.thermometer).toEqual({ kind: 'mqtt', device: 'thermo-1' });
    const { lanes } = read(withThermometers(mqtt, sensor));
    expect(lanes[0]?.thermometer).toMatchObject({ profile: { warmUpSeconds: 1800 } });
    expect(lanes[1]?.thermometer).toMatchObject({ profile: { ambientCentiC: { max: 3200 } } });
  });

  test.for([
    ['no certificate', withThermometers({ ...sensor, profile: {} }), /calibration/],
    ['an address of no device', withThermometers({ ...sensor, address: 0x80 }), /address/],
    ['one sensor twice', withThermometers(sensor, sensor), /two lanes have one I2C thermometer/],
    [
      'a profiled device that is nowhere',
      withThermometers(undefined, { kind: 'mqtt', device: 'thermo-9', profile: { calibration } }),
      /lane-2 uses thermo-9/,
    ],
  ] as const)('of thermometers with %s is refused', ([, config, problem]) => {
    expect(problemsOf(config)).toMatch(problem);
  });

  test.for([
    ['no file at all', undefined, /ENOENT/],
    ['no JSON', '{', /JSON/],
    ['no object', '[]', /object/],
    ['a field that does not exist', { ...good, openAll: true }, /openAll/],
    [
      'T32 a panel that others could reach',
      { ...good, panel: { host: '0.0.0.0', port: 1 } },
      /loopback only/,
    ],
    [
      'a root key that is cut off',
      { ...good, rootKey: 'ab' },
      /64 hex digits, from the enrolment answer/,
    ],
    ['a cloud by file', { ...good, cloud: { url: 'file:///etc' } }, /cloud\.url/],
    ['no lane', { ...good, lanes: [] }, /lanes/],
    ['T12 a name that is a wildcard', { ...good, gateway: '+' }, /gateway/],
    [
      'a baud rate that no scanner has',
      withScanner({ kind: 'serial', path: '/dev/ttyS0', baudRate: 1 }),
      /baudRate/,
    ],
    [
      'a path outside /dev',
      withScanner({ kind: 'serial', path: '/etc/passwd' }),
      /a device file such as/,
    ],
    [
      'a scanner that types like a keyboard',
      withScanner({ kind: 'keyboard', vendor: '0x1234' }),
      /not accepted: its codes go to whichever program has the focus.*USB virtual COM port/s,
    ],
    [
      'a keyboard by its device file',
      withScanner({ kind: 'serial', path: '/dev/input/event3' }),
      /types like a keyboard/,
    ],
    [
      'a dialect that nobody speaks',
      withScanner({ kind: 'serial', path: '/dev/ttyS0', dialect: 'klingon' }),
      /dialect/,
    ],
    [
      'no red stream',
      { ...good, streams: ['control', 'region/330100'] },
      /streams lacks "red": add it/,
    ],
    [
      'no control stream',
      { ...good, streams: ['red', 'region/330100'] },
      /streams lacks "control": add it/,
    ],
    ['no region', { ...good, streams: ['control', 'red'] }, /keep the one of this station/],
    [
      'two regions',
      { ...good, streams: [...good.streams, 'region/420100'] },
      /keep the one of this station/,
    ],
    [
      'two devices of one name',
      { ...good, devices: [...good.devices, good.devices[0]] },
      /two devices have one name/,
    ],
    [
      'two lanes of one name',
      { ...good, lanes: [good.lanes[0], good.lanes[0]] },
      /two lanes have one name/,
    ],
    [
      'a device that is nowhere',
      { ...good, devices: good.devices.slice(1) },
      /lane-1 uses scanner-1: add it to devices with lane "lane-1"/,
    ],
    [
      'a device of another lane',
      { ...good, devices: good.devices.map((each) => ({ ...each, lane: 'lane-2' })) },
      /lane-1 uses turnstile-1/,
    ],
  ] as const)('%s is refused with what to do', ([, config, said]) => {
    const problems = config === undefined ? missing() : problemsOf(config);
    expect(problems).toMatch(said);
  });

  test('everything that is wrong is told at once', () => {
    const problems = problemsOf({
      ...good,
      gateway: '',
      rootKey: '',
      panel: { host: '0.0.0.0', port: 99_999 },
      streams: ['red'],
      devices: [],
    });
    for (const part of [
      'gateway',
      'rootKey',
      'loopback',
      'panel.port',
      'streams lacks "control"',
      'keep the one of this station',
      'lane-1 uses scanner-1',
      'lane-1 uses thermo-1',
      'lane-1 uses turnstile-1',
      'lane-2 uses turnstile-2',
    ]) {
      expect(problems).toContain(part);
    }
  });
});

function withScanner(scanner: object) {
  return { ...good, lanes: [{ ...good.lanes[0], scanner }] };
}

function missing(): string {
  try {
    readConfig('/nonexistent/gateway.json');
  } catch (error) {
    return error instanceof ConfigError ? error.message : '';
  }
  return '';
}
