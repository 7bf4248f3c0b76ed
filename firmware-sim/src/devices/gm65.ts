import type { MonoMs } from '@greengate/contracts/time';
import { encodeGbk } from './gbk.ts';
import { type ModelParts, type SerialModel, UartSender } from './serial-model.ts';

const ZONES_COUNT = 0x100;
const GAP_MS_MAX = 400;
/** From a reset or power to the first command that is heard. */
const BOOT_MS = 1200;
const BAUD_CLOCK = 3_000_000;
const ZONE = { mode: 0x00, trigger: 0x02, interval: 0x05, output: 0x0d, sameCode: 0x13 };
const BAUD_ZONE = 0x2a;
const TAIL_ZONE = 0x60;
const RESET_ZONE = 0xd9;
const MODE = { manual: 0, command: 1, continuous: 2 };
const TAILS = ['\r', '\r\n', '\t', ''];

export interface Gm65 extends SerialModel {
  /** A byte of its settings in force. */
  zone(address: number): number;
  /** How often its memory was written. */
  readonly saves: number;
}

/** As it left the factory: continuous, 9600, GBK, CR, and no same-code delay (HARDWARE 1). */
function factoryZones(): Uint8Array {
  const zones = new Uint8Array(ZONES_COUNT);
  zones.set([0xd6], ZONE.mode);
  zones.set([0x0a], ZONE.interval);
  zones.set([0x39, 0x01], BAUD_ZONE);
  zones.set([0x01], TAIL_ZONE);
  zones.set([0x64, 0x69, 0x11], 0xe1);
  return zones;
}

export interface Gm65Options {
  /** Zones that somebody has changed and kept. */
  readonly saved?: Readonly<Record<number, number>>;
  /** Zones whose writing is acknowledged and does nothing, as some copies have them. */
  readonly fixed?: readonly number[];
}

/** A GM65 at byte level. */
export function createGm65(parts: ModelParts, { saved = {}, fixed = [] }: Gm65Options = {}): Gm65 {
  const memory = factoryZones();
  for (const [address, value] of Object.entries(saved)) memory[Number(address)] = value;
  return new Gm65Model(parts, memory, fixed);
}

class Gm65Model implements Gm65 {
  readonly #parts: ModelParts;
  readonly #sender: UartSender;
  readonly #fixed: readonly number[];
  #memory: Uint8Array;
  #zones: Uint8Array;
  #saves = 0;
  #heard: number[] = [];
  #heardAt = 0;
  #bootedAt = Number.NEGATIVE_INFINITY;
  #shown: string | undefined;
  #lastText: string | undefined;
  #lastReadAt = Number.NEGATIVE_INFINITY;
  #cancelNext = () => {};

  constructor(parts: ModelParts, memory: Uint8Array, fixed: readonly number[]) {
    this.#parts = parts;
    this.#fixed = fixed;
    this.#memory = memory;
    this.#zones = memory.slice();
    this.#sender = new UartSender(parts, () => this.baudRate);
  }

  get baudRate(): number {
    const divisor = this.zone(BAUD_ZONE) | (this.zone(BAUD_ZONE + 1) << 8);
    const exact = BAUD_CLOCK / Math.max(1, divisor);
    return RATES.find((rate) => Math.abs(rate - exact) < rate / 20) ?? Math.round(exact);
  }

  get saves(): number {
    return this.#saves;
  }

  zone(address: number): number {
    return this.#zones[address] ?? 0;
  }

