import type { MonoMs } from '@greengate/contracts/time';
import { type ModelParts, type SerialModel, UartSender } from './serial-model.ts';

export type OtherScanner = 'mt1' | 'ssi' | 'honeywell' | 'line';

/** The scanners beside GM65, as far as a gateway speaks to them. */
export function createOtherScanner(
  kind: OtherScanner,
  parts: ModelParts,
  baudRate = 9600,
): SerialModel {
  return new SmallScanner(kind, parts, baudRate);
}

const SSI_FORMAT = 0xeb;

class SmallScanner implements SerialModel {
  readonly baudRate: number;
  readonly #kind: OtherScanner;
  readonly #sender: UartSender;
  #heard: number[] = [];
  #tail = '';
  #isTriggered: boolean;
  #shown: string | undefined;

  constructor(kind: OtherScanner, parts: ModelParts, baudRate: number) {
    this.baudRate = baudRate;
    this.#kind = kind;
    this.#sender = new UartSender(parts, () => baudRate);
    this.#isTriggered = kind === 'line';
    this.#tail = kind === 'line' || kind === 'honeywell' ? '\r' : '';
  }

  receive(bytes: Uint8Array): void {
    this.#heard.push(...bytes);
    while (this.#heard.length > 0) {
      const length = this.#understand();
      if (length === 0) return;
      this.#heard.splice(0, length);
    }
  }

  async read(text: string): Promise<MonoMs | undefined> {
    if (!this.#isTriggered) return undefined;
    // One trigger, one code; a scanner that only sends reads by itself.
    this.#isTriggered = this.#kind === 'line';
    return this.#sender.send(Buffer.from(`${text}${this.#tail}`, 'utf8'), 'code');
  }

  hold(text: string | undefined): void {
    this.#shown = text;
    if (text !== undefined) void this.read(text);
  }

  powerCycle(): void {
    this.#sender.stop();
    this.#heard = [];
    this.#isTriggered = this.#kind === 'line';
  }

  /** How many of the bytes are done with; 0 waits for more. */
  #understand(): number {
    switch (this.#kind) {
      case 'mt1':
        return this.#understandMt1();
      case 'ssi':
        return this.#understandSsi();
      case 'honeywell':
        return this.#understandHoneywell();
      default:
        return this.#heard.length;
    }
  }

  #trigger(on: boolean): void {
    this.#isTriggered = on;
    if (on && this.#shown !== undefined) void this.read(this.#shown);
  }

  #understandHoneywell(): number {
    const [head, command, end] = this.#heard;
    if (head !== 0x16) return 1;
    if (end === undefined) return 0;
    if (end === 0x0d && (command === 0x54 || command === 0x55)) this.#trigger(command === 0x54);
    return 3;
  }

  #understandMt1(): number {
    const heard = this.#heard;
    if (heard[0] !== 0x5a) return 1;
    const length = heard[3];
    if (length === undefined || heard.length < 6 + length) return 0;
    const body = heard.slice(1, 4 + length);
    const isWhole = body.reduce((sum, byte) => sum ^ byte, 0) === heard[4 + length];
    if (isWhole && heard[5 + length] === 0xa5) {
      this.#obeyMt1(Buffer.from(body.slice(3)).toString('latin1'));
    }
    return 6 + length;
  }

  #obeyMt1(command: string): void {
    if (command === 'T_OUT_CVER') this.#replyMt1(Buffer.from('V2.3.0.7\r\n'));
    if (!/^(?:S_CMD_\w+|SR03030[01]|SRDF005[01])$/.test(command)) return;
    if (command === 'S_CMD_059A') this.#tail = '\r\n';
    this.#replyMt1(Uint8Array.of(0x90, 0x00));
    if (command.startsWith('SR0303')) this.#trigger(command.endsWith('1'));
  }

  #replyMt1(data: Uint8Array): void {
    const body = Uint8Array.of(0x01, 0x00, data.length, ...data);
    const bcc = body.reduce((sum, byte) => sum ^ byte, 0);
    void this.#sender.send(Uint8Array.of(0x5a, ...body, bcc, 0xa5), 'reply');
  }

  #understandSsi(): number {
    const heard = this.#heard;
    const length = heard[0] ?? 0;
    if (length < 4 || (heard.length > 2 && heard[2] !== 0x04)) return 1;
    if (heard.length < length + 2) return 0;
    const sum = heard.slice(0, length).reduce((all, byte) => all + byte, 0);
    const told = ((heard[length] ?? 0) << 8) | (heard[length + 1] ?? 0);
    if (((sum + told) & 0xffff) === 0) this.#obeySsi(heard[1] ?? 0, heard.slice(4, length));
    return length + 2;
  }

  #obeySsi(opcode: number, data: readonly number[]): void {
    const [first, parameter, value] = data;
    if (opcode === 0xe4 || opcode === 0xe5) {
      this.#replySsi(0xd0);
      this.#trigger(opcode === 0xe4);
    } else if (opcode === 0xc7 && first === SSI_FORMAT) {
      this.#replySsi(0xc6, 0xff, SSI_FORMAT, this.#tail === '' ? 0 : 1);
    } else if (opcode === 0xc6 && parameter === SSI_FORMAT) {
      this.#tail = value === 1 ? '\r' : '';
      this.#replySsi(0xd0);
    } else {
      this.#replySsi(0xd1, 0x02);
    }
  }

  #replySsi(opcode: number, ...data: readonly number[]): void {
    const body = Uint8Array.of(4 + data.length, opcode, 0x00, 0x00, ...data);
    const sum = -body.reduce((all, byte) => all + byte, 0) & 0xffff;
    void this.#sender.send(Uint8Array.of(...body, sum >> 8, sum & 0xff), 'reply');
  }
}
