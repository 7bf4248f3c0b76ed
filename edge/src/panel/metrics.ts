import { type Decision, STALENESSES, type Staleness } from '@greengate/contracts/rules/admit';
import { CLOCK_TRUSTS, type ClockTrust } from '@greengate/contracts/time';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { loopSampleMs } from '../limits.ts';
import type { GatewayStatus } from './status.ts';

/** What a gateway tells Prometheus. Labels are lanes and codes, never a person or a device of one. */
export interface GatewayMetrics {
  decided(lane: string, decision: Decision, latencyMs: number): void;
  set(values: {
    pending: number;
    replicaAgeSeconds: number;
    bucketsWrong: number;
    bucketsMended: number;
    cloudReachable: boolean;
    recordsLate: number;
    recordsFailed: number;
    recordsWaiting: number;
    recordsLost: number;
    safeMode: boolean;
    crashes: number;
    /** NaN before the cloud was heard. */
    clockSkewSeconds: number;
    clockTrust: ClockTrust;
    staleness: Staleness;
    devices: GatewayStatus['devices'];
  }): void;
  text(): Promise<string>;
}

const LATENCY_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];

export function createGatewayMetrics(): GatewayMetrics {
  const registers = [new Registry()] as const;
  const [registry] = registers;
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: loopSampleMs });
  const decisions = new Counter({
    name: 'greengate_decisions_total',
    help: 'Decisions by verdict and reason code',
    labelNames: ['lane', 'verdict', 'reason', 'rung'],
    registers: [...registers],
  });
  const latency = new Histogram({
    name: 'greengate_decision_seconds',
    help: 'From the last byte of a scan to the order to the turnstile',
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [...registers],
  });
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, registers: [...registers] });
  /** One series a state, 1 for the one that is. */
  const states = <State extends string>(name: string, help: string, all: readonly State[]) => {
    const each = new Gauge({ name, help, labelNames: ['state'], registers: [...registers] });
    return (now: State) => {
      for (const state of all) each.set({ state }, state === now ? 1 : 0);
    };
  };
  const pending = gauge('greengate_outbox_pending', 'Events that the cloud has not acknowledged');
  const setReplica = replicaGauges(gauge);
  const reachable = gauge(
    'greengate_cloud_reachable',
    '1 while the last exchange with the cloud worked',
  );
  const late = gauge(
    'greengate_records_late',
    'Records that missed the journal deadline since start',
  );
  const failed = gauge('greengate_records_failed', 'Records that the disk refused at first');
  const waiting = gauge('greengate_records_waiting', 'Refused records kept in memory');
  const safe = gauge('greengate_safe_mode', '1 while only what is needed to decide runs');
  const crashes = gauge('greengate_crashes', 'Ends that nobody asked for, while they count');
  const skew = gauge(
    'greengate_clock_skew_seconds',
    'How far the machine’s clock is ahead of the cloud’s',
  );
  const trust = states('greengate_clock_trust', 'Whether the clock is trusted', CLOCK_TRUSTS);
  const staleness = states(
    'greengate_replica_staleness',
    'What the policy makes of the age of the replica',
    STALENESSES,
  );
  const lost = gauge('greengate_records_lost', 'Records given up since start');

  const devices = deviceGauges(registers);

  return {
    decided(lane, { verdict, reason, rung }, latencyMs) {
      decisions.inc({ lane, verdict, reason, rung });
      latency.observe(latencyMs / 1000);
    },
    set(values) {
      pending.set(values.pending);
      setReplica(values);
      reachable.set(values.cloudReachable ? 1 : 0);
      late.set(values.recordsLate);
      failed.set(values.recordsFailed);
      waiting.set(values.recordsWaiting);
      lost.set(values.recordsLost);
      safe.set(values.safeMode ? 1 : 0);
      crashes.set(values.crashes);
      skew.set(values.clockSkewSeconds);
      trust(values.clockTrust);
      staleness(values.staleness);
      devices(values.devices);
    },
    text: () => registry.metrics(),
  };
}

function deviceGauges(registers: readonly [Registry]): (devices: GatewayStatus['devices']) => void {
  const online = new Gauge({
    name: 'greengate_device_online',
    help: '1 while a device of the gateway can do its work',
    labelNames: ['lane', 'device'],
    registers: [...registers],
  });
  const fault = new Gauge({
    name: 'greengate_device_fault',
    help: '1 for what is wrong with a device of the gateway, by reason code',
    labelNames: ['lane', 'device', 'reason'],
    registers: [...registers],
  });
  return (devices) => {
    fault.reset();
    for (const { lane, device, ...health } of devices) {
      online.set({ lane, device }, health.online ? 1 : 0);
      if (health.fault !== undefined) fault.set({ lane, device, reason: health.fault }, 1);
    }
  };
}

function replicaGauges(gauge: (name: string, help: string) => Gauge) {
  const age = gauge(
    'greengate_replica_age_seconds',
    'Age of the oldest status stream by signed time',
  );
  const wrong = gauge(
    'greengate_replica_buckets_wrong',
    'Buckets of keys that are not what the cloud says, and are unknown until they are fetched',
  );
  const mended = gauge('greengate_replica_buckets_mended', 'Such buckets mended since start');
  return (
    values: Pick<
      Parameters<GatewayMetrics['set']>[0],
      'replicaAgeSeconds' | 'bucketsWrong' | 'bucketsMended'
    >,
  ) => {
    age.set(values.replicaAgeSeconds);
    wrong.set(values.bucketsWrong);
    mended.set(values.bucketsMended);
  };
}
