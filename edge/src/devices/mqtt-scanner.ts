import type { DeviceId } from '@greengate/contracts/ids';
import { ok, type Result } from '@greengate/contracts/result';
import { scanMessageSchema } from '@greengate/contracts/wire/scan';
import type { Scan, Scanner } from '../ports.ts';
import { readJson } from './json.ts';
import type { MqttLink } from './mqtt-broker.ts';

/** A scanner on the station's network: JSON on its `scan` topic (PROTOCOLS 2). */
export function createMqttScanner(link: MqttLink, device: DeviceId): Scanner {
  const listeners: ((scan: Result<Scan>) => void)[] = [];
  link.onUplink(({ place, channel, payload, at }) => {
    if (place.device !== device || channel !== 'scan') return;
    const message = readJson(scanMessageSchema, payload);
    const scan = message.ok ? ok({ text: message.value.code, at }) : message;
    for (const listener of listeners) listener(scan);
  });
  return { onScan: (listener) => void listeners.push(listener) };
}
