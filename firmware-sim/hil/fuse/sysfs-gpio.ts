import type { GpioBank, LineEdge } from '../../dist/devices/gpio-bank.js';
import { Errno } from './errno.ts';
import { type FileNode, type FolderNode, folderOf, textFile } from './tree.ts';

const POLLIN_POLLOUT = 0x0001 | 0x0004;
const POLLPRI_POLLERR = 0x0002 | 0x0008;
const EDGES: readonly string[] = ['none', 'rising', 'falling', 'both'] satisfies LineEdge[];

/** /sys/class/gpio as the kernel's gpiolib serves it, on the lines of a bank. */
export function sysfsGpio(bank: GpioBank): FolderNode {
  return new SysfsGpio(bank);
}

class SysfsGpio implements FolderNode {
  readonly kind = 'folder';
  readonly #bank: GpioBank;
  readonly #chip: FolderNode;
  readonly #export: FileNode;
  readonly #unexport: FileNode;

  constructor(bank: GpioBank) {
    this.#bank = bank;
    this.#chip = folderOf({
      base: textFile(() => String(bank.base)),
      label: textFile(() => bank.label),
      ngpio: textFile(() => String(bank.lines)),
    });
    this.#export = textFile(undefined, (text) => this.#doExport(this.#lineOf(text)));
    this.#unexport = textFile(undefined, (text) => this.#doUnexport(this.#lineOf(text)));
  }

  names(): string[] {
    const lines = [...this.#bank.exported.keys()].map((line) => `gpio${this.#bank.base + line}`);
    return ['export', 'unexport', `gpiochip${this.#bank.base}`, ...lines];
  }

  get(name: string) {
    if (name === 'export') return this.#export;
    if (name === 'unexport') return this.#unexport;
    if (name === `gpiochip${this.#bank.base}`) return this.#chip;
    const number = /^gpio(\d{1,6})$/.exec(name)?.[1];
    const line = number === undefined ? -1 : Number(number) - this.#bank.base;
    return this.#bank.exported.has(line) ? this.#lineFolder(line) : undefined;
  }

  #lineOf(text: string): number {
    const line = /^\d{1,6}$/.test(text) ? Number(text) - this.#bank.base : -1;
    if (line < 0 || line >= this.#bank.lines) throw new Errno('EINVAL');
    return line;
  }

  #doExport(line: number): void {
    const { faults } = this.#bank;
    if (faults.isForbidden) throw new Errno('EACCES');
    if (faults.busy.has(line) || this.#bank.exported.has(line)) throw new Errno('EBUSY');
    this.#bank.exported.set(line, { isActiveLow: false });
  }

  /** As the Raspberry Pi does it: a line that nobody holds is an input. */
  #doUnexport(line: number): void {
    if (!this.#bank.exported.delete(line)) throw new Errno('EINVAL');
    this.#bank.setEdge(line, 'none');
    this.#bank.makeInput(line);
  }

  #lineFolder(line: number): FolderNode {
    const bank = this.#bank;
    const state = this.#bank.exported.get(line) ?? { isActiveLow: false };
    return folderOf({
      direction: textFile(
        () => (bank.isOutput(line) ? 'out' : 'in'),
        (text) => this.#setDirection(line, text),
      ),
      active_low: textFile(
        () => (state.isActiveLow ? '1' : '0'),
        (text) => {
          state.isActiveLow = text !== '0';
        },
      ),
      edge: textFile(
        () => bank.edge(line),
        (text) => {
          if (!EDGES.includes(text)) throw new Errno('EINVAL');
          if (bank.isOutput(line)) throw new Errno('EIO');
          bank.setEdge(line, text as LineEdge);
        },
      ),
      value: this.#value(line, state),
    });
  }

  #setDirection(line: number, text: string): void {
    if (text === 'in') this.#bank.makeInput(line);
    else if (text === 'out' || text === 'low') this.#bank.makeOutput(line, 0);
    else if (text === 'high') this.#bank.makeOutput(line, 1);
    else throw new Errno('EINVAL');
  }

  /** Polled, it says POLLPRI once an edge has come since it was read last; that much is kept for each open file. */
  #value(line: number, state: { readonly isActiveLow: boolean }): FileNode {
    const bank = this.#bank;
    const check = () => {
      if (bank.faults.broken.has(line)) throw new Errno('EIO');
    };
    return {
      kind: 'file',
      open: () => {
        let isNews = false;
        let wake = () => {};
        const end = bank.onEdge((moved) => {
          if (moved !== line) return;
          isNews = true;
          wake();
        });
        return {
          read: (offset, size) => {
            check();
            isNews = false;
            const isOne = (bank.level(line) === 1) !== state.isActiveLow;
            return Buffer.from(isOne ? '1\n' : '0\n').subarray(offset, offset + size);
          },
          write: (bytes) => {
            check();
            const isOne = (bytes[0] !== 0x30) !== state.isActiveLow;
            if (!bank.write(line, isOne ? 1 : 0)) throw new Errno('EPERM');
          },
          poll: (wakeNow) => {
            wake = wakeNow;
            return POLLIN_POLLOUT | (isNews ? POLLPRI_POLLERR : 0);
          },
          close: end,
        };
      },
    };
  }
}
