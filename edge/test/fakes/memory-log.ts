import type { Log } from '../../src/ports.ts';

export interface MemoryLog extends Log {
  readonly lines: {
    level: 'info' | 'warn' | 'error';
    event: string;
    fields: Readonly<Record<string, string | number | boolean>>;
  }[];
}

/** Keeps what was logged. */
export function memoryLog(): MemoryLog {
  const lines: MemoryLog['lines'] = [];
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (event: string, fields: Readonly<Record<string, string | number | boolean>> = {}) => {
      lines.push({ level, event, fields });
    };
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}
