/** A run of bytes, both ends inclusive (RFC 9110 section 14). */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads a Range header. Undefined: send it all, as for a header that is not one plain range of bytes; null: the
 * range cannot be satisfied.
 */
export function readRange(
  header: string | undefined,
  length: number,
): ByteRange | undefined | null {
  const match = /^bytes=(?<first>\d{0,15})-(?<last>\d{0,15})$/.exec(header ?? '')?.groups;
  if (!match || (match['first'] === '' && match['last'] === '')) return undefined;
  if (match['first'] === '') {
    const suffix = Number(match['last']);
    return suffix === 0 ? null : { first: Math.max(0, length - suffix), last: length - 1 };
  }
  const first = Number(match['first']);
  const last = match['last'] === '' ? length - 1 : Math.min(Number(match['last']), length - 1);
  if (match['last'] !== '' && Number(match['last']) < first) return undefined;
  return first < length ? { first, last } : null;
}
