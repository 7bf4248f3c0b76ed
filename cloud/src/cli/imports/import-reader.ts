import { type Cells, columnNames, readCells, readHeader } from './import-cells.ts';
import { type CsvReader, type CsvRecord, csvReader } from './import-csv.ts';
import { cutElements, isSpace } from './import-json.ts';
import type { ImportKind } from './import-kinds.ts';
import {
  type Cutter,
  cutLines,
  type ImportEncoding,
  type Piece,
  rowDecoder,
} from './import-lines.ts';
import { type ImportCode, type ImportProblem, importProblem } from './import-problem.ts';
import { importRowBytesMax, importRowsCountMax } from './limits.ts';

/** One row of an import file, or what is wrong with it. After a `final` one nothing comes. */
export type ImportItem<Row> =
  | { readonly row: number; readonly value: Row }
  | {
      readonly row: number;
      readonly problems: readonly ImportProblem[];
      /** What follows cannot be told apart any more. */
      readonly final: boolean;
    };

export interface ImportOptions {
  readonly encoding: ImportEncoding;
  /** Leave out columns that are none of ours, instead of refusing them. */
  readonly ignoreOtherColumns: boolean;
}

/** Reads a file as its bytes come. The same bytes give the same items, however they are chunked. */
export interface ImportReader<Row> {
  push(chunk: Uint8Array): readonly ImportItem<Row>[];
  end(): readonly ImportItem<Row>[];
}

/**
 * Reads CSV (with a header), a JSON array of objects or one JSON object a line: which of them, the first character
 * says. Memory is bounded by `limits.ts`, whatever the file.
 */
export function importReader<Row>(
  kind: ImportKind<Row>,
  options: ImportOptions,
  rowsMax = importRowsCountMax,
): ImportReader<Row> {
  let head: Uint8Array = new Uint8Array(0);
  let form: Form<Row> | undefined;
  const gate = gateOf<Row>(rowsMax);
  const begin = (atEnd: boolean): readonly ImportItem<Row>[] => {
    const start = startOf(head, atEnd);
    if (start === undefined) return [];
    form = formOf(head[start.first], kind, options);
    const bytes = head.subarray(form.fromFirst ? start.first : start.afterMark);
    head = new Uint8Array(0);
    return form.push(bytes);
  };
  return {
    push: (chunk) => {
      if (form !== undefined) return gate.pass(form.push(chunk));
      head = Buffer.concat([head, chunk]);
      return gate.pass(begin(false));
    },
    end: () => {
      const first = form === undefined ? begin(true) : [];
      const items = gate.pass([...first, ...(form?.end() ?? [])]);
      return gate.isEmpty() ? [fault(1, 'file-empty')] : items;
    },
  };
}

/** Lets nothing through after a final fault, nor more rows than there may be. */
function gateOf<Row>(rowsMax: number) {
  let rows = 0;
  let ended = false;
  const pass = (item: ImportItem<Row>): readonly ImportItem<Row>[] => {
    if (ended) return [];
    rows += 1;
    const over = rows > rowsMax;
    ended = over || ('problems' in item && item.final);
    return [over ? fault(item.row, 'rows-too-many') : item];
  };
  return {
    pass: (items: readonly ImportItem<Row>[]) => items.flatMap(pass),
    isEmpty: () => rows === 0,
  };
}

interface Form<Row> extends ImportReader<Row> {
  /** Whether it wants the bytes from the first one that is no space on; else all, to count lines. */
  readonly fromFirst: boolean;
}

function formOf<Row>(
  first: number | undefined,
  kind: ImportKind<Row>,
  options: ImportOptions,
): Form<Row> {
  const [bracket, brace] = Buffer.from('[{');
  if (first === bracket) return { fromFirst: true, ...jsonForm(cutElements(), kind, options) };
  if (first === brace) return { fromFirst: false, ...jsonForm(cutLines(), kind, options) };
  return { fromFirst: false, ...csvForm(kind, options) };
}

const MARK = [0xef, 0xbb, 0xbf];

