import { type DestinationStream, pino } from 'pino';
import type { Log } from './ports.ts';

/** JSON lines on stdout, or wherever a test wants them. */
export function pinoLog(destination?: DestinationStream): Log {
  const options = { base: null };
  const log = destination === undefined ? pino(options) : pino(options, destination);
  return {
    info: (message, fields = {}) => log.info(fields, message),
    error: (message, fields = {}) => log.error(fields, message),
  };
}
