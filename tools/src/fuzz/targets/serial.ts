import type { Result } from '@greengate/contracts/result';
import type { Draw } from '../draw.ts';
import { builtEdge, outcomeOf, type Target } from '../target.ts';

interface Framer {
  push(chunk: Uint8Array, at: number): Result<{ readonly text: string }>[];
}

interface SerialFraming {
  readonly SerialFramer: new () => Framer;
}

const idleMs = 10;

export const serialTarget: Target = {
  name: 'serial',
  about: 'the line of a serial scanner: any bytes, however they are chopped, with silences between',
  prepare: async () => {
    const { SerialFramer } = await builtEdge<SerialFraming>('devices/serial-framer');
    const { scanLineBytesMax } = await builtEdge<{ scanLineBytesMax: number }>('devices/limits');
    return (draw) => {
      const input = line(draw, scanLineBytesMax);
      const whole = read(new SerialFramer(), [input]);
      const chopped = read(new SerialFramer(), chop(input, draw));
      if (whole.join('\n') !== chopped.join('\n'))
        throw new Error('chopping changed what was read');
      if (whole.some((text) => text.length > scanLineBytesMax + 'ok '.length)) {
        throw new Error('a line too long');
      }
      return whole[0]?.split(' ')[0] ?? 'nothing';
    };
  },
};

function read(framer: Framer, chunks: readonly Buffer[]): string[] {
  let at = 0;
  return chunks
    .flatMap((chunk) => {
      at += idleMs;
      return framer.push(chunk, at);
    })
    .map((scan) => (scan.ok ? `ok ${scan.value.text}` : outcomeOf(scan)));
}

/** Codes, noise, acknowledgements without an end, lines that are too long, and all the ends there are. */
function line(draw: Draw, bytesMax: number): Buffer {
  const parts: Buffer[] = [];
  for (let left = 1 + draw.int(5); left > 0; left--) {
    const printable = Buffer.from(
      Array.from(
        { length: draw.int(draw.chance(0.1) ? 2 * bytesMax : 40) },
        () => 32 + draw.int(95),
      ),
    );
    parts.push(
      draw.pick([printable, draw.bytes(draw.int(20)), Buffer.from('02000001003331', 'hex')]),
      Buffer.from(draw.pick(['\r', '\n', '\r\n', '\t', '', '\0'])),
    );
  }
  return Buffer.concat(parts);
}

function chop(input: Buffer, draw: Draw): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < input.length; ) {
    const to = at + 1 + draw.int(24);
    chunks.push(input.subarray(at, to));
    at = to;
  }
  return chunks;
}