/** Where the byte order mark ends and where the first byte stands that is no space; undefined while it is not there. */
function startOf(
  head: Uint8Array,
  atEnd: boolean,
): { readonly afterMark: number; readonly first: number } | undefined {
  const mark = MARK.findIndex((byte, index) => head[index] !== byte);
  // A mark that is cut off by the end of a chunk may go on in the next.
  if (mark === head.length && !atEnd) return undefined;
  const afterMark = mark === -1 ? MARK.length : 0;
  const found = head.subarray(afterMark).findIndex((byte) => !isSpace(byte));
  if (found === -1)
    return atEnd || head.length > importRowBytesMax ? { afterMark, first: head.length } : undefined;
  return { afterMark, first: afterMark + found };
}

function fault(row: number, code: ImportCode) {
  return { row, problems: [importProblem(row, '', code)], final: true } as const;
}

function jsonForm<Row>(
  cutter: Cutter,
  kind: ImportKind<Row>,
  { ignoreOtherColumns }: ImportOptions,
): ImportReader<Row> {
  const decode = rowDecoder('utf-8');
  const nameOf = columnNames(kind.columns);
  const read = (piece: Piece): readonly ImportItem<Row>[] => {
    const { row } = piece;
    if ('code' in piece) return [fault(row, piece.code)];
    if (piece.bytes.every(isSpace)) return [];
    const text = decode(piece.bytes);
    if (text === undefined) return [fault(row, 'encoding-invalid')];
    const object = objectIn(text);
    if (object === undefined) return [fault(row, 'json-malformed')];
    const cells = cellsOf(object, nameOf, ignoreOtherColumns, row);
    const result = 'problems' in cells ? cells : readCells(kind, cells.cells, row);
    return ['problems' in result ? { row, ...result, final: false } : { row, ...result }];
  };
  return {
    push: (chunk) => cutter.push(chunk).flatMap(read),
    end: () => cutter.end().flatMap(read),
  };
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function cellsOf(
  object: object,
  nameOf: (name: string) => string | undefined,
  ignoreOthers: boolean,
  row: number,
): { readonly cells: Cells } | { readonly problems: readonly ImportProblem[] } {
  const cells = new Map<string, unknown>();
  const problems: ImportProblem[] = [];
  for (const [index, [key, value]] of Object.entries(object).entries()) {
    const name = nameOf(key);
    if (name === undefined) {
      if (!ignoreOthers) problems.push(importProblem(row, String(index + 1), 'column-unknown'));
    } else if (cells.has(name)) problems.push(importProblem(row, name, 'column-repeated'));
    else cells.set(name, value);
  }
  return problems.length > 0 ? { problems } : { cells };
}

function csvForm<Row>(kind: ImportKind<Row>, options: ImportOptions): ImportReader<Row> {
  const cutter = cutLines();
  const decode = rowDecoder(options.encoding);
  const csv: CsvReader = csvReader();
  let names: readonly (string | undefined)[] | undefined;

  const record = (one: CsvRecord): readonly ImportItem<Row>[] => {
    const { row } = one;
    if ('code' in one)
      return [{ row, problems: [importProblem(row, '', one.code)], final: one.final || !names }];
    if (names === undefined) {
      const header = readHeader(one.fields, kind.columns, options.ignoreOtherColumns, row);
      if ('problems' in header) return [{ row, problems: header.problems, final: true }];
      names = header;
      return [];
    }
    const result = readFields(kind, names, one.fields, row);
    return ['problems' in result ? { row, ...result, final: false } : { row, ...result }];
  };
  const line = (piece: Piece): readonly CsvRecord[] => {
    const { row } = piece;
    if ('code' in piece) return [...csv.flush(), { row, code: piece.code, final: true }];
    const text = decode(piece.bytes);
    return text === undefined
      ? [...csv.flush(), { row, code: 'encoding-invalid', final: true }]
      : csv.line(row, text);
  };
  return {
    push: (chunk) => cutter.push(chunk).flatMap(line).flatMap(record),
    end: () => [...cutter.end().flatMap(line), ...csv.end()].flatMap(record),
  };
}

function readFields<Row>(
  kind: ImportKind<Row>,
  names: readonly (string | undefined)[],
  fields: readonly string[],
  row: number,
): { readonly value: Row } | { readonly problems: readonly ImportProblem[] } {
  const surplus = fields.findIndex((field, index) => index >= names.length && field !== '');
  if (surplus !== -1)
    return { problems: [importProblem(row, String(surplus + 1), 'columns-too-many')] };
  const cells = new Map<string, unknown>();
  for (const [index, name] of names.entries()) {
    if (name !== undefined) cells.set(name, fields[index] ?? '');
  }
  return readCells(kind, cells, row);
}
