import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CloseReason, MqttGuard, type Uplink } from '../../src/devices/mqtt-guard.ts';
import { ManualTime } from '../fakes/manual-time.ts';
import { placeOf, topicOf } from '../fakes/mqtt-station.ts';
import { connectPacket, packet, publishPacket, subscribePacket } from '../fakes/raw-mqtt.ts';

/** A socket that takes everything and reads when it is told to. */
class FakeSocket extends Duplex {
  readonly said: Buffer[] = [];
  writes = 0;
  isFrozen = false;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.said.push(chunk);
    this.writes += 1;
    if (!this.isFrozen) done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.said.push(...chunks.map(({ chunk }) => chunk));
    this.writes += 1;
    if (!this.isFrozen) done();
  }

  hear(bytes: Buffer): void {
    this.emit('data', bytes);
  }
}

class Rig {
  readonly time = new ManualTime();
  readonly socket = new FakeSocket();
  readonly uplinks: Uplink[] = [];
  readonly refused: CloseReason[] = [];
  connects = 0;
  readonly guard = new MqttGuard(this.socket, {
    clock: this.time.clock,
    timers: this.time.timers,
    placeOf: (id) => (id === 'scanner-1' ? placeOf(id) : undefined),
    onConnect: () => {
      this.connects += 1;
    },
    onUplink: (uplink) => this.uplinks.push(uplink),
    onRefused: (reason) => this.refused.push(reason),
  });

  connect(keepAlive = 60): this {
    this.socket.hear(connectPacket({ id: 'scanner-1', keepAlive }));
    return this;
  }

  admitted(keepAlive = 60): this {
    this.connect(keepAlive);
    this.guard.admit();
    this.guard.begin();
    this.toBroker();
    return this;
  }

  /** What went on to the broker since the last time. */
  toBroker(): Buffer {
    return (this.guard.read() as Buffer | null) ?? Buffer.alloc(0);
  }
}

const scanTopic = topicOf('scanner-1', 'scan');
const stateTopic = topicOf('scanner-1', 'state');

