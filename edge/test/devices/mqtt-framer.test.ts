import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MqttFramer } from '../../src/devices/mqtt-framer.ts';
import { packet, publishPacket } from '../fakes/raw-mqtt.ts';

const bytesMax = 8192;

/** Every packet that comes out of these chunks, as hex, and the refusal that ended it. */
function framesOf(chunks: readonly Buffer[]): string[] {
  const framer = new MqttFramer();
  const frames: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (;;) {
      const next = framer.next(bytesMax);
      if (!next.ok) return [...frames, next.refusal.code];
      if (!next.value) break;
      frames.push(next.value.bytes.toString('hex'));
    }
  }
  return frames;
}

function chop(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  at.sort((a, b) => a - b);
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe('MqttFramer', () => {
  it('gives the same packets however the bytes were chopped', () => {
    const packets = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(packets, fc.array(fc.nat(), { maxLength: 12 }), (bodies, cuts) => {
        const whole = bodies.map((body) => packet(0x30, Buffer.from(body)));
        const frames = framesOf(chop(Buffer.concat(whole), cuts));
        expect(frames).toEqual(whole.map((each) => each.toString('hex')));
      }),
      { numRuns: 2000 },
    );
  });

  it('gives the same answer to any bytes however they were chopped', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (bytes, cuts) => {
          const whole = Buffer.from(bytes);
          expect(framesOf(chop(whole, cuts))).toEqual(framesOf([whole]));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('cuts byte by byte', () => {
    const whole = publishPacket('a/b', 'x'.repeat(5000));
    expect(framesOf([...whole].map((byte) => Buffer.from([byte])))).toEqual([
      whole.toString('hex'),
    ]);
  });

  it.each([
    ['five length bytes', [0x30, 0xff, 0xff, 0xff, 0xff, 0x7f], 'mqtt-malformed'],
    ['four bytes that go on', [0x30, 0x80, 0x80, 0x80, 0x80], 'mqtt-malformed'],
    ['a length with a needless byte', [0xc0, 0x80, 0x00], 'mqtt-malformed'],
    ['the longest length there is', [0x30, 0xff, 0xff, 0xff, 0x7f], 'mqtt-too-large'],
    ['one byte over the cap', [0x30, 0xfe, 0x3f], 'mqtt-too-large'],
  ])('refuses %s at its header', (_name, bytes, reason) => {
    expect(framesOf([Buffer.from(bytes)])).toEqual([reason]);
  });

  it('takes a packet of exactly the cap', () => {
    const whole = packet(0x30, Buffer.alloc(bytesMax - 3));
    expect(whole.length).toBe(bytesMax);
    expect(framesOf([whole])).toEqual([whole.toString('hex')]);
  });

  it('holds one packet and no more', () => {
    const framer = new MqttFramer();
    framer.push(Buffer.from([0x30, 0xf0, 0x3f]));
    for (let sent = 0; sent < 8000; sent += 100) {
      expect(framer.next(bytesMax)).toEqual({ ok: true, value: undefined });
      framer.push(Buffer.alloc(100));
    }
    expect(framer.heldBytes).toBeLessThanOrEqual(100);
  });
});