  receive(bytes: Uint8Array): void {
    const now = this.#parts.clock.mono();
    if (!this.#isUp()) return;
    if (now - this.#heardAt > GAP_MS_MAX) this.#heard = [];
    this.#heardAt = now;
    for (const byte of bytes) {
      this.#heard.push(byte);
      this.#understand();
    }
  }

  async read(text: string): Promise<MonoMs | undefined> {
    if (!this.#isUp() || this.#mode() < MODE.command) return undefined;
    if (this.#mode() === MODE.command && this.zone(ZONE.trigger) === 0) return undefined;
    this.#lastText = text;
    this.#lastReadAt = this.#parts.clock.mono();
    this.#zones[ZONE.trigger] = 0;
    return this.#sender.send(this.#frameOf(text), 'code');
  }

  hold(text: string | undefined): void {
    this.#shown = text;
    this.#cancelNext();
    if (text !== undefined) this.#readAgain();
  }

  powerCycle(): void {
    this.#sender.stop();
    this.#heard = [];
    this.#zones = this.#memory.slice();
    this.#bootedAt = this.#parts.clock.mono() + BOOT_MS;
  }

  #isUp(): boolean {
    return this.#parts.clock.mono() >= this.#bootedAt;
  }

  #mode(): number {
    return this.zone(ZONE.mode) & 0b11;
  }

  /** The same code goes out every interval while it is held, unless it is told to keep it to itself for a while. */
  #readAgain(): void {
    const text = this.#shown;
    if (text === undefined) return;
    const intervalMs = Math.max(1, this.zone(ZONE.interval)) * 100;
    const delay = this.zone(ZONE.sameCode);
    const delayMs = (delay & 0x80) === 0 ? 0 : (delay & 0x7f) * 100;
    const since = this.#parts.clock.mono() - this.#lastReadAt;
    const isKept = text === this.#lastText && delay >= 0x80 && (delayMs === 0 || since < delayMs);
    const done = isKept ? Promise.resolve(undefined) : this.read(text);
    void done.then(() => {
      if (this.#shown !== text) return;
      this.#cancelNext = this.#parts.timers.after(intervalMs, () => this.#readAgain());
    });
  }

  #frameOf(text: string): Uint8Array {
    const charset = (this.zone(ZONE.output) >> 2) & 0b11;
    const data = charset === 0 ? encodeGbk(text) : Buffer.from(text, 'utf8');
    const tail = this.zone(TAIL_ZONE);
    return Buffer.concat([
      data,
      Buffer.from((tail & 1) === 0 ? '' : (TAILS[(tail >> 5) & 0b11] ?? ''), 'latin1'),
    ]);
  }

  /** `7E 00 | type | length | zone | data | CRC`; whatever is wrong gets silence. */
  #understand(): void {
    const heard = this.#heard;
    const isBegun = heard[0] === 0x7e && (heard.length < 2 || heard[1] === 0x00);
    if (!isBegun) {
      heard.splice(
        0,
        Math.max(1, heard.indexOf(0x7e, 1) < 0 ? heard.length : heard.indexOf(0x7e, 1)),
      );
      return;
    }
    const length = heard[3];
    if (length === undefined || heard.length < 8 + length) return;
    const [, , type = 0, , high = 0, low = 0] = heard;
    const body = Uint8Array.from(heard.slice(2, 6 + length));
    const crc = ((heard[6 + length] ?? 0) << 8) | (heard[7 + length] ?? 0);
    this.#heard = [];
    if (crc !== 0xabcd && crc !== crcOf(body)) return;
    this.#obey(type, (high << 8) | low, body.subarray(4));
  }

  #obey(type: number, address: number, data: Uint8Array): void {
    if (type === 0x07 && data.length === 1 && address < ZONES_COUNT) {
      void this.#reply(this.#zones.slice(address, address + (data[0] ?? 0)));
    } else if (type === 0x08 && address === RESET_ZONE) {
      this.#reset();
    } else if (type === 0x08 && address + data.length <= ZONES_COUNT) {
      if (address !== BAUD_ZONE) this.#write(address, data);
      const told = this.#reply(Uint8Array.of(0));
      // A new speed counts from the acknowledgement on, which still goes at the old one.
      if (address === BAUD_ZONE) void told.then(() => this.#write(address, data));
    } else if (type === 0x09 && data[0] === 0x00) {
      this.#memory = this.#zones.slice();
      this.#saves += 1;
      void this.#reply(Uint8Array.of(0));
    } else if (type === 0x09 && data[0] === 0xff) {
      this.#reset();
    }
  }

  #write(address: number, data: Uint8Array): void {
    if (this.#fixed.includes(address)) return;
    this.#zones.set(data, address);
    if (address === ZONE.trigger && this.zone(ZONE.trigger) !== 0 && this.#shown !== undefined) {
      this.#readAgain();
    }
  }

  #reset(): void {
    this.#memory = factoryZones();
    this.#saves += 1;
    void this.#reply(Uint8Array.of(0)).then(() => this.powerCycle());
  }

  #reply(data: Uint8Array): Promise<MonoMs | undefined> {
    const body = Uint8Array.of(0x00, data.length, ...data);
    const crc = crcOf(body);
    return this.#sender.send(Uint8Array.of(0x02, 0x00, ...body, crc >> 8, crc & 0xff), 'reply');
  }
}

const RATES = [1200, 4800, 9600, 14_400, 19_200, 38_400, 57_600, 115_200];

/** Bit by bit, as its manual prints it. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 0x80; bit !== 0; bit >>= 1) {
      const carries = (crc & 0x8000) !== 0;
      crc = (crc << 1) & 0xffff;
      if (carries) crc ^= 0x1021;
      if ((byte & bit) !== 0) crc ^= 0x1021;
    }
  }
  return crc;
}
