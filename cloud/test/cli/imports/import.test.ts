import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  areaImport,
  elsewhereImport,
  type ImportKind,
  listImport,
  travelImport,
} from '../../../src/cli/imports/import-kinds.ts';
import { IMPORT_CODES, importProblem } from '../../../src/cli/imports/import-problem.ts';
import {
  type ImportItem,
  type ImportOptions,
  importReader,
} from '../../../src/cli/imports/import-reader.ts';
import { importRowBytesMax } from '../../../src/cli/imports/limits.ts';
import { residentNumber } from './sample-people.ts';

const PLAIN: ImportOptions = { encoding: 'utf-8', ignoreOtherColumns: false };
const LIST = listImport('confirmed');
const [ADA, BEN] = [residentNumber(1), residentNumber(2)];

function bytesOf(file: string | Uint8Array): Uint8Array {
  return typeof file === 'string' ? new TextEncoder().encode(file) : file;
}

/** `cuts`: where the chunks end. */
function read<Row>(
  file: string | Uint8Array,
  kind: ImportKind<Row>,
  options: Partial<ImportOptions> = {},
  cuts: readonly number[] = [],
): readonly ImportItem<Row>[] {
  const bytes = bytesOf(file);
  const reader = importReader(kind, { ...PLAIN, ...options });
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  let at = 0;
  const items = ends.flatMap((end) => {
    const chunk = bytes.subarray(at, end);
    at = end;
    return reader.push(chunk);
  });
  return [...items, ...reader.end()];
}

function valuesOf<Row>(items: readonly ImportItem<Row>[]): Row[] {
  return items.flatMap((item) => ('value' in item ? [item.value] : []));
}

function problemsOf(items: readonly ImportItem<unknown>[]): string[] {
  return items.flatMap((item) =>
    'problems' in item
      ? item.problems.map(({ row, column, code }) => `${row} ${column} ${code}`.replace('  ', ' '))
      : [],
  );
}

describe('a file of rows', () => {
  test.each<[string, string]>([
    ['English', `idNumber,since\n${ADA},2022-03-01\n`],
    ['Chinese', `证件号码,日期\n${ADA},2022年3月1日\n`],
    ['another spelling', `ID_Number,Since\r\n'${ADA}',2022/3/1`.replace("'", '').replace("'", '')],
    ['a byte order mark', `\uFEFFidNumber,since\n${ADA},20220301\n`],
    ['semicolons', `since;idNumber\n2022-03-01;${ADA}\n`],
    ['tabs', `idNumber\tsince\n${ADA}\t2022.3.1\n`],
    ['quotes', `"idNumber","since"\n"${ADA}","2022-03-01"\n`],
    ['empty lines', `\n\nidNumber,since\n\n${ADA},2022-03-01\n\n`],
    ['a JSON array', JSON.stringify([{ idNumber: ADA, since: '2022-03-01' }], null, 2)],
    ['JSON lines', `{"证件号码":"${ADA}","日期":"2022-03-01"}\n\n`],
    ['JSON after a mark', `\uFEFF [ {"idNumber":"${ADA}","since":"2022-03-01"} ] \n`],
  ])('with %s', (_name, file) => {
    const items = read(file, LIST);
    expect(problemsOf(items)).toEqual([]);
    expect(valuesOf(items)).toEqual([{ idNumber: ADA, since: '2022-03-01', kind: 'confirmed' }]);
  });

  test('of GB 18030, when it is said so; else that is told', () => {
    // 证件号码,日期 as a Chinese Excel writes it.
    const header = Buffer.from('d6a4bcfebac5c2eb2cc8d5c6da0a', 'hex');
    const file = Buffer.concat([header, Buffer.from(`${ADA},2022-03-01\n`)]);
    expect(valuesOf(read(file, LIST, { encoding: 'gb18030' }))).toHaveLength(1);
    expect(problemsOf(read(file, LIST))).toEqual(['1 encoding-invalid']);
  });

  test('of travel, areas and other regions', () => {
    const travel = `身份证号,交通方式,行政区划,离开日期\n${ADA},高铁,420100,2022-03-01\n`;
    expect(valuesOf(read(travel, travelImport))).toEqual([
      { idNumber: ADA, mode: 'rail', division: '420100', leftOn: '2022-03-01' },
    ]);
    const areas =
      '行政区划代码,风险等级,起始日期,截止日期\n４２０１００,高风险,2022-03-01,2022-03-14\n';
    expect(valuesOf(read(areas, areaImport))).toEqual([
      { division: '420100', level: 'high', from: '2022-03-01', until: '2022-03-14' },
    ]);
    const elsewhere = `证件号码,地区,颜色,日期,有效期至\n${ADA},370000,红码,2022-03-01,2022-03-14\n`;
    expect(valuesOf(read(elsewhere, elsewhereImport))).toEqual([
      {
        idNumber: ADA,
        region: '370000',
        colour: 'red',
        since: '2022-03-01T00:00:00+08:00',
        validUntil: '2022-03-14T23:59:59+08:00',
      },
    ]);
  });

  test('a list may name its kind row by row', () => {
    const file = `idNumber,kind,since\n${ADA},密切接触者,2022-03-01\n${BEN},,2022-03-01\n`;
    expect(valuesOf(read(file, LIST)).map(({ kind }) => kind)).toEqual([
      'close-contact',
      'confirmed',
    ]);
    expect(problemsOf(read(file, listImport(undefined)))).toEqual(['3 kind value-missing']);
  });

  test('a passport has a type and a country', () => {
    const header = '证件类型,证件号码,国籍,日期';
    const file = `${header}\n护照,123456789,USA,2022-03-01\n,${ADA},,2022-03-01\n护照,1234,USA,2022-03-01\n护照,123456789,,2022-03-01\n驾照,1,,2022-03-01\n`;
    const items = read(file, LIST);
    expect(valuesOf(items).map(({ idNumber }) => idNumber)).toEqual(['USA-123456789', ADA]);
    expect(problemsOf(items)).toEqual([
      '4 idNumber passport-malformed',
      '5 country country-malformed',
      '6 documentType value-unknown',
    ]);
  });
});

