import type { DeviceId } from '@greengate/contracts/ids';
import { ok } from '@greengate/contracts/result';
import type { SiteProfile } from '@greengate/contracts/thermometry/site-profile';
import { readTemperature } from '@greengate/contracts/wire/temperature';
import type { Reading, Thermometer } from '../ports.ts';
import { createJudgedReadings, type PowerClock } from './judged-readings.ts';
import type { MqttLink } from './mqtt-broker.ts';

/** A thermometer on the station's network that compensates by itself: JSON on its `temperature` topic (PROTOCOLS 2). */
export function createMqttThermometer(link: MqttLink, device: DeviceId): Thermometer {
  const listeners: ((reading: Reading) => void)[] = [];
  link.onUplink(({ place, channel, payload, at }) => {
    if (place.device !== device || channel !== 'temperature') return;
    const read = readTemperature(payload);
    const reading = { centiC: read.ok ? ok(read.value.objectCentiC) : read, at };
    for (const listener of listeners) listener(reading);
  });
  return { onReading: (listener) => void listeners.push(listener) };
}

/** One that sends what the forehead shows and how warm the air is: the site's profile is applied here. */
export function createProfiledMqttThermometer(
  link: MqttLink,
  device: DeviceId,
  profile: SiteProfile,
  clock: PowerClock,
): Thermometer {
  const readings = createJudgedReadings({ profile, watches: 'people' }, clock);
  link.onUplink(({ place, channel, payload, at }) => {
    if (place.device !== device || channel !== 'temperature') return;
    readings.sample(readTemperature(payload), at);
  });
  let wasOffline = false;
  link.onPresence(({ place, kind }) => {
    if (place.device !== device) return;
    // Gone and back: it may have been without power.
    if (kind === 'offline') wasOffline = true;
    else if (wasOffline) {
      wasOffline = false;
      readings.poweredOn();
    }
  });
  return { onReading: readings.onReading };
}
