/** Rows by a key, each in the order in which they came. */
export function grouped<R, V>(
  rows: readonly R[],
  entryOf: (row: R) => readonly [key: string, value: V],
): Map<string, V[]> {
  const found = new Map<string, V[]>();
  for (const row of rows) {
    const [key, value] = entryOf(row);
    const held = found.get(key);
    if (held) held.push(value);
    else found.set(key, [value]);
  }
  return found;
}
