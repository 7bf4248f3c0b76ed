import { describe, expect, onTestFinished, test } from 'vitest';
import { fuseMachine } from './fuse-machine.ts';
import { startDriven } from './fuse-rig.ts';

const modules = fuseMachine();
const SENSOR = 0x5a;

describe.runIf(modules !== undefined)('i2c-bus, over FUSE', () => {
  const start = () => {
    const driven = startDriven(modules ?? []);
    onTestFinished(() => driven.rig.stop());
    return driven;
  };

  test('reads and writes words, blocks and plain bytes of a register model', async () => {
    const { client } = start();
    await client.call('writeWord', SENSOR, 7, 0x3a12);
    expect(await client.call('readWord', SENSOR, 7)).toBe(0x3a12);
    expect(await client.call('readBlock', SENSOR, 7, 3)).toEqual([0x12, 0x3a, 0xff]);
    expect(await client.call('plainRead', SENSOR, 2)).toEqual([0xff, 0xff]);
  });

  test('a device that is not there is told as the adapter of the machine tells it', async () => {
    const { client, faults } = start();
    // EREMOTEIO has no name in Node: i2c-bus gives an empty code and the number.
    await expect(client.call('readWord', 0x20, 7)).rejects.toThrow('errno 121');
    faults.nack = 'ENXIO';
    await expect(client.call('readWord', 0x20, 7)).rejects.toThrow('ENXIO');
    faults.absent.add(SENSOR);
    await expect(client.call('readWord', SENSOR, 7)).rejects.toThrow('ENXIO');
  });

  test('a stuck bus, a taken address and a flipped bit are each their own', async () => {
    const { client, faults } = start();
    await client.call('writeWord', SENSOR, 7, 0x3a12);
    faults.readsToCorrupt = 1;
    expect(await client.call('readWord', SENSOR, 7)).toBe(0x3a02);
    expect(await client.call('readWord', SENSOR, 7)).toBe(0x3a12);
    faults.isStuck = true;
    await expect(client.call('readWord', SENSOR, 7)).rejects.toThrow('ETIMEDOUT');
    faults.isStuck = false;
    // i2c-bus keeps a descriptor for each address, and names the address once.
    faults.taken.add(0x20);
    await expect(client.call('readWord', 0x20, 7)).rejects.toThrow('EBUSY');
  });
});
