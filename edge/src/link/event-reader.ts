/** One event of a line: its name, and what its data says in base64 or, of the last event, as text. */
export interface LineEvent {
  readonly name: string;
  readonly data: string;
}

/**
 * Cuts server-sent events out of the bytes of an answer, as our cloud writes them: `event:` and one `data:`; what else
 * stands there (comments, other fields) is passed over. Answers undefined once an event is longer than `charsMax`.
 */
export function createEventReader(
  charsMax: number,
): (chunk: Uint8Array) => LineEvent[] | undefined {
  let held = '';
  return (chunk) => {
    const parts = (held + Buffer.from(chunk).toString('latin1')).split('\n\n');
    held = parts.pop() ?? '';
    if (held.length > charsMax || parts.some((part) => part.length > charsMax)) return undefined;
    return parts.flatMap((part) => eventOf(part) ?? []);
  };
}

function eventOf(text: string): LineEvent | undefined {
  const fields = new Map(
    text.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const;
    }),
  );
  const [name, data] = [fields.get('event'), fields.get('data')];
  return name === undefined || data === undefined ? undefined : { name, data };
}
