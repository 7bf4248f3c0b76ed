import { parse } from 'csv-parse/sync';
import type { ImportCode } from './import-problem.ts';
import { importGroupRowsCount, importRowBytesMax } from './limits.ts';

/** One record of a CSV file: the fields of the row that began at line `row`. */
export type CsvRecord =
  | { readonly row: number; readonly fields: readonly string[] }
  | { readonly row: number; readonly code: ImportCode; readonly final: boolean };

/** Puts lines together to records (RFC 4180: a quoted field may hold line ends) and takes them apart. */
export interface CsvReader {
  line(row: number, text: string): readonly CsvRecord[];
  /** What is complete and was not told yet. */
  flush(): readonly CsvRecord[];
  end(): readonly CsvRecord[];
}

/** The delimiter is whichever of comma, tab and semicolon the first line has most of. */
export function csvReader(): CsvReader {
  let delimiter: string | undefined;
  let open: Raw | undefined;
  let group: Raw[] = [];

  const flush = (): readonly CsvRecord[] => {
    const records = parseGroup(group, delimiter ?? ',');
    group = [];
    return records;
  };
  return {
    line: (row, text) => {
      if (open === undefined && text.trim() === '') return [];
      delimiter ??= delimiterOf(text);
      const raw: Raw = open
        ? { row: open.row, text: `${open.text}\n${text}`, lines: open.lines + 1 }
        : { row, text, lines: 1 };
      // Quotes come in pairs, so a line end inside an odd one is part of a field.
      const quotes = countOf(text, '"') + (open === undefined ? 0 : 1);
      if (quotes % 2 === 1) {
        open = raw;
        if (raw.text.length <= importRowBytesMax) return [];
        open = undefined;
        return [...flush(), { row: raw.row, code: 'quote-unclosed', final: true }];
      }
      open = undefined;
      group.push(raw);
      return group.length < importGroupRowsCount ? [] : flush();
    },
    flush,
    end: () => {
      const { row } = open ?? {};
      const left = flush();
      return row === undefined ? left : [...left, { row, code: 'quote-unclosed', final: true }];
    },
  };
}

interface Raw {
  readonly row: number;
  readonly text: string;
  readonly lines: number;
}

function parseGroup(group: readonly Raw[], delimiter: string): readonly CsvRecord[] {
  const whole = fieldsOf(group.map(({ text }) => text).join('\n'), delimiter);
  if (whole?.length === group.length)
    return group.map(({ row }, index) => ({ row, fields: whole[index] ?? [] }));
  // One of them is faulty: each by itself, to know which.
  return group.map(({ row, text, lines }) => {
    const alone = fieldsOf(text, delimiter);
    const [fields] = alone ?? [];
    if (fields !== undefined && alone?.length === 1) return { row, fields };
    // A misplaced quote may have swallowed whole rows: what follows is then a guess.
    return { row, code: 'quote-misplaced', final: lines > 1 };
  });
}

function fieldsOf(text: string, delimiter: string): string[][] | undefined {
  try {
    return parse(text, { delimiter, record_delimiter: '\n', relax_column_count: true });
  } catch {
    return undefined;
  }
}

function delimiterOf(header: string): string {
  const [best = ','] = [',', '\t', ';'].toSorted((a, b) => countOf(header, b) - countOf(header, a));
  return best;
}

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) count++;
  return count;
}
