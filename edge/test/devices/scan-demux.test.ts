import { monoMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScanDemux, type ScanFormat, type ScanFrame } from '../../src/devices/scan-demux.ts';

const now = monoMs(1000);
const lineBytesMax = 544;
const ACK = Buffer.from('02000001003331', 'hex');
const ZONE = Buffer.from('02000002a50f7d04', 'hex');
const MT1_ACK = Buffer.from('5a010002900093a5', 'hex');
const SSI_ACK = Buffer.from('04d00000ff2c', 'hex');
const ALL: ScanFormat = { replies: ['gm65', 'mt1', 'ssi'] };
/** `你好` as a scanner in its factory settings writes it. */
const GBK = Buffer.from('c4e3bac3', 'hex');

function framesOf(chunks: readonly Uint8Array[], format: ScanFormat = ALL): ScanFrame[] {
  const frames: ScanFrame[] = [];
  const demux = new ScanDemux(format, (frame) => frames.push(frame));
  for (const chunk of chunks) demux.push(chunk, now);
  return frames;
}

function told(frame: ScanFrame): string {
  switch (frame.kind) {
    case 'code':
      return frame.text;
    case 'noise':
      return `! ${frame.reason}`;
    case 'reply':
      return `${frame.reply.dialect} ${frame.reply.ok} ${Buffer.from(frame.reply.data).toString('hex')}`;
    default:
      return frame.kind;
  }
}

const read = (bytes: string | Buffer, format?: ScanFormat) =>
  framesOf([Buffer.from(bytes)], format).map(told);
const joined = (...parts: readonly (string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));

describe('ScanDemux: codes (T17)', () => {
  it.each([
    ['CR', 'GC1:A\rGC1:B\r'],
    ['LF', 'GC1:A\nGC1:B\n'],
    ['CRLF', 'GC1:A\r\nGC1:B\r\n'],
    ['TAB', 'GC1:A\tGC1:B\t'],
    ['all of them', '\r\n\tGC1:A\r\n\r\n\nGC1:B\t\r'],
  ])('ends a line at %s', (_name, text) => {
    expect(read(text)).toEqual(['GC1:A', 'GC1:B']);
  });

  it.each([
    ['NUL', 'GC1:\0A\r'],
    ['ESC', 'GC1:\u001b[A\r'],
    ['DEL', 'GC1:\u007f\r'],
    ['backspace', 'GC1:A\b\r'],
    ['half of a letter in UTF-8', Buffer.from([0x47, 0xe4, 0x0d])],
    ['half of a letter in GBK', Buffer.from([0xc4, 0xe3, 0xba, 0x0d])],
    ['a pair that GBK has not', Buffer.from([0xa2, 0xa0, 0x0d])],
    ['FF, as a line without a scanner has it', Buffer.from([0xff, 0xff, 0x0d])],
  ])("refuses %s as 'code-malformed' and reads on", (_name, line) => {
    expect(read(joined(line, 'NEXT\r'))).toEqual(['! code-malformed', 'NEXT']);
  });

  it('reads Chinese in UTF-8 and in GBK, whichever it was told of', () => {
    for (const charset of ['utf-8', 'gbk', 'unknown'] as const) {
      expect(read(joined(GBK, '\r'), { charset })).toEqual(['你好']);
    }
    expect(read('健康码\r', { charset: 'utf-8' })).toEqual(['健康码']);
    expect(read('健康码\r', { charset: 'unknown' })).toEqual(['健康码']);
    // Bytes that are a text in both: what is set decides.
    const both = Buffer.from('c1aacda8', 'hex');
    expect(read(joined(both, '\r'), { charset: 'gbk' })).toEqual(['联通']);
  });

  it("tells of a line too long once, as 'scan-line-too-long', and reads on after it", () => {
    const longest = 'x'.repeat(lineBytesMax);
    expect(read(`${longest}\r`)).toEqual([longest]);
    expect(read(`${longest}x\rNEXT\r`)).toEqual(['! scan-line-too-long', 'NEXT']);
    expect(read(`${longest.repeat(9)}\0\rNEXT\r`)).toEqual(['! scan-line-too-long', 'NEXT']);
    expect(read('x'.repeat(lineBytesMax + 1))).toEqual(['! scan-line-too-long']);
  });

  it("takes prefix and suffix off, and refuses what lacks one as 'code-truncated'", () => {
    const format = { prefix: '<<', suffix: '>>' };
    expect(read('<<GC1:A>>\r', format)).toEqual(['GC1:A']);
    expect(read('GC1:A>>\r<<GC1:A\r<>>\r', format)).toEqual(Array(3).fill('! code-truncated'));
  });

  it('knows what the scanner sends when it could not read', () => {
    expect(read('NG\rNGX\r', { readFail: 'NG' })).toEqual(['read-fail', 'NGX']);
  });
});

