import type { ImportColumn, ImportKind } from './import-kinds.ts';
import { type ImportCode, type ImportProblem, importProblem } from './import-problem.ts';
import { folded } from './import-values.ts';
import { importColumnsCountMax } from './limits.ts';

/** What one row holds, by our column names. Values are not trusted to be texts: JSON holds anything. */
export type Cells = ReadonlyMap<string, unknown>;

/** Our name of a column for the name that a file gives it; undefined when it is none of ours. */
export function columnNames(
  columns: readonly ImportColumn[],
): (name: string) => string | undefined {
  const known = new Map(
    columns.flatMap(({ name, aliases }) => [name, ...aliases].map((one) => [folded(one), name])),
  );
  return (name) => known.get(folded(name));
}

/**
 * Which of our columns each column of a header is; or every fault of it. A column that is not ours is told by its
 * number, because a file without a header begins with a person.
 */
export function readHeader(
  header: readonly string[],
  columns: readonly ImportColumn[],
  ignoreOthers: boolean,
  row: number,
): readonly (string | undefined)[] | { readonly problems: readonly ImportProblem[] } {
  if (header.length > importColumnsCountMax)
    return { problems: [importProblem(row, '', 'columns-too-many')] };
  const nameOf = columnNames(columns);
  const names = header.map(nameOf);
  const problems = names.flatMap((name, index) => {
    if (name === undefined)
      return ignoreOthers ? [] : [importProblem(row, String(index + 1), 'column-unknown')];
    return names.indexOf(name) < index ? [importProblem(row, name, 'column-repeated')] : [];
  });
  for (const { name, fallback } of columns) {
    if (fallback === undefined && !names.includes(name))
      problems.push(importProblem(row, name, 'column-missing'));
  }
  return problems.length > 0 ? { problems } : names;
}

/** A row, or every fault of it. */
export function readCells<Row>(
  kind: ImportKind<Row>,
  cells: Cells,
  row: number,
): { readonly value: Row } | { readonly problems: readonly ImportProblem[] } {
  const problems: ImportProblem[] = [];
  const fault = (column: string, code: ImportCode): void =>
    void problems.push(importProblem(row, column, code));
  const texts = textsOf(kind.columns, cells, fault);
  if (problems.length > 0) return { problems };
  const values = valuesOf(kind, texts, fault);
  if (problems.length > 0) return { problems };
  // Readers answer what the wire takes; that they do is checked here and not hoped.
  return { value: kind.schema.parse(Object.fromEntries(values)) };
}

type Fault = (column: string, code: ImportCode) => void;

function textsOf(
  columns: readonly ImportColumn[],
  cells: Cells,
  fault: Fault,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { name, fallback } of columns) {
    const cell = cells.get(name) ?? '';
    const text = typeof cell === 'string' && cell.trim() === '' ? fallback : cell;
    if (text === undefined) fault(name, 'value-missing');
    else if (typeof text !== 'string') fault(name, 'value-not-text');
    else texts.set(name, text);
  }
  return texts;
}

function valuesOf(
  { columns, order }: ImportKind<unknown>,
  texts: ReadonlyMap<string, string>,
  fault: Fault,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const textIn = (column: string): string => texts.get(column) ?? '';
  for (const { name, read } of columns) {
    const reading = read?.(textIn(name), textIn);
    if (reading === undefined) continue;
    if ('value' in reading) values.set(name, reading.value);
    else fault(reading.column ?? name, reading.code);
  }
  const [from, until] = (order ?? []).map((column) => values.get(column));
  if (from !== undefined && until !== undefined && until < from)
    fault(order?.[1] ?? '', 'dates-reversed');
  return values;
}
