import { constants } from 'node:os';

/** Linux has it; Node does not list it. */
const EREMOTEIO = 121;

export type ErrnoCode = keyof typeof constants.errno | 'EREMOTEIO';

/** An answer that a file gives instead of a result: the caller's system call fails with it. */
export class Errno extends Error {
  override readonly name = 'Errno';
  readonly errno: number;
  constructor(code: ErrnoCode) {
    super(code);
    this.errno = code === 'EREMOTEIO' ? EREMOTEIO : constants.errno[code];
  }
}