describe('ScanDemux: replies share the stream with codes', () => {
  it.each([
    ['an acknowledgement of GM65', ACK, 'gm65 true 00'],
    ['an acknowledgement of MT1', MT1_ACK, 'mt1 true 9000'],
    ['a refusal of MT1', Buffer.from('5a0100026a80e9a5', 'hex'), 'mt1 false 6a80'],
    ['a version of MT1', Buffer.from('5a01000456312e307ca5', 'hex'), 'mt1 true 56312e30'],
    ['an acknowledgement of SSI', SSI_ACK, 'ssi true '],
    ['a refusal of SSI', Buffer.from('05d1000001ff29', 'hex'), 'ssi false 01'],
  ])('parts %s from the code that it is glued on to', (_name, reply, expected) => {
    const frames = read(joined(reply, 'GC1:A\r', reply, reply, 'GC1:B\r'));
    expect(frames).toEqual([expected, 'GC1:A', expected, expected, 'GC1:B']);
  });

  it('reads two bytes back from a zone, CR and LF among them', () => {
    const body = Buffer.from('00020d0a', 'hex');
    const crc = Buffer.alloc(2);
    crc.writeUInt16BE(crcOf(body));
    expect(read(joined('\x02\x00', body, crc, 'GC1:A\r'))).toEqual(['gm65 true 0d0a', 'GC1:A']);
  });

  it('takes nothing for a reply whose checksum is wrong, and loses no code behind it', () => {
    const bent = Buffer.from(ACK);
    bent[6] = 0x30;
    expect(read(joined(bent, '\rGC1:A\r'))).toEqual(['! code-malformed', 'GC1:A']);
    expect(read(joined(ZONE.subarray(0, 5), ACK, '\r'))).toContain('gm65 true 00');
  });

  it('leaves codes with the letter Z alone', () => {
    expect(read('Z\rZZ\rGC1:Z\u005aA\rZGC1\r')).toEqual(['Z', 'ZZ', 'GC1:ZZA', 'ZGC1']);
  });

  it('reads a code that is interrupted by a reply', () => {
    expect(read(joined('GC1:', ACK, 'A\r'))).toEqual(['gm65 true 00', 'GC1:A']);
  });

  it('knows only the replies that it was told of', () => {
    expect(read(joined(ACK, 'A\r'), {})).toEqual(['! code-malformed']);
  });
});

