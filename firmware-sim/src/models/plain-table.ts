import Table from 'cli-table3';

/** A table without colours and without lines between its rows. */
export function plainTable(head: string[]): Table.Table {
  const chars = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  return new Table({ head, chars, style: { head: [], border: [] } });
}