describe('MqttGuard', () => {
  it('hands a well-formed CONNECT to the broker, unchanged', () => {
    const rig = new Rig().connect();
    expect(rig.connects).toBe(1);
    expect(rig.toBroker()).toEqual(connectPacket({ id: 'scanner-1' }));
  });

  it('takes reports out before the broker, with the time of their last byte', () => {
    const rig = new Rig().admitted();
    const bytes = publishPacket(scanTopic, '{"code":"X"}', 2);
    rig.socket.hear(bytes.subarray(0, 20));
    rig.time.advance(30);
    rig.socket.hear(bytes.subarray(20));
    expect(rig.uplinks).toEqual([
      {
        channel: 'scan',
        place: placeOf('scanner-1'),
        payload: '{"code":"X"}',
        at: rig.time.clock.mono(),
        retained: false,
      },
    ]);
    expect(rig.toBroker()).toHaveLength(0);
    expect(rig.socket.said.at(-1)).toEqual(Buffer.from([0x40, 2, 0, 7]));
  });

  it('acknowledges nothing at QoS 0', () => {
    const rig = new Rig().admitted();
    rig.socket.hear(publishPacket(scanTopic, '{}'));
    expect(rig.uplinks).toHaveLength(1);
    expect(rig.socket.said).toEqual([]);
  });

  it('tells of a state and passes it on', () => {
    const rig = new Rig().admitted();
    const bytes = publishPacket(stateTopic, '{"state":"online"}', 1);
    rig.socket.hear(bytes);
    expect(rig.uplinks).toMatchObject([{ channel: 'state', retained: true }]);
    expect(rig.toBroker()).toEqual(bytes);
  });

  it('looks at nothing after the CONNECT until the client was let in', () => {
    const rig = new Rig();
    rig.socket.hear(
      Buffer.concat([connectPacket({ id: 'scanner-1' }), publishPacket(scanTopic, '{}')]),
    );
    expect(rig.uplinks).toEqual([]);
    rig.socket.hear(publishPacket(scanTopic, '{}'));
    expect(rig.uplinks).toEqual([]);
    rig.guard.admit();
    rig.guard.begin();
    expect(rig.uplinks).toHaveLength(2);
  });

  it('lets nobody send much before the CONNACK', () => {
    const rig = new Rig().connect();
    rig.socket.hear(Buffer.alloc(9000));
    expect(rig.refused).toEqual(['mqtt-too-large']);
  });

  it('gives a CONNECT five seconds, and its answer too', () => {
    const silent = new Rig();
    silent.time.advance(5000);
    expect(silent.refused).toEqual(['connect-late']);
    const waiting = new Rig().connect();
    waiting.time.advance(5000);
    expect(waiting.refused).toEqual(['connect-late']);
    expect(waiting.guard.destroyed).toBe(true);
    expect(waiting.time.waiting).toBe(0);
  });

  it('closes a client that is silent for 1.5 times its keep-alive', () => {
    const rig = new Rig().admitted(10);
    rig.time.advance(14_000);
    rig.socket.hear(packet(0xc0));
    rig.time.advance(14_999);
    expect(rig.refused).toEqual([]);
    rig.time.advance(1);
    expect(rig.refused).toEqual(['keep-alive-missed']);
    expect(rig.time.waiting).toBe(0);
  });

  it.each([0, 65_535])('watches a keep-alive of %d as one of 60', (keepAlive) => {
    const rig = new Rig().admitted(keepAlive);
    rig.time.advance(89_999);
    expect(rig.refused).toEqual([]);
    rig.time.advance(1);
    expect(rig.refused).toEqual(['keep-alive-missed']);
  });

  it('keeps a client that only reports: the broker never saw it, the guard did', () => {
    const rig = new Rig().admitted(2);
    for (let second = 0; second < 20; second++) {
      rig.time.advance(1000);
      rig.socket.hear(publishPacket(scanTopic, '{}'));
    }
    expect(rig.refused).toEqual([]);
  });

  it("closes a flooding client as 'overloaded' (F9)", () => {
    const rig = new Rig().admitted();
    for (let sent = 0; sent < 501; sent++) rig.socket.hear(publishPacket(scanTopic, '{}'));
    expect(rig.uplinks).toHaveLength(500);
    expect(rig.refused).toEqual(['overloaded']);
  });

  it('never makes the broker wait, and closes a client that does not read', () => {
    const rig = new Rig().admitted();
    rig.socket.isFrozen = true;
    let answered = 0;
    const chunk = Buffer.alloc(4096);
    let written = 0;
    while (!rig.guard.destroyed) {
      const isRoom = rig.guard.write(chunk, () => {
        answered += 1;
      });
      expect(isRoom).toBe(!rig.guard.destroyed);
      written += chunk.length;
    }
    expect(rig.refused).toEqual(['unread-too-much']);
    expect(written).toBeLessThanOrEqual(256 * 1024 + 2 * chunk.length);
    expect(rig.socket.destroyed).toBe(true);
    return new Promise<void>((done) => {
      setImmediate(() => {
        expect(answered).toBe(written / chunk.length);
        done();
      });
    });
  });

  it('writes what the broker wrote in one tick as one', async () => {
    const rig = new Rig().admitted();
    rig.guard.cork();
    rig.guard.write(Buffer.from([1]));
    rig.guard.write(Buffer.from([2, 3]));
    rig.guard.uncork();
    await new Promise((done) => setImmediate(done));
    expect(rig.socket.said).toEqual([Buffer.from([1, 2, 3])]);
  });

  it('answers what came together in one write', async () => {
    const rig = new Rig().admitted();
    const report = publishPacket(topicOf('scanner-1', 'scan'), '{}', 2);
    rig.socket.hear(Buffer.concat([report, report, report]));
    await new Promise((done) => setImmediate(done));
    expect(rig.socket.writes).toBe(1);
    expect(Buffer.concat(rig.socket.said).length).toBe(3 * 4);
  });

  it('waits for a broker that has enough to read, and then goes on', async () => {
    const rig = new Rig().admitted();
    const states = 12;
    const payload = `"${'x'.repeat(4000)}"`;
    for (let sent = 0; sent < states; sent++) rig.socket.hear(publishPacket(stateTopic, payload));
    expect(rig.uplinks.length).toBeLessThan(states);
    expect(rig.socket.isPaused()).toBe(true);
    let read = 0;
    for (let turn = 0; turn < 50; turn++) {
      read += rig.toBroker().length;
      await new Promise((done) => setImmediate(done));
    }
    expect(rig.uplinks).toHaveLength(states);
    expect(read).toBe(states * publishPacket(stateTopic, payload).length);
    expect(rig.socket.isPaused()).toBe(false);
  });

  it('never throws, whatever it hears, and says why it closed', () => {
    const wellFormed = fc.constantFrom(
      connectPacket({ id: 'scanner-1' }),
      publishPacket(scanTopic, '{"code":"X"}', 2),
      publishPacket(stateTopic, '{"state":"online"}', 1),
      subscribePacket(topicOf('scanner-1', 'command')),
      packet(0xc0),
      packet(0x40, [0, 1]),
    );
    const bent = fc.tuple(wellFormed, fc.nat(), fc.nat(255)).map(([bytes, at, value]) => {
      const copy = Buffer.from(bytes);
      copy[at % copy.length] = value;
      return copy;
    });
    const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    const hearing = fc.array(fc.oneof(wellFormed, bent, noise), { maxLength: 12 });
    fc.assert(
      fc.property(fc.boolean(), hearing, (isAdmitted, heard) => {
        const rig = new Rig();
        if (isAdmitted) rig.admitted();
        for (const bytes of heard) rig.socket.hear(bytes);
        expect(rig.refused.length).toBe(rig.guard.destroyed ? 1 : 0);
        for (const uplink of rig.uplinks) expect(uplink.place.device).toBe('scanner-1');
        rig.guard.destroy();
      }),
      { numRuns: 10_000 },
    );
  });

  it('hears the same in any chopping', () => {
    const said = Buffer.concat([
      publishPacket(scanTopic, '{"code":"A"}', 2),
      packet(0xc0),
      publishPacket(stateTopic, '{"state":"online"}', 1),
      publishPacket(scanTopic, '{"code":"B"}'),
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(said.length), { maxLength: 20 }), (cuts) => {
        const rig = new Rig().admitted();
        const at = [0, ...cuts, said.length].toSorted((a, b) => a - b);
        for (let index = 1; index < at.length; index++) {
          rig.socket.hear(said.subarray(at[index - 1], at[index]));
        }
        expect(rig.uplinks.map(({ payload }) => payload)).toEqual([
          '{"code":"A"}',
          '{"state":"online"}',
          '{"code":"B"}',
        ]);
        rig.guard.destroy();
      }),
      { numRuns: 2000 },
    );
  });
});