const rowOf = (id: string, since = '2022-03-01') => `idNumber,since\n${id},${since}\n`;
const long = 'x'.repeat(importRowBytesMax + 2);

describe('what is wrong is told by row and column', () => {
  test.each<[string, string | Uint8Array, string[]]>([
    ['an empty file', '', ['1 file-empty']],
    ['white space', ' \n\n ', ['1 file-empty']],
    ['a header alone', 'idNumber,since\n', ['1 file-empty']],
    ['an empty array', '[]', ['1 file-empty']],
    [
      'no header',
      `${ADA},2022-03-01\n`,
      [
        '1 1 column-unknown',
        '1 2 column-unknown',
        '1 idNumber column-missing',
        '1 since column-missing',
      ],
    ],
    ['a column of ours twice', `idNumber,since,日期\n`, ['1 since column-repeated']],
    [
      'a column that is not ours',
      `idNumber,since,name\n${ADA},2022-03-01,Ada\n`,
      ['1 3 column-unknown'],
    ],
    ['many columns', `${','.repeat(70)}\n`, ['1 columns-too-many']],
    ['more fields than columns', `idNumber,since\n${ADA},2022-03-01,1\n`, ['2 3 columns-too-many']],
    ['fewer fields than columns', `idNumber,since\n${ADA}\n`, ['2 since value-missing']],
    ['an empty field', rowOf(' '), ['2 idNumber value-missing']],
    ['a wrong date', rowOf(ADA, '01/03/2022'), ['2 since date-malformed']],
    ['no such day', rowOf(ADA, '2022-02-30'), ['2 since date-impossible']],
    ['look-alikes', rowOf(ADA.replace('0', 'О')), ['2 idNumber id-characters']],
    ['a short number', rowOf('123'), ['2 idNumber id-length']],
    ['a rounded number', rowOf('9.90000E+17'), ['2 idNumber id-rounded']],
    ['a wrong birthday', rowOf('990000197013010017'), ['2 idNumber id-birth-date']],
    [
      'a mistyped number',
      rowOf(`${ADA.slice(0, 16)}${(Number(ADA[16]) + 1) % 10}${ADA[17]}`),
      ['2 idNumber id-checksum'],
    ],
    [
      'a misplaced quote',
      `idNumber,since\n${ADA},2022"-"03-01\n${ADA},2022-03-01\n`,
      ['2 quote-misplaced'],
    ],
    [
      'an unclosed quote',
      `idNumber,since\n"${ADA},2022-03-01\n${ADA},2022-03-01\n`,
      ['2 quote-unclosed'],
    ],
    [
      'a quote that never closes',
      `idNumber,since\n"${`${ADA}\n`.repeat(400)}`,
      ['2 quote-unclosed'],
    ],
    [
      'a quote that swallows rows',
      `idNumber,since\n"${ADA},1\n${ADA},"2\n${ADA},2022-03-01\n`,
      ['2 quote-misplaced'],
    ],
    ['a long row', `idNumber,since\n${ADA},2022-03-01\n${long}\n`, ['3 row-too-long']],
    ['a long element', `[{"idNumber":"${long}"}]`, ['1 row-too-long']],
    ['bytes of no text', Buffer.from([0x69, 0xff, 0x0a]), ['1 encoding-invalid']],
    ['cut JSON', `[{"idNumber":"${ADA}","since":"2022-03-01"},`, ['1 json-malformed']],
    ['JSON that ends inside', '[{"idNumber":', ['1 json-malformed']],
    ['JSON of arrays', '[[1]]', ['1 json-malformed']],
    [
      'JSON with a comma too many',
      `[{"idNumber":"${ADA}","since":"2022-03-01"},]`,
      ['2 json-malformed'],
    ],
    ['something after JSON', `[]{}`, ['1 json-malformed']],
    ['a faulty element', '[{"a":}]', ['1 json-malformed']],
    [
      'a number as a number',
      `[{"idNumber":1,"since":"2022-03-01"}]`,
      ['1 idNumber value-not-text'],
    ],
    [
      'T20 a prototype',
      `[{"__proto__":{"idNumber":"${ADA}"},"since":"2022-03-01"}]`,
      ['1 1 column-unknown'],
    ],
    [
      'a key twice by another name',
      `{"idNumber":"${ADA}","证件号":"${ADA}","since":"2022-03-01"}`,
      ['1 idNumber column-repeated'],
    ],
  ])('%s', (_name, file, expected) => {
    const items = read(file, LIST);
    expect(problemsOf(items)).toEqual(expected);
    expect(JSON.stringify(items.filter((item) => 'problems' in item))).not.toMatch(/9900|Ada/);
  });

  test('words and dates of the other kinds', () => {
    const areas =
      'division,level,from,until\n1,huge,2022-03-02,2022-03-01\n420100,high,2022-03-02,2022-03-01\n';
    expect(problemsOf(read(areas, areaImport))).toEqual([
      '2 division division-malformed',
      '2 level value-unknown',
      '2 until dates-reversed',
      '3 until dates-reversed',
    ]);
  });

  test('more rows than there may be end the file', () => {
    const reader = importReader(LIST, PLAIN, 2);
    const rows = [ADA, BEN, residentNumber(3), residentNumber(4)];
    const items = reader.push(
      bytesOf(rows.map((idNumber) => JSON.stringify({ idNumber, since: '2022-03-01' })).join('\n')),
    );
    expect(valuesOf(items)).toHaveLength(2);
    expect(problemsOf([...items, ...reader.end()])).toEqual(['3 rows-too-many']);
  });

  test('other columns can be left out', () => {
    const csv = `name,idNumber,since\nAda,${ADA},2022-03-01\n`;
    const json = `{"name":{"deep":[1]},"idNumber":"${ADA}","since":"2022-03-01"}`;
    for (const file of [csv, json])
      expect(valuesOf(read(file, LIST, { ignoreOtherColumns: true }))).toHaveLength(1);
  });

  test('rows after a faulty one are read', () => {
    const rows = Array.from({ length: 600 }, (_, i) =>
      i % 100 === 50 ? `${residentNumber(i)},"2022"-03-01` : `${residentNumber(i)},2022-03-01`,
    );
    const items = read(`idNumber,since\n${rows.join('\n')}\n`, LIST);
    expect(problemsOf(items)).toEqual(
      [50, 150, 250, 350, 450, 550].map((i) => `${i + 2} quote-misplaced`),
    );
    expect(valuesOf(items).map(({ idNumber }) => idNumber)).toEqual(
      rows.flatMap((_, i) => (i % 100 === 50 ? [] : [residentNumber(i)])),
    );
  });

  test('a quoted field may hold line ends, and rows are counted by lines', () => {
    const file = `idNumber,since,note\n${ADA},2022-03-01,"a\nb, ""c"""\n${BEN},x,\n`;
    const items = read(file, LIST, { ignoreOtherColumns: true });
    expect([valuesOf(items).length, problemsOf(items)]).toEqual([1, ['4 since date-malformed']]);
  });
});

