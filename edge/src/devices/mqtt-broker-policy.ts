import { mayPublish, maySubscribe, parseTopic } from '@greengate/contracts/wire/topics';
import type { AedesOptions, AuthenticateError, Client } from 'aedes';
import type { Timers } from '../ports.ts';
import { connectMsMax, drainMsMax, refusalDelayMs, topicLevelsMax } from './limits.ts';
import type { MqttCredentials } from './mqtt-credentials.ts';
import { type CloseReason, MqttGuard } from './mqtt-guard.ts';

/** CONNACK return code of 3.2.2.3: bad user name or password. */
const BAD_USER_NAME_OR_PASSWORD = 4;

/** What aedes may do for whom: the second line behind the guard, on the broker's own view of a packet. */
export function brokerPolicy(
  credentials: MqttCredentials,
  timers: Timers,
  onRefused: (reason: CloseReason, detail: string) => void,
): AedesOptions {
  return {
    connectTimeout: connectMsMax,
    // Never reached behind the guard, whose writes always succeed.
    drainTimeout: drainMsMax,
    // Every device starts afresh: no session is kept, so no command can wait for an absent one.
    preConnect: (_client, packet, done) => {
      packet.clean = true;
      // The guard watches the keep-alive: the broker does not see most of what a device sends.
      packet.keepalive = 0;
      done(null, true);
    },
    maxClientsIdLength: 32,
    maxTopicLevels: topicLevelsMax,
    maxInflightInbound: 1,
    authenticate: (client, userName, password, done) => {
      if (credentials.isGenuine(client.id, userName, password)) return done(null, true);
      onRefused('device-unknown', '');
      const cancel = timers.after(refusalDelayMs, () => done(refusal(), null));
      client.conn.once('close', cancel);
    },
    // `state` and wills only; all else was taken out before, or refused.
    authorizePublish: (client, packet, done) => {
      const place = placeOf(credentials, client);
      const isState = parseTopic(packet.topic)?.channel === 'state';
      const isAllowed = place && isState && mayPublish(place, packet.topic, packet.retain);
      done(isAllowed ? null : new Error('topic-forbidden'));
    },
    authorizeSubscribe: (client, subscription, done) => {
      const place = placeOf(credentials, client);
      if (place && maySubscribe(place, subscription.topic)) return done(null, subscription);
      onRefused('topic-forbidden', 'subscribe');
      // SUBACK 0x80 for this filter; the client and its other filters stay.
      done(null, null);
    },
    authorizeForward: (client, packet) => {
      const place = placeOf(credentials, client);
      return place && maySubscribe(place, packet.topic) && !packet.retain ? packet : null;
    },
  };
}

function placeOf(credentials: MqttCredentials, client: Client | null) {
  return client?.conn instanceof MqttGuard ? credentials.placeOf(client.id) : undefined;
}

function refusal(): AuthenticateError {
  return Object.assign(new Error('device-unknown'), { returnCode: BAD_USER_NAME_OR_PASSWORD });
}
