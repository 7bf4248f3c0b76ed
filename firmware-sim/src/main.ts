import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { epochMs, monoMs } from '@greengate/contracts/time';
import { type MqttAccess, openMqttLink } from './devices/mqtt-link.ts';
import { createMqttScanner } from './devices/mqtt-scanner.ts';
import { createMqttThermometer } from './devices/mqtt-thermometer.ts';
import { createMqttTurnstile } from './devices/mqtt-turnstile.ts';
import { openHandScanner, openPtyScanner } from './devices/pty-scanner.ts';
import { parseLine, type StationReport, stationOrderSchema } from './messages.ts';
import type { Clock, Scanner, Timers } from './ports.ts';
import { createPrng } from './prng.ts';
import type { PhoneCrypto } from './shown-code.ts';
import { createStation, type PluggedLane } from './station.ts';
import { type LaneConfig, type StationConfig, stationConfigSchema } from './station-config.ts';

const clock: Clock = { now: () => epochMs(Date.now()), mono: () => monoMs(performance.now()) };
const timers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

function main(): void {
  const [flag, file] = process.argv.slice(2);
  if (flag !== '--config' || file === undefined) {
    console.error(
      'usage: main.js --config FILE   (orders on stdin, reports on stdout: see messages.ts)',
    );
    process.exit(2);
  }
  const config = stationConfigSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const lines: Lines = { serial: {}, hand: {} };
  const plugged = config.lanes.map((lane) => plugIn(lane, config, lines));
  const crypto = phoneCrypto();
  const station = createStation(config, plugged, newPhoneKey(), { clock, timers, crypto, report });
  report({ kind: 'plugged', ...lines });

  const orders = createInterface({ input: process.stdin });
  orders.on('line', (line) => {
    const order = parseLine(stationOrderSchema, line);
    if (order?.kind === 'start') station.start();
    else if (order?.kind === 'gateway') station.gateway(order.up);
    else if (order?.kind === 'stop') void station.stop().then(() => report({ kind: 'stopped' }));
  });
  // Whoever started this station is gone, or done with it.
  orders.on('close', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
  process.stdout.on('error', () => process.exit(0));
}

/** Pseudo-terminals by lane: the gateway's ends, and those that somebody scans on by hand. */
interface Lines {
  readonly serial: Record<string, string>;
  readonly hand: Record<string, string>;
}

function plugIn(lane: LaneConfig, config: StationConfig, lines: Lines): PluggedLane {
  let losses = 0;
  const unit = createPrng(config.seed).fork(`network ${lane.lane}`).unit;
  const link = (device: { device: MqttAccess['place']['device']; password: string }) => {
    const place = { gateway: config.gateway, lane: lane.lane, device: device.device };
    const access = { ...config.mqtt, place, password: device.password };
    return (options: Parameters<typeof openMqttLink>[1]) =>
      openMqttLink(
        access,
        {
          ...options,
          onChange: (connected) => {
            if (!connected) losses += 1;
            options.onChange?.(connected);
          },
        },
        { timers, unit },
      );
  };

  const turnstile = createMqttTurnstile(link(lane.turnstile), { clock, timers });
  const thermometer = lane.thermometer
    ? createMqttThermometer(link(lane.thermometer)({}))
    : undefined;
  const scanner = plugScanner(lane, (device) => createMqttScanner(link(device)({}), clock), lines);
  return {
    lane: lane.lane,
    devices: scanner ? { scanner, thermometer, turnstile } : null,
    turnstile,
    losses: () => losses,
  };
}

function plugScanner(
  { lane, scanner }: LaneConfig,
  overMqtt: (device: Extract<LaneConfig['scanner'], { kind: 'mqtt' }>) => Scanner,
  { serial, hand }: Lines,
): Scanner | undefined {
  switch (scanner.kind) {
    case 'none':
      return undefined;
    case 'hand': {
      const line = openHandScanner();
      serial[lane] = line.path;
      hand[lane] = line.handPath;
      return undefined;
    }
    case 'mqtt':
      return overMqtt(scanner);
    case 'pty': {
      const pty = openPtyScanner({ clock, timers });
      serial[lane] = pty.path;
      return pty;
    }
  }
}

function phoneCrypto(): PhoneCrypto {
  const keys = new Map<string, KeyObject>();
  return {
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
    signP256: (phoneKey, message) => {
      const der = Buffer.from(phoneKey, 'base64');
      const key =
        keys.get(phoneKey) ?? createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      keys.set(phoneKey, key);
      return sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
    },
  };
}

function newPhoneKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}

function report(message: StationReport): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

main();
