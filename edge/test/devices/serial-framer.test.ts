import { monoMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SerialFramer } from '../../src/devices/serial-framer.ts';

const now = monoMs(1000);
const lineBytesMax = 544;

const framesOf = (chunks: readonly Uint8Array[]): string[] => {
  const framer = new SerialFramer();
  return chunks
    .flatMap((chunk) => framer.push(chunk, now))
    .map((scan) => (scan.ok ? scan.value.text : scan.refusal.code));
};
const textsOf = (text: string | Buffer) => framesOf([Buffer.from(text)]);

describe('SerialFramer (T17)', () => {
  it.each([
    ['CR', 'GC1:A\rGC1:B\r'],
    ['LF', 'GC1:A\nGC1:B\n'],
    ['CRLF', 'GC1:A\r\nGC1:B\r\n'],
    ['TAB', 'GC1:A\tGC1:B\t'],
    ['all of them', '\r\n\tGC1:A\r\n\r\n\nGC1:B\t\r'],
  ])('ends a line at %s', (_name, text) => {
    expect(textsOf(text)).toEqual(['GC1:A', 'GC1:B']);
  });

  it.each([
    ['NUL', 'GC1:\0A\r'],
    ['ESC', 'GC1:\u001b[A\r'],
    ['DEL', 'GC1:\u007f\r'],
    ['backspace', 'GC1:A\b\r'],
    ['UTF-8', 'GC1:你好\r'],
    ['half of a UTF-8 letter', Buffer.from([0x47, 0xe4, 0xbd, 0x0d])],
    ['GBK, as scanners send it (HARDWARE 1)', Buffer.from([0xc4, 0xe3, 0xba, 0xc3, 0x0d])],
    ['an acknowledgement glued on', Buffer.from([0x02, 0, 0, 1, 0, 0x33, 0x31, 0x41, 0x0d])],
  ])("refuses %s as 'code-malformed' and reads on", (_name, line) => {
    expect(textsOf(Buffer.concat([Buffer.from(line), Buffer.from('NEXT\r')]))).toEqual([
      'code-malformed',
      'NEXT',
    ]);
  });

  it("tells of a line too long once, as 'scan-line-too-long', and reads on after it", () => {
    const longest = 'x'.repeat(lineBytesMax);
    expect(textsOf(`${longest}\r`)).toEqual([longest]);
    expect(textsOf(`${longest}x\rNEXT\r`)).toEqual(['scan-line-too-long', 'NEXT']);
    expect(textsOf(`${longest.repeat(9)}\0\rNEXT\r`)).toEqual(['scan-line-too-long', 'NEXT']);
  });

  it('tells of it before the line ends: a jammed scanner may never end it', () => {
    expect(textsOf('x'.repeat(lineBytesMax + 1))).toEqual(['scan-line-too-long']);
  });

  it('gives the same lines however the bytes were chopped', () => {
    const text = fc
      .array(
        fc.oneof(
          fc.constantFrom('\r', '\n', '\r\n', '\t', '\0', 'é', 'GC1:ABC', 'x'.repeat(300)),
          fc.string({ maxLength: 40 }),
        ),
        { maxLength: 30 },
      )
      .map((parts) => Buffer.from(parts.join('')));
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 30 }), (bytes, cuts) => {
        const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
        at.sort((a, b) => a - b);
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(framesOf(chunks)).toEqual(framesOf([bytes]));
      }),
      { numRuns: 20_000 },
    );
  });

  it('stamps a code with the time of its last byte', () => {
    const framer = new SerialFramer();
    expect(framer.push(Buffer.from('GC1'), monoMs(1000))).toEqual([]);
    expect(framer.push(Buffer.from(':A\r'), monoMs(1100))).toEqual([
      { ok: true, value: { text: 'GC1:A', at: 1100 } },
    ]);
  });

  it('drops half a line after a silence, so that noise does not glue to the next code', () => {
    const framer = new SerialFramer();
    framer.push(Buffer.from('~~noise'), monoMs(1000));
    expect(framer.push(Buffer.from('GC1:A\r'), monoMs(1251))).toMatchObject([
      { ok: true, value: { text: 'GC1:A' } },
    ]);
    framer.push(Buffer.from('GC1:'), monoMs(2000));
    expect(framer.push(Buffer.from('B\r'), monoMs(2250))).toMatchObject([
      { ok: true, value: { text: 'GC1:B' } },
    ]);
  });

  it('forgets an endless line after a silence too', () => {
    const framer = new SerialFramer();
    framer.push(Buffer.alloc(10_000, 0x41), monoMs(1000));
    expect(framer.push(Buffer.from('GC1:A\r'), monoMs(1300))).toMatchObject([{ ok: true }]);
  });

  it('keeps nothing of 10 MB without an end, and takes no longer for the last than for the first', () => {
    const framer = new SerialFramer();
    const chunk = Buffer.alloc(1024 * 1024, 0x41);
    const before = process.memoryUsage().arrayBuffers;
    const begun = performance.now();
    let told = 0;
    for (let each = 0; each < 10; each++) told += framer.push(chunk, now).length;
    expect(told).toBe(1);
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * 1024);
    expect(framer.push(Buffer.from('\rGC1:A\r'), now)).toMatchObject([{ ok: true }]);
  });
});
