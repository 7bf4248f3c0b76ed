import type { Thermometer } from '../ports.ts';
import type { MqttLink } from './mqtt-link.ts';

/** A forehead thermometer on the network. Waits for the PUBACK, so that the reading is there before the scan. */
export function createMqttThermometer(link: MqttLink): Thermometer {
  return {
    ready: link.connected,
    close: link.close,
    measure: (payload) => link.publish('temperature', payload),
  };
}
