import { codeCharsMax, commandLifetimeMs, mqttPayloadBytesMax } from '@greengate/contracts/limits';
import { expect, it } from 'vitest';
import * as limits from '../../src/devices/limits.ts';
import { devicesCountMax, grantMsMax, passingMsMax } from '../../src/limits.ts';

it('the limits of the devices agree with each other', () => {
  const longestTopic = `greengate/1/${'x'.repeat(32)}/${'x'.repeat(32)}/${'x'.repeat(32)}/temperature`;
  expect(longestTopic.length).toBeLessThanOrEqual(limits.topicBytesMax);
  // A permitted publish fits into a permitted packet: fixed header, topic, id and payload.
  expect(3 + 2 + limits.topicBytesMax + 2 + mqttPayloadBytesMax).toBeLessThan(
    limits.packetBytesMax,
  );
  expect(limits.packetBytesMax).toBeLessThan(limits.unsentBytesMax);
  expect(limits.scanLineBytesMax).toBeGreaterThanOrEqual(codeCharsMax + 30);
  // Every device of a gateway and its half-open former self.
  expect(limits.socketsPerAddressCountMax).toBeGreaterThan(devicesCountMax);
  expect(limits.socketsCountMax).toBeGreaterThan(limits.socketsPerAddressCountMax);
  expect(limits.refusalDelayMs).toBeLessThan(limits.connectMsMax);
  expect(limits.grantPulseMs).toBeGreaterThanOrEqual(100);
  // The lane waits longer than the turnstile, so that it hears the end from the one who knows.
  expect(limits.grantWindowMs).toBeLessThan(grantMsMax);
  expect(limits.stallMs).toBeLessThanOrEqual(passingMsMax);
  expect(limits.reopenDelayMsMax).toBeLessThan(3000);
  expect(commandLifetimeMs).toBeLessThan(limits.grantWindowMs);
});
