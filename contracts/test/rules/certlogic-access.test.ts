import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileAccess } from '../../src/rules/certlogic-access.ts';
import { access, CertLogicDateTime } from '../../src/rules/certlogic-values.ts';

const names = [
  'a',
  'b',
  '0',
  '01',
  'length',
  'map',
  'toString',
  '__proto__',
  'constructor',
  'epochMs',
  'toJSON',
];

it('a compiled path reads what access reads, from any JSON', () => {
  const keys = fc.constantFrom(...names);
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom<unknown>(null, 1, 'text', new CertLogicDateTime(0)),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(keys, tie('json'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 5 }), json, (path, data) => {
      expect(compileAccess(path)(data)).toBe(access(data, path));
    }),
    { numRuns: 2000 },
  );
});
