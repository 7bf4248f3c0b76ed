import type { SerialScannerConfig } from '../config.ts';
import { scanEndMs } from './limits.ts';
import {
  type DrivenScanner,
  driveScanner,
  type ScannerOptions,
  type ScannerSettings,
} from './scanner-driver.ts';
import { serialLine } from './serial-line.ts';

export interface SerialScannerOptions extends Omit<ScannerOptions, 'open'> {
  /** A device file; one of /dev/serial/by-id stays the same when the scanner is plugged in elsewhere. */
  readonly path: string;
}

/** A scanner on a serial line or USB. */
export function openSerialScanner({ path, ...options }: SerialScannerOptions): DrivenScanner {
  return driveScanner({ ...options, open: serialLine(path, options) });
}

/** What a configuration says, as the driver has it. */
export function scannerSettings(
  config: SerialScannerConfig,
): ScannerSettings & Pick<SerialScannerOptions, 'path'> {
  const { path, baudRate, dialect, tail, sameCodeMs, prefix, suffix, readFail } = config;
  const charset = config.charset === 'keep' ? 'unknown' : config.charset;
  return {
    ...{ path, baudRate, dialect },
    needs: { tail, charset, sameCodeMs },
    format: {
      ...{ prefix, suffix, readFail, charset },
      ...(tail === 'none' ? { endsBySilenceMs: scanEndMs } : {}),
    },
  };
}
