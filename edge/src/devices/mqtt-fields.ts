/**
 * Reads the fields of one packet. A field that is not there, or not UTF-8, reads as empty and marks the
 * whole as broken: the caller asks once, at the end.
 */
export class MqttFields {
  readonly #body: Buffer;
  #at = 0;
  #broken = false;

  constructor(body: Buffer) {
    this.#body = body;
  }

  get rest(): number {
    return this.#body.length - this.#at;
  }

  /** True when every field was there and nothing is left over. */
  isWhole(): boolean {
    return !this.#broken && this.rest === 0;
  }

  isBroken(): boolean {
    return this.#broken;
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  number(): number {
    const bytes = this.take(2);
    return bytes.length === 2 ? bytes.readUInt16BE(0) : 0;
  }

  take(count: number): Buffer {
    if (count > this.rest) {
      this.#broken = true;
      this.#at = this.#body.length;
      return Buffer.alloc(0);
    }
    this.#at += count;
    return this.#body.subarray(this.#at - count, this.#at);
  }

  /** Bytes with their length before them. */
  binary(): Buffer {
    return this.take(this.number());
  }

  /** A UTF-8 string (1.5.3): well-formed, no surrogates, no U+0000. */
  text(): string {
    const bytes = this.binary();
    let text = '';
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      this.#broken = true;
    }
    if (text.includes('\0')) this.#broken = true;
    return text;
  }
}