describe('ScanDemux: time', () => {
  function demuxOf(format: ScanFormat) {
    const frames: string[] = [];
    const demux = new ScanDemux(format, (frame) => frames.push(told(frame)));
    return { demux, frames };
  }

  it('stamps a code with the time of its last byte', () => {
    const frames: ScanFrame[] = [];
    const demux = new ScanDemux({}, (frame) => frames.push(frame));
    demux.push(Buffer.from('GC1'), monoMs(1000));
    demux.push(Buffer.from(':A\r'), monoMs(1100));
    expect(frames).toEqual([{ kind: 'code', text: 'GC1:A', at: 1100 }]);
  });

  it('drops half a line after a silence, so that noise does not glue to the next code', () => {
    const { demux, frames } = demuxOf({});
    demux.push(Buffer.from('~~noise'), monoMs(1000));
    demux.push(Buffer.from('GC1:A\r'), monoMs(1251));
    demux.push(Buffer.from('GC1:'), monoMs(2000));
    demux.push(Buffer.from('B\r'), monoMs(2250));
    demux.push(Buffer.alloc(10_000, 0x41), monoMs(3000));
    demux.push(Buffer.from('GC1:C\r'), monoMs(3300));
    expect(frames).toEqual(['GC1:A', 'GC1:B', '! scan-line-too-long', 'GC1:C']);
  });

  it('ends a code by silence where nothing follows it', () => {
    const { demux, frames } = demuxOf({ endsBySilenceMs: 60, replies: ['gm65'] });
    demux.push(joined(ACK, 'GC1:A'), monoMs(1000));
    demux.push(Buffer.from('BC'), monoMs(1060));
    expect(demux.isOpen).toBe(true);
    demux.idle(monoMs(1121));
    expect(demux.isOpen).toBe(false);
    demux.push(Buffer.from('GC1:D'), monoMs(1200));
    demux.push(Buffer.from('GC1:E'), monoMs(1300));
    demux.push(ACK.subarray(0, 3), monoMs(1310));
    demux.idle(monoMs(1400));
    expect(frames).toEqual(['gm65 true 00', 'GC1:ABC', 'GC1:D', '! code-malformed']);
  });

  it('drops the rest of a code that was under way when the line was opened, up to its end or a quiet moment', () => {
    const { demux, frames } = demuxOf({});
    demux.resync(monoMs(1000));
    demux.push(Buffer.from('REST OF IT'), monoMs(1010));
    demux.push(Buffer.from('\rGC1:A\r'), monoMs(1040));
    demux.resync(monoMs(2000));
    demux.push(Buffer.from('REST'), monoMs(2040));
    demux.push(Buffer.from('OF IT'), monoMs(2080));
    demux.push(Buffer.from('GC1:B\r'), monoMs(2130));
    expect(frames).toEqual(['GC1:A', 'GC1:B']);
  });
});

describe('ScanDemux: any bytes', () => {
  const part = fc.oneof(
    fc.constantFrom(ACK, ZONE, MT1_ACK, SSI_ACK, GBK, ACK.subarray(0, 4), MT1_ACK.subarray(0, 5)),
    fc
      .constantFrom('\r', '\n', '\r\n', '\t', '\0', 'é', 'Z', 'GC1:ABC', 'x'.repeat(300))
      .map((text) => Buffer.from(text)),
    fc.string({ maxLength: 40 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  );
  const format = fc.constantFrom<ScanFormat>(
    ALL,
    {},
    { replies: ['gm65'], charset: 'gbk', suffix: 'C' },
    { ...ALL, endsBySilenceMs: 50 },
  );

  it('P66 gives the same frames however the bytes were chopped', () => {
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 30 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        format,
        (parts, cuts, told) => {
          const bytes = Buffer.concat(parts);
          const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
          at.sort((a, b) => a - b);
          const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
          const whole = framesOf([bytes], told);
          expect(framesOf(chunks, told)).toEqual(whole);
          expect(
            framesOf(
              [...bytes].map((byte) => Buffer.of(byte)),
              told,
            ),
          ).toEqual(whole);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('loses no code to a reply before it', () => {
    const reply = fc.constantFrom(ACK, MT1_ACK, SSI_ACK, ZONE);
    const code = fc.stringMatching(/^[0-9A-Z $%*+\-./:]{1,40}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(reply, code), { maxLength: 10 }), (pairs) => {
        const bytes = joined(...pairs.flatMap(([before, text]) => [before, `${text}\r`]));
        const codes = framesOf([bytes]).filter(({ kind }) => kind === 'code');
        expect(codes.map(told)).toEqual(pairs.map(([, text]) => text));
      }),
    );
  });

  it('keeps nothing of 10 MB without an end', () => {
    let frames = 0;
    const demux = new ScanDemux(ALL, () => {
      frames += 1;
    });
    const chunk = Buffer.alloc(1024 * 1024, 0x41);
    const before = process.memoryUsage().arrayBuffers;
    for (let each = 0; each < 10; each++) demux.push(chunk, now);
    expect(frames).toBe(1);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * 1024);
    demux.push(Buffer.from('\rGC1:A\r'), now);
    expect(frames).toBe(2);
  });
});

/** CRC-CCITT bit by bit, as the manual has it: not the driver's own. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 0x80; bit !== 0; bit >>= 1) {
      crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
      if ((byte & bit) !== 0) crc ^= 0x1021;
    }
  }
  return crc & 0xffff;
}