describe('fuzz', () => {
  const field = fc.oneof(
    fc.constantFrom(
      ADA,
      BEN,
      '2022-03-01',
      '2022-02-30',
      '',
      ' ',
      '"',
      '""',
      '","',
      '\n',
      '\r\n',
      'Ⅹ',
      '证',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const csv = fc
    .array(fc.array(field, { maxLength: 4 }), { maxLength: 30 })
    .map((rows) => `idNumber,since\n${rows.map((row) => row.join(',')).join('\n')}`);
  const json = fc
    .array(
      fc.dictionary(
        fc.constantFrom('idNumber', 'since', '日期', '__proto__', 'x'),
        fc.jsonValue({ maxDepth: 2 }),
      ),
    )
    .chain((rows) =>
      fc.constantFrom(JSON.stringify(rows), rows.map((row) => JSON.stringify(row)).join('\n')),
    );
  const file = fc.oneof(
    csv.map(bytesOf),
    json.map(bytesOf),
    fc.uint8Array({ maxLength: 300 }),
    // Files that are good but for a turned byte.
    fc.tuple(fc.oneof(csv, json).map(bytesOf), fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
      const turned = Uint8Array.from(bytes);
      if (turned.length > 0) turned[at % turned.length] = byte;
      return turned;
    }),
  );

  test('P41 the same bytes give the same rows and faults, however they are chunked', () => {
    const cuts = fc.array(fc.nat(3000), { maxLength: 20 });
    const encoding = fc.constantFrom('utf-8' as const, 'gb18030' as const);
    fc.assert(
      fc.property(file, cuts, encoding, fc.boolean(), (bytes, at, one, ignoreOtherColumns) => {
        const options = { encoding: one, ignoreOtherColumns };
        const whole = read(bytes, LIST, options);
        expect(read(bytes, LIST, options, at)).toEqual(whole);
        expect(whole.length).toBeGreaterThan(0);
        // Numbers, words and dates of ours: nothing that a file could have brought along.
        for (const item of whole) {
          if ('value' in item) continue;
          for (const { row, column, code, ...texts } of item.problems) {
            expect(importProblem(row, column, code)).toEqual({ row, column, code, ...texts });
            expect(column).toMatch(/^(?:idNumber|documentType|country|kind|since|\d{1,3}|)$/);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('byte by byte, a file over the limits too', () => {
    const every = (bytes: Uint8Array) => Array.from(bytes, (_, at) => at);
    for (const text of [
      `idNumber,since\n${ADA},2022-03-01\n${long}`,
      `[{"a":"${long}"}]`,
      `[${`{"idNumber":"${ADA}","since":"2022-03-01"},`.repeat(3)}{}]`,
    ]) {
      const bytes = bytesOf(text);
      expect(read(bytes, LIST, {}, every(bytes))).toEqual(read(bytes, LIST));
    }
  });

  test('every row that is written is read again, whatever stands in its notes', () => {
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const row = fc.record({
      person: fc.nat(999),
      note: fc.string({ unit: 'grapheme', maxLength: 20 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), fc.boolean(), (rows, asJson) => {
        const written = rows.map(({ person, note }) => ({
          idNumber: residentNumber(person),
          since: '2022-03-01',
          note,
        }));
        const lines = written.map((one) => Object.values(one).map(quoted).join(','));
        const text = asJson
          ? JSON.stringify(written)
          : ['idNumber,since,note', ...lines].join('\r\n');
        const items = read(text, LIST, { ignoreOtherColumns: true });
        expect(valuesOf(items).map(({ idNumber }) => idNumber)).toEqual(
          written.map(({ idNumber }) => idNumber),
        );
      }),
    );
  });
});

describe('docs/imports.md', () => {
  const document = readFileSync(join(import.meta.dirname, '../../../../docs/imports.md'), 'utf8');

  test('has every code with its texts', () => {
    for (const code of IMPORT_CODES) {
      const { en, zh } = importProblem(1, '', code);
      expect(document).toContain(`| \`${code}\` | ${en} | ${zh} |`);
    }
  });

  test('names every column and its other names', () => {
    for (const { columns } of [LIST, travelImport, areaImport, elsewhereImport]) {
      for (const { name, aliases } of columns) {
        expect(document).toContain(`\`${name}\``);
        for (const alias of aliases) expect(document).toContain(alias);
      }
    }
  });
});
