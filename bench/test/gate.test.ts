import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { verifyCode } from '@greengate/contracts/code/verify-code';
import { epochMs } from '@greengate/contracts/time';
import { Aedes } from 'aedes';
import { expect, onTestFinished, test } from 'vitest';
import { gatewayCrypto } from '../src/code/gateway-crypto.ts';
import { createCodes, holderKey, holdersCount, REGION } from '../src/gate/holders.ts';
import { newRunKeys, signingKey } from '../src/gate/keys.ts';
import { gatewayConfig } from '../src/gate/plan.ts';
import { connectRaw } from '../src/mqtt/raw-client.ts';
import { cpuMsOf, othersCpuMs, residentBytesOf } from '../src/procfs.ts';

async function broker(): Promise<number> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    void aedes.handle(socket);
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((done) => aedes.close(done));
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('the raw client speaks MQTT: what one says the other hears, whole and in order', async () => {
  const port = await broker();
  const heard: string[] = [];
  const listener = await connectRaw({
    port,
    id: 'one',
    password: '',
    onPublish: ({ topic, payload }) => heard.push(`${topic} ${payload.length}`),
  });
  await listener.subscribe('a/#');
  const speaker = await connectRaw({ port, id: 'two', password: '' });
  const lengths = [0, 1, 120, 130, 20_000, 3];
  for (const length of lengths) speaker.publish('a/b', Buffer.alloc(length, 65));
  while (heard.length < lengths.length) await new Promise((done) => setTimeout(done, 5));
  expect(heard).toEqual(lengths.map((length) => `a/b ${length}`));
  listener.close();
  speaker.close();
});

test('the codes of a run open a gate, each of another person, who is in the replica', async () => {
  const keys = newRunKeys();
  const issuer = signingKey(keys.issuer);
  const now = epochMs(Date.now());
  const life = { notBefore: now - 10_000, notAfter: now + 10_000 };
  const trust = {
    version: 1,
    environment: 'bench',
    keys: [
      {
        keyId: issuer.keyId,
        publicKey: issuer.publicKey,
        purpose: 'issue' as const,
        issuer: REGION,
        environment: 'bench',
        ...life,
      },
    ],
    issuersAccepted: [REGION],
  };
  const next = createCodes(issuer);
  const crypto = await gatewayCrypto();
  const seen = Array.from({ length: 20 }, () => verifyCode(next(), trust, now, crypto));
  expect(seen.map((code) => code.ok && code.value.key)).toEqual(
    Array.from({ length: 20 }, (_, at) => holderKey(at)),
  );
  expect(holdersCount).toBeGreaterThan(16 * 60);
});

test('the configuration of a run is what a gateway takes', async () => {
  const built = new URL('../../edge/dist/config.js', import.meta.url).href;
  const { gatewayConfigSchema } = (await import(built)) as {
    gatewayConfigSchema: { parse(value: unknown): unknown };
  };
  const config = gatewayConfig({
    dataDir: '/tmp/x',
    cloudPort: 1,
    rootKey: signingKey(newRunKeys().root).publicKey,
    serialPath: '/dev/pts/1',
  });
  expect(gatewayConfigSchema.parse(config)).toMatchObject({ gateway: 'gw-bench' });
});

test('procfs tells what this process took, and that others took something', () => {
  const before = cpuMsOf(process.pid);
  const until = performance.now() + 60;
  while (performance.now() < until);
  expect(cpuMsOf(process.pid)).toBeGreaterThan(before);
  expect(residentBytesOf(process.pid)).toBeGreaterThan(10 * 1024 * 1024);
  expect(othersCpuMs([process.pid])).toBeGreaterThan(0);
  expect(othersCpuMs([process.pid])).toBeLessThan(othersCpuMs([]));
  expect(cpuMsOf(2 ** 30)).toBe(0);
});
