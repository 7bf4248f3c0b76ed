import type { ReasonCode } from '@greengate/contracts/refusals';
import { refuse } from '@greengate/contracts/result';
import type { Draw } from '../draw.ts';
import { builtEdge, outcomeOf, type Target } from '../target.ts';

interface Frame {
  readonly kind: string;
  readonly text?: string;
  readonly reason?: ReasonCode;
}

interface Demux {
  push(chunk: Uint8Array, at: number): void;
  idle(at: number): void;
}

interface Demuxing {
  readonly ScanDemux: new (format: object, sink: (frame: Frame) => void) => Demux;
}

const formats = [
  { replies: ['gm65', 'mt1', 'ssi'] },
  { replies: ['gm65'], charset: 'gbk', prefix: '<', suffix: '>', readFail: 'NG' },
  { replies: ['gm65', 'mt1', 'ssi'], endsBySilenceMs: 60 },
  {},
];
const lateMs = 10_000;

export const demuxTarget: Target = {
  name: 'demux',
  about: 'the line of a serial scanner: codes, replies and noise, however they are chopped',
  prepare: async () => {
    const { ScanDemux } = await builtEdge<Demuxing>('devices/scan-demux');
    const { scanLineBytesMax } = await builtEdge<{ scanLineBytesMax: number }>('devices/limits');
    return (draw) => {
      const format = draw.pick(formats);
      const input = stream(draw, scanLineBytesMax);
      const read = (chunks: readonly Buffer[]) => {
        const frames: Frame[] = [];
        const demux = new ScanDemux(format, (frame) => frames.push(frame));
        for (const chunk of chunks) demux.push(chunk, 0);
        demux.idle(lateMs);
        return frames;
      };
      const frames = read([input]);
      if (JSON.stringify(frames) !== JSON.stringify(read(chop(input, draw)))) {
        throw new Error('chopping changed what was read');
      }
      return outcome(frames, scanLineBytesMax);
    };
  },
};

function outcome(frames: readonly Frame[], charsMax: number): string {
  for (const { text, reason } of frames) {
    if (text !== undefined && text.length > charsMax) throw new Error('a code too long');
    if (reason !== undefined) outcomeOf(refuse(reason));
  }
  const { kind, reason } = frames[0] ?? { kind: 'nothing' };
  return kind === 'code' ? 'ok' : (reason ?? kind);
}

const replies = [
  '02000001003331',
  '02000002a50f7d04',
  '5a010002900093a5',
  '5a01000456312e307ca5',
  '04d00000ff2c',
  '07c60000ffeb01fd48',
].map((hex) => Buffer.from(hex, 'hex'));
const ends = ['\r', '\n', '\r\n', '\t', '', '\0'].map((text) => Buffer.from(text));
const texts = ['GC1:', 'Z', '健康码', '<NG>', 'NG', ''].map((text) => Buffer.from(text));
const gbk = Buffer.from('bda1bfb5c2eb', 'hex');

function stream(draw: Draw, bytesMax: number): Buffer {
  const parts: Buffer[] = [];
  for (let left = 1 + draw.int(5); left > 0; left--) {
    if (draw.chance(0.5)) parts.push(piece(draw.pick(replies), draw));
    parts.push(draw.pick(texts));
    if (draw.chance(0.3)) parts.push(gbk);
    if (draw.chance(0.3)) parts.push(draw.bytes(draw.int(20)));
    if (draw.chance(0.02)) parts.push(Buffer.alloc(draw.int(2 * bytesMax), 0x41));
    parts.push(draw.pick(ends));
  }
  return Buffer.concat(parts);
}

/** Whole, or torn, or with a bit turned. */
function piece(reply: Buffer, draw: Draw): Buffer {
  if (draw.chance(0.6)) return reply;
  const torn = Buffer.from(reply.subarray(0, 1 + draw.int(reply.length)));
  const at = draw.int(torn.length);
  torn[at] = (torn[at] ?? 0) ^ (1 << draw.int(8));
  return torn;
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
