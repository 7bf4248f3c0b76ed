import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { noI2cFaults } from '../../hil/fuse/i2c-dev.ts';
import { startRig } from '../../hil/fuse/rig.ts';
import { fuseMachine } from './fuse-machine.ts';
import { piBank, WordRegisters } from './fuse-rig.ts';

const main = resolve(import.meta.dirname, '../../../edge/dist/main.js');
const modules = fuseMachine();
const WAIT = { timeout: 30_000, interval: 50 };
const GRANT = 17;

function configFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-fuse-gateway-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = {
    ...{ gateway: 'gw-1', dataDir: join(folder, 'data'), cloud: { url: 'http://127.0.0.1:9' } },
    ...{ rootKey: 'b'.repeat(64), streams: ['control', 'red', 'region/330100'] },
    ...{ mqtt: { host: '127.0.0.1', port: 0 }, panel: { host: '127.0.0.1', port: 0 } },
    lanes: [
      {
        lane: 'lane-1',
        scanner: { kind: 'mqtt', device: 'scanner-1' },
        thermometer: null,
        turnstile: {
          kind: 'gpio',
          grant: { line: GRANT, activeLow: true },
          pass: { line: 22, activeLow: true },
          fire: { line: 23, activeLow: true },
        },
      },
    ],
    devices: [{ device: 'scanner-1', lane: 'lane-1', passwordSha256: 'a'.repeat(64) }],
  };
  writeFileSync(join(folder, 'gateway.json'), JSON.stringify(config));
  return join(folder, 'gateway.json');
}

function startGateway(config: string, bank = piBank()) {
  const rig = startRig({
    ...{ bank, modules: modules ?? [], limitMs: 60_000 },
    i2c: { target: new WordRegisters(0x5a), faults: noI2cFaults() },
    command: [process.execPath, main, '--config', config],
  });
  onTestFinished(() => rig.stop());
  let log = '';
  rig.child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const until = (word: string) => expect.poll(() => log, WAIT).toContain(word);
  return { rig, bank, until, log: () => log };
}

describe.runIf(modules !== undefined)('the whole gateway, over FUSE', () => {
  test('takes its lines at rest, and gives its relay no level at start, kill and start again', {
    timeout: 90_000,
  }, async () => {
    const config = configFile();
    const first = startGateway(config);
    const { bank } = first;
    for (const line of [22, 23]) bank.drive(line, 0);
    await first.until('"running"');
    expect(bank.isOutput(GRANT)).toBe(true);
    expect([bank.edge(22), bank.edge(23)]).toEqual(['both', 'both']);
    await first.rig.stop();
    const second = startGateway(config, bank);
    await second.until('"running"');
    expect(second.log()).not.toContain('gpio-refused');
    expect(bank.trace.filter(({ line }) => line === GRANT)).toEqual([]);
  });

  test('a line that somebody else holds is asked for until it is free; the gateway runs meanwhile', {
    timeout: 90_000,
  }, async () => {
    const bank = piBank();
    bank.faults.busy.add(GRANT);
    const { until } = startGateway(configFile(), bank);
    await until('"gpio-line-busy"');
    await until('"running"');
    bank.faults.busy.clear();
    await until('"gpio-open"');
    expect(bank.isOutput(GRANT)).toBe(true);
  });
});
