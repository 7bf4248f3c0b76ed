import { expect, test } from 'vitest';
import { openLinuxI2cBus } from '../../src/devices/linux-i2c-bus.ts';
import { memoryLog } from '../fakes/memory-log.ts';

test('a bus that is not there is told at each transfer, never thrown', async () => {
  const bus = openLinuxI2cBus(200, memoryLog());
  const transfers = await Promise.all([
    bus.transfer(0x5a, Uint8Array.of(7), 3),
    bus.transfer(0x3a, Uint8Array.of(0x24, 0x0b), 2),
  ]);
  for (const transfer of transfers) {
    expect(transfer).toMatchObject({ ok: false, refusal: { code: 'thermometer-bus-stuck' } });
  }
  await bus.close();
});

/** The package, with what it was asked; its next call fails with `error` if there is one. */
function recordingPackage(error?: object) {
  const asked: string[] = [];
  let underWay = 0;
  const call = async (name: string, into?: Buffer) => {
    asked.push(name);
    underWay += 1;
    if (underWay > 1) throw new Error('two transfers at a time');
    await new Promise((done) => setImmediate(done));
    underWay -= 1;
    if (error) throw Object.assign(new Error('failed'), error);
    into?.fill(7);
    return { bytesRead: into?.length ?? 0, bytesWritten: 0 };
  };
  const bus = {
    i2cRead: (address: number, length: number, into: Buffer) =>
      call(`read ${address} ${length}`, into),
    i2cWrite: (address: number, _length: number, bytes: Buffer) =>
      call(`write ${address} ${bytes.toString('hex')}`),
    readI2cBlock: (address: number, command: number, length: number, into: Buffer) =>
      call(`block ${address} ${command} ${length}`, into),
    close: async () => void asked.push('close'),
  };
  return { asked, load: () => ({ openPromisified: async () => bus }) };
}

test('a command is one block, a long address a write and a read, one transfer at a time', async () => {
  const { asked, load } = recordingPackage();
  const bus = openLinuxI2cBus(1, memoryLog(), load);
  const [block, words] = await Promise.all([
    bus.transfer(0x5a, Uint8Array.of(7), 3),
    bus.transfer(0x3a, Uint8Array.of(0x24, 0x0c), 72),
    bus.transfer(0x3a, Uint8Array.of(0x3f, 0xff, 0, 0), 0),
  ]);
  expect(block.ok && [...block.value]).toEqual([7, 7, 7]);
  expect(words.ok && words.value.length).toBe(72);
  await bus.close();
  expect(asked).toEqual([
    'block 90 7 3',
    'write 58 240c',
    'read 58 72',
    'write 58 3fff0000',
    'close',
  ]);
});

test.each([
  [{ code: 'ENXIO' }, 'thermometer-absent'],
  [{ code: '', errno: 121 }, 'thermometer-absent'],
  [{ code: '', errno: -121 }, 'thermometer-absent'],
  [{ code: 'ETIMEDOUT' }, 'thermometer-bus-stuck'],
  [{ code: 'EBUSY' }, 'thermometer-bus-stuck'],
])('%j is "%s"', async (error, code) => {
  const bus = openLinuxI2cBus(1, memoryLog(), recordingPackage(error).load);
  expect(await bus.transfer(0x5a, Uint8Array.of(7), 3)).toMatchObject({ refusal: { code } });
});
