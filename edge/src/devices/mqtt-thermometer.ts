import type { DeviceId } from '@greengate/contracts/ids';
import { readTemperature } from '@greengate/contracts/wire/temperature';
import type { Reading, Thermometer } from '../ports.ts';
import type { MqttLink } from './mqtt-broker.ts';

/** A thermometer on the station's network: JSON on its `temperature` topic (PROTOCOLS 2). */
export function createMqttThermometer(link: MqttLink, device: DeviceId): Thermometer {
  const listeners: ((reading: Reading) => void)[] = [];
  link.onUplink(({ place, channel, payload, at }) => {
    if (place.device !== device || channel !== 'temperature') return;
    const reading = { centiC: readTemperature(payload), at };
    for (const listener of listeners) listener(reading);
  });
  return { onReading: (listener) => void listeners.push(listener) };
}
