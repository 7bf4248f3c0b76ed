import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type GateCommand,
  type GateOrder,
  gateCommandSchema,
} from '@greengate/contracts/wire/gate-command';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createChildren } from '../src/demo/children.ts';
import {
  COMMANDS,
  GATEWAY,
  GUEST_LANE,
  GUEST_SCANNER,
  GUEST_SERIAL_LANE,
  HOST,
} from '../src/demo/config.ts';
import { readStatus } from '../src/demo/gateway-status.ts';
import { freePorts } from '../src/demo/network.ts';
import { prepareCloud, prepareGateway } from '../src/demo/services.ts';
import { planStation } from '../src/demo/station-plan.ts';
import { openHandScanner } from '../src/devices/pty-scanner.ts';

// The real services, and nothing of ours at the gate: any MQTT client plays the devices, as mosquitto_pub and
// mosquitto_sub would, and a terminal plays the serial scanner.

const folder = mkdtempSync(join(tmpdir(), 'greengate-input-'));
const children = createChildren(folder);
const plan = planStation(1);
const events = { onChange: () => undefined, onCrash: () => undefined };
const line = openHandScanner();
const idle = openHandScanner();
const clients: MqttClient[] = [];
let mqttPort = 0;
let keysFile = '';
let statusUrl = '';

beforeAll(async () => {
  const [cloudPort = 0, port = 0, panelPort = 0] = await freePorts(3);
  mqttPort = port;
  const cloud = await prepareCloud(folder, cloudPort, children, events);
  keysFile = cloud.keysFile;
  await cloud.managed.start();
  const ports = { cloud: cloudPort, mqtt: mqttPort, panel: panelPort };
  const serial = { 'lane-1': idle.path, [GUEST_SERIAL_LANE]: line.path };
  const gateway = await prepareGateway(folder, ports, plan, serial, cloud, children, events);
  await gateway.managed.start();
  statusUrl = gateway.statusUrl;
}, 60_000);

afterAll(async () => {
  for (const client of clients) await client.endAsync(true);
  line.close();
  idle.close();
  await children.killAll();
  rmSync(folder, { recursive: true, force: true });
});

async function device(id: string): Promise<{ client: MqttClient; path: string }> {
  const { lane, password } = plan.passwords.get(id) ?? { lane: '', password: '' };
  const client = await connectAsync({
    ...{ host: HOST, port: mqttPort, protocol: 'mqtt', reconnectPeriod: 0 },
    ...{ clientId: id, username: id, password },
  });
  clients.push(client);
  return { client, path: `greengate/1/${GATEWAY}/${lane}/${id}` };
}

/** A turnstile that takes every order and that nobody walks through, so that a code may be shown again. */
async function emptyTurnstile(id: string) {
  const { client, path } = await device(id);
  const orders: GateOrder[] = [];
  client.on('message', (_topic, payload) => {
    const command: GateCommand = gateCommandSchema.parse(JSON.parse(payload.toString()));
    if (command.action === 'hello') return;
    orders.push(command);
    const { nonce, passage, action } = command;
    client.publish(`${path}/ack`, JSON.stringify({ nonce, result: 'accepted' }), { qos: 1 });
    if (action !== 'open') return;
    client.publish(`${path}/passage`, JSON.stringify({ event: 'timed-out', passage }), { qos: 1 });
  });
  await client.subscribeAsync(`${path}/command`, { qos: 1 });
  return { orders };
}

test('P34 a minted code gets one verdict, by an MQTT client and by the serial line', {
  timeout: 60_000,
}, async () => {
  await expect
    .poll(() => readStatus(statusUrl), { timeout: 15_000 })
    .toMatchObject({ replica: { staleness: 'fresh' } });
  const guest = await emptyTurnstile('turnstile-guest');
  const serial = await emptyTurnstile('turnstile-guest-serial');
  const scanner = await device(GUEST_SCANNER);

  const verdicts: unknown[] = [];
  const wishes = [
    ['--colour', 'green'],
    ['--colour', 'red'],
    ['--kind', 'paper'],
  ];
  for (const [at, wish] of wishes.entries()) {
    const mint = ['code', 'mint', '--keys', keysFile, ...wish];
    const code = (await children.run(COMMANDS.greengate, mint)).trim();
    expect(code).toMatch(/^GC1:/);

    await scanner.client.publishAsync(`${scanner.path}/scan`, JSON.stringify({ code }), { qos: 1 });
    await expect.poll(() => guest.orders.length, { timeout: 5000 }).toBe(at + 1);
    // Lets the outcome of the first showing be known before the second.
    await expect.poll(laneState(GUEST_LANE), { timeout: 5000 }).toBe('idle');

    // As the README has it: the text and a carriage return, written to the terminal.
    const written = spawnSync('sh', [
      '-c',
      `printf '%s\\r' "$1" > "$2"`,
      'sh',
      code,
      line.handPath,
    ]);
    expect(written.status).toBe(0);
    await expect.poll(() => serial.orders.length, { timeout: 5000 }).toBe(at + 1);

    const [byMqtt, bySerial] = [guest.orders[at], serial.orders[at]];
    expect({ action: bySerial?.action, reason: bySerial?.reason }).toEqual({
      action: byMqtt?.action,
      reason: byMqtt?.reason,
    });
    verdicts.push([byMqtt?.action, byMqtt?.reason]);
  }
  expect(verdicts).toEqual([
    ['open', 'status-green'],
    ['refuse', 'status-red'],
    ['refer', 'identity-check-needed'],
  ]);
});

/** What the panel says that a lane is doing. */
function laneState(lane: string): () => Promise<string | undefined> {
  return async () => (await readStatus(statusUrl))?.lanes.find((each) => each.lane === lane)?.state;
}
