import { epochMs, monoMs } from '@greengate/contracts/time';
import { SerialPort } from 'serialport';
import { afterEach, describe, expect, test } from 'vitest';
import { openPtyScanner, type PtyScanner } from '../src/devices/pty-scanner.ts';
import type { Clock, Timers } from '../src/ports.ts';

const clock: Clock = { now: () => epochMs(Date.now()), mono: () => monoMs(performance.now()) };
const timers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

let scanner: PtyScanner;
let port: SerialPort;
afterEach(async () => {
  await new Promise((closed) => port.close(closed));
  await scanner.close();
});

async function open(path: string): Promise<{ text: () => string; chunks: () => number }> {
  const chunks: Buffer[] = [];
  port = new SerialPort({ path, baudRate: 9600, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(error) : resolve()));
  });
  port.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { text: () => Buffer.concat(chunks).toString('latin1'), chunks: () => chunks.length };
}

describe('serial scanner on a pseudo-terminal', () => {
  const code = `GC1:${'6BFOXN*TS0BI$ZD'.repeat(20)}`;

  test('serialport reads the code and CR, byte for byte, at the pace of 9600 baud', async () => {
    scanner = openPtyScanner({ clock, timers });
    const read = await open(scanner.path);
    const before = clock.mono();
    const at = await scanner.scan(code);
    expect(at).toBeGreaterThan(before + 200);
    await expect.poll(read.text).toBe(`${code}\r`);
    expect(read.chunks()).toBeGreaterThan(3);
  });

  test('nothing is echoed, and the line outlives the gateway that had it open', async () => {
    scanner = openPtyScanner({ clock, timers });
    const first = await open(scanner.path);
    await scanner.scan('ONE');
    await expect.poll(first.text).toBe('ONE\r');
    await new Promise((closed) => port.close(closed));
    const second = await open(scanner.path);
    await scanner.scan('TWO');
    await expect.poll(second.text).toBe('TWO\r');
  });
});
