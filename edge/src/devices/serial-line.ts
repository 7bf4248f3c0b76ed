import { SerialPort } from 'serialport';
import type { Log, Timers } from '../ports.ts';
import type { ByteLine, ByteLineEvents, OpenByteLine } from './byte-line.ts';
import { lineCheckMs } from './limits.ts';

/** A serial port by its path. What a port does ends no process (THREATS F10). */
export function serialLine(path: string, ports: { timers: Timers; log: Log }): OpenByteLine {
  return (baudRate, events) => openPort(path, baudRate, events, ports);
}

/** A new object each time: one that was unplugged keeps reads that wait for its next opening. */
function openPort(
  path: string,
  baudRate: number,
  events: ByteLineEvents,
  { timers, log }: { timers: Timers; log: Log },
): Promise<ByteLine> {
  const port = new SerialPort({ path, baudRate, autoOpen: false });
  let isOver = false;
  let cancelCheck = () => {};
  const over = (why: string) => {
    if (isOver) return;
    isOver = true;
    cancelCheck();
    events.onGone(why);
  };
  const hangUp = () => {
    if (port.isOpen) port.close((error) => error && over(error.message));
  };
  /**
   * serialport 13 misses a hang-up that falls between two polls: from then on it reads no bytes, again and
   * again, at full speed, and never says so. The line itself knows: its settings can no longer be read.
   */
  const checkLater = () => {
    cancelCheck = timers.after(lineCheckMs, () => {
      const asked = port.port?.getBaudRate() ?? Promise.reject(new Error('closed'));
      asked.then(() => isOver || checkLater(), hangUp);
    });
  };
  port.on('error', (error) => log.warn('serial-error', { why: error.message }));
  port.on('data', (chunk: Buffer) => {
    if (!isOver) events.onBytes(chunk);
  });
  // An end of file is how some drivers say that the line hung up.
  port.on('end', hangUp);
  port.on('close', () => over('closed'));
  return new Promise((resolve, reject) => {
    port.open((error) => {
      if (error) {
        isOver = true;
        return reject(error);
      }
      checkLater();
      return resolve({
        write: (bytes) => void port.write(bytes),
        close: () => {
          isOver = true;
          cancelCheck();
          return new Promise((done) => (port.isOpen ? port.close(() => done()) : done()));
        },
      });
    });
  });
}
