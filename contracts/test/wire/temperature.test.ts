import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTemperature } from '../../src/wire/temperature.ts';
import { must, refused } from '../refused.ts';

describe('readTemperature (T18)', () => {
  test.each([
    ['{"celsius":36.5}', 3650],
    ['{"celsius":37.3}', 3730],
    ['{"celsius":37.294}', 3729],
    ['{"celsius":37.295}', 3730],
    ['{"celsius":30}', 3000],
    ['{"celsius":45.0}', 4500],
    [' {"celsius" : 3.65e1} ', 3650],
  ])('%s is %i hundredths', (payload, centiC) => {
    expect(must(readTemperature(payload)).objectCentiC).toBe(centiC);
  });

  test('takes the temperature of the air along, where it is told', () => {
    expect(must(readTemperature('{"celsius":36.5,"ambientCelsius":-3.456}'))).toEqual({
      objectCentiC: 3650,
      ambientCentiC: -346,
    });
    expect(must(readTemperature('{"celsius":36.5}')).ambientCentiC).toBeUndefined();
    expect(refused(readTemperature('{"celsius":36.5,"ambientCelsius":null}'))).toBe(
      'temperature-invalid',
    );
  });

  test.each([
    '',
    'null',
    '36.5',
    '"36.5"',
    '[36.5]',
    '{}',
    '{"celsius":null}',
    '{"celsius":"36.5"}',
    '{"celsius":"NaN"}',
    '{"celsius":NaN}',
    '{"celsius":Infinity}',
    '{"celsius":1e999}',
    '{"celsius":-1e999}',
    '{"celsius":true}',
    '{"celsius":[36.5]}',
    '{"celsius":36,5}',
    '{"celsius":36.5',
    '{"celsius":36.5}{"celsius":36.5}',
    '{"celsius":36.5,"unit":"C"}',
    '{"celsius":36.5,"__proto__":{}}',
    '{"Celsius":36.5}',
    '\ufeff{"celsius":36.5}',
    '{"celsius":３６.５}',
    '\0',
  ])('T18 %j is "temperature-invalid"', (payload) => {
    expect(refused(readTemperature(payload))).toBe('temperature-invalid');
  });

  test.each([
    -273, -273.15, -0, 0, 10, 29.99, 45.01, 85.0, 97.7, 127.96875, 1000, 1e308, -1e308, 5e-324,
  ])('T18 %f degrees are "temperature-out-of-range"', (celsius) => {
    expect(refused(readTemperature(JSON.stringify({ celsius })))).toBe('temperature-out-of-range');
  });

  test('T18 any number is within the range, or a fault', () => {
    fc.assert(
      fc.property(fc.double(), (celsius) => {
        const reading = readTemperature(JSON.stringify({ celsius }));
        if (reading.ok) {
          const { objectCentiC } = reading.value;
          expect(objectCentiC).toBeGreaterThanOrEqual(3000);
          expect(objectCentiC).toBeLessThanOrEqual(4500);
          expect(Number.isInteger(objectCentiC)).toBe(true);
        } else expect(reading.refusal.code).toMatch(/^temperature-(invalid|out-of-range)$/);
      }),
    );
  });

  test('T18 any text is a reading or a fault, never an exception', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (payload) => {
        const reading = readTemperature(payload);
        if (!reading.ok) expect(reading.refusal.code).toMatch(/^temperature-/);
      }),
    );
  });
});
