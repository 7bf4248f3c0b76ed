import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';

// Stands in for the gateway's broker: aedes as it comes, with devices and gateway as its publishers and subscribers.

interface Place {
  readonly gateway: string;
  readonly lane: string;
  readonly device: string;
}

interface Options {
  readonly host: string;
  readonly port: number;
  readonly gateway: string;
  readonly credentials: readonly { readonly device: string; readonly lane: string }[];
}

const uplinkChannels = ['scan', 'temperature', 'passage', 'state', 'ack'];

export async function startMqttBroker(options: Options) {
  const broker = await Aedes.createBroker();
  const placeOf = new Map<string, Place>(
    options.credentials.map(({ device, lane }) => [
      device,
      { gateway: options.gateway, lane, device },
    ]),
  );
  const onUplink: ((uplink: object) => void)[] = [];
  const onPresence: ((presence: object) => void)[] = [];
  let uplinks = 0;
  let commands = 0;
  const present = (device: string, kind: string) => {
    const place = placeOf.get(device);
    for (const listener of place ? onPresence : []) listener({ place, kind });
  };

  broker.subscribe(
    'greengate/#',
    (packet, done) => {
      const at = performance.now();
      const [, , , , device = '', channel = ''] = packet.topic.split('/');
      const place = placeOf.get(device);
      if (place && uplinkChannels.includes(channel)) {
        uplinks += 1;
        const payload = packet.payload.toString();
        for (const listener of onUplink) {
          listener({ channel, place, payload, at, retained: packet.retain });
        }
      }
      // At once, a backlog that is let go ends the process by its depth of stack.
      setImmediate(done);
    },
    () => undefined,
  );
  broker.on('clientReady', (client) => present(client.id, 'online'));
  broker.on('subscribe', (subscriptions, client) => {
    if (subscriptions.some(({ topic }) => topic.endsWith('/command'))) {
      present(client.id, 'listening');
    }
  });
  broker.on('clientDisconnect', (client) => present(client.id, 'offline'));

  const server = createServer({ noDelay: true }, (socket) => void broker.handle(socket));
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    onUplink: (listener: (uplink: object) => void) => void onUplink.push(listener),
    onPresence: (listener: (presence: object) => void) => void onPresence.push(listener),
    command(device: string, payload: string): boolean {
      const place = placeOf.get(device);
      if (!place) return false;
      commands += 1;
      const topic = `greengate/1/${place.gateway}/${place.lane}/${device}/command`;
      const packet = { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false } as const;
      broker.publish(packet, () => undefined);
      return true;
    },
    counters: () => ({
      sockets: 0,
      devices: broker.connectedClients,
      uplinks,
      commands,
      refused: {},
    }),
    close: () =>
      new Promise<void>((done) => {
        broker.close(() => server.close(() => done()));
      }),
  };
}
