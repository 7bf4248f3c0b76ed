import fc from 'fast-check';
import { expect, test } from 'vitest';
import { streamNameSchema } from '../../src/replica/streams.ts';
import { formatLiveMarks, liveMarksCharsMax, parseLiveMarks } from '../../src/wire/live.ts';

const stream = fc
  .oneof(
    fc.constantFrom('red', 'control'),
    fc.integer({ min: 110000, max: 999999 }).map((region) => `region/${region}`),
  )
  .map((name) => streamNameSchema.parse(name));
const version = fc.integer({ min: 0, max: 1e15 - 1 });
const marks = fc.uniqueArray(fc.record({ stream, epoch: version, after: version }), {
  minLength: 1,
  maxLength: 8,
  selector: (mark) => mark.stream,
});

test('marks come back as they were written', () => {
  fc.assert(
    fc.property(marks, (some) => {
      expect(parseLiveMarks(formatLiveMarks(some))).toEqual({ ok: true, value: some });
    }),
  );
});

test('whatever else is written is refused, and nothing throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9./,]{0,60}$/)), (text) => {
      const read = parseLiveMarks(text);
      if (read.ok) expect(formatLiveMarks(read.value).length).toBeLessThanOrEqual(text.length);
      else expect(read.refusal.code).toBe('request-invalid');
    }),
  );
  const nine = Array.from({ length: 9 }, (_, i) => `region/33010${i}.1.1`).join(',');
  const long = `red.1.${'1'.repeat(liveMarksCharsMax)}`;
  for (const text of [
    '',
    'red.1',
    'red.1.1,red.1.2',
    'red.1.1,',
    'secret.1.1',
    'red.-1.1',
    nine,
    long,
  ]) {
    expect(parseLiveMarks(text)).toMatchObject({ refusal: { code: 'request-invalid' } });
  }
});
