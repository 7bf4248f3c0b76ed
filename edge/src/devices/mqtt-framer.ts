import { ok, type Result, refuse } from '@greengate/contracts/result';

/** One MQTT control packet, cut from the stream: MQTT 3.1.1 section 2. */
export interface MqttFrame {
  readonly type: number;
  readonly flags: number;
  /** The whole packet. Shares memory with the input. */
  readonly bytes: Buffer;
  /** What follows the fixed header. */
  readonly body: Buffer;
}

// A remaining length has four bytes at most (2.2.3).
const lengthBytesMax = 4;
const empty = Buffer.alloc(0);

interface Header {
  readonly headerBytes: number;
  readonly packetBytes: number;
}

/**
 * Cuts a byte stream into MQTT packets and counts before it keeps: a packet that says it is too large is
 * refused at its header, and what is held is the one packet that is not whole yet. Linear in its input,
 * however that was chopped.
 */
export class MqttFramer {
  #input: Buffer = empty;
  #partial: Buffer | undefined;
  #header: Header | undefined;
  #filledBytes = 0;

  /** Input that no packet was cut from yet. */
  get heldBytes(): number {
    return this.#input.length;
  }

  push(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
  }

  /** Lets go of everything: the connection is over, and others may still hold on to it for a while. */
  clear(): void {
    this.#input = empty;
    this.#partial = undefined;
  }

  /** The next whole packet, undefined when more bytes are needed. A refusal is for good: the stream is lost. */
  next(bytesMax: number): Result<MqttFrame | undefined> {
    if (!this.#partial) {
      const header = readHeader(this.#input, bytesMax);
      if (!header.ok) return header;
      if (!header.value) {
        // A copy: a slice of four bytes must not keep its 64 KiB chunk alive.
        this.#input = Buffer.from(this.#input);
        return ok(undefined);
      }
      if (header.value.packetBytes <= this.#input.length) {
        const bytes = this.#input.subarray(0, header.value.packetBytes);
        this.#input = this.#input.subarray(header.value.packetBytes);
        return ok(frame(bytes, header.value.headerBytes));
      }
      this.#header = header.value;
      this.#partial = Buffer.alloc(header.value.packetBytes);
      this.#filledBytes = 0;
    }
    return ok(this.#fill(this.#partial));
  }

  #fill(partial: Buffer): MqttFrame | undefined {
    const taken = this.#input.copy(partial, this.#filledBytes);
    this.#filledBytes += taken;
    this.#input = taken === this.#input.length ? empty : this.#input.subarray(taken);
    if (this.#filledBytes < partial.length) return undefined;
    this.#partial = undefined;
    return frame(partial, this.#header?.headerBytes ?? 0);
  }
}

function frame(bytes: Buffer, headerBytes: number): MqttFrame {
  const first = bytes[0] ?? 0;
  return { type: first >> 4, flags: first & 0x0f, bytes, body: bytes.subarray(headerBytes) };
}

function readHeader(input: Buffer, bytesMax: number): Result<Header | undefined> {
  let remaining = 0;
  for (let at = 1; at <= lengthBytesMax; at++) {
    const byte = input[at];
    if (byte === undefined) return ok(undefined);
    remaining += (byte & 0x7f) * 128 ** (at - 1);
    if (byte >= 0x80) continue;
    // One encoding a length: a last byte of zero says nothing that a shorter one would not.
    if (byte === 0 && at > 1) return refuse('mqtt-malformed', 'length not minimal');
    const packetBytes = 1 + at + remaining;
    if (packetBytes > bytesMax) return refuse('mqtt-too-large', 'packet');
    return ok({ headerBytes: 1 + at, packetBytes });
  }
  return refuse('mqtt-malformed', 'length of more than 4 bytes');
}
