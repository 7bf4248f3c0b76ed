import { problemRowsCountMax } from '@greengate/contracts/limits';
import type { ProblemRow } from '@greengate/contracts/wire/problem';
import type { z } from 'zod';
import { parseWith } from '../body.ts';
import { ProblemError } from '../problem.ts';

/** What speaks against a row that fits its schema: the field, and the problem in a word. */
export type RowCheck<Row> = (row: Row) => Pick<ProblemRow, 'field' | 'problem'> | undefined;

/**
 * The rows of an import, which stand under `name` in the body: all of them or none. Refuses `request-invalid` and
 * names the wrong rows by their index, never what they hold.
 */
export function readRows<Name extends string, Row>(
  body: unknown,
  schema: z.ZodType<Record<Name, Row[]>>,
  name: Name,
  check: RowCheck<Row> = () => undefined,
): readonly Row[] {
  const parsed = schema.safeParse(body);
  const wrong = parsed.success
    ? checked(parsed.data[name], check)
    : misfits(parsed.error.issues, name);
  if (wrong.length > 0) throw refusal(wrong);
  return parseWith(schema, body)[name];
}

function checked<Row>(rows: readonly Row[], check: RowCheck<Row>): ProblemRow[] {
  return rows.flatMap((row, index) => {
    const problem = check(row);
    return problem === undefined ? [] : [{ row: index, ...problem }];
  });
}

/** Empty where it is not a row that is wrong. */
function misfits(issues: readonly z.core.$ZodIssue[], name: string): ProblemRow[] {
  return issues.flatMap(({ path: [list, row, ...field], code }) => {
    if (list !== name || typeof row !== 'number') return [];
    const known = field.filter((step) => /^\w{1,32}$/.test(String(step)));
    return [{ row, field: known.join('.'), problem: code }];
  });
}

function refusal(wrong: readonly ProblemRow[]): ProblemError {
  const rowsWrong = new Set(wrong.map(({ row }) => row)).size;
  const rows = wrong.slice(0, problemRowsCountMax);
  const said = rows
    .slice(0, 5)
    .map(({ row, field, problem }) => `${row} (${field || 'row'}: ${problem})`);
  const detail = `Nothing was taken: correct ${rowsWrong} rows, counted from 0: ${said.join(', ')}${wrong.length > said.length ? ' ...' : ''}.`;
  return new ProblemError('request-invalid', detail, { rows, rowsWrong });
}
