import { scanMessageSchema } from '@greengate/contracts/wire/scan';
import type { Clock, Scanner } from '../ports.ts';
import type { MqttLink } from './mqtt-link.ts';

/** A network scanner: one JSON message a scan, written in one piece. */
export function createMqttScanner(link: MqttLink, clock: Clock): Scanner {
  return {
    ready: link.connected,
    close: link.close,
    scan: async (text) => {
      if (!link.connected()) return undefined;
      const message = JSON.stringify(scanMessageSchema.parse({ code: text }));
      const at = clock.mono();
      // Not awaited: the order may be faster than the PUBACK, and a lost scan shows in the order's absence.
      void link.publish('scan', message);
      return at;
    },
  };
}
