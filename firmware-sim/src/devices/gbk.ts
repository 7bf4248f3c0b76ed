const decoder = new TextDecoder('gbk');
let pairs: Map<string, readonly [number, number]> | undefined;

/** Text as a scanner in its factory settings writes it; `?` for what GBK has not. */
export function encodeGbk(text: string): Uint8Array {
  pairs ??= allPairs();
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else bytes.push(...(pairs.get(char) ?? [0x3f]));
  }
  return Uint8Array.from(bytes);
}

function allPairs(): Map<string, readonly [number, number]> {
  const table = new Map<string, readonly [number, number]>();
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      const char = decoder.decode(Uint8Array.of(lead, trail));
      if (trail !== 0x7f && char.length === 1 && !table.has(char)) table.set(char, [lead, trail]);
    }
  }
  return table;
}
