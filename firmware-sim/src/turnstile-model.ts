import type { PassageId } from '@greengate/contracts/ids';
import type { EpochMs } from '@greengate/contracts/time';
import type {
  DeviceState,
  GateAck,
  GateCommand,
  GateOrder,
  TurnstilePassage,
} from '@greengate/contracts/wire/gate-command';
import { grantMsMax, noncesCountMax, passageMsMax } from './limits.ts';

/** Where the barrier stands. `released` is the fire release: the arm turns for everyone. */
type Barrier =
  | { readonly name: 'shut' }
  /** Pulsed: one person may pass until then. */
  | { readonly name: 'granted'; readonly passage: PassageId; readonly until: EpochMs }
  | { readonly name: 'passing'; readonly passage: PassageId; readonly until: EpochMs }
  /** The arm stands turned after a passage, or without a grant, and must come home first. */
  | { readonly name: 'away' }
  | { readonly name: 'released' };

/** What a turnstile knows. Its firmware is a pure function of this and what comes in. */
export interface TurnstileState {
  /** The gateway boot that it obeys; none until the first hello. */
  readonly boot: string | undefined;
  readonly barrier: Barrier;
  /** Nonces acted on, oldest first. */
  readonly nonces: readonly string[];
  readonly sign: GateOrder['action'] | undefined;
}

export type TurnstileInput =
  | { readonly kind: 'command'; readonly command: GateCommand; readonly retained: boolean }
  /** Somebody moves the arm to this angle, in degrees; the barrier lets it or is forced. */
  | { readonly kind: 'arm'; readonly degrees: number }
  | { readonly kind: 'tick' };

export type TurnstileOutput =
  | { readonly kind: 'ack'; readonly ack: GateAck; readonly order: GateOrder }
  | { readonly kind: 'passage'; readonly passage: TurnstilePassage }
  | { readonly kind: 'state'; readonly state: DeviceState['state'] }
  /** Wants a `tick` at this instant. */
  | { readonly kind: 'wake'; readonly at: EpochMs };

export interface TurnstileStep {
  readonly state: TurnstileState;
  readonly outputs: readonly TurnstileOutput[];
}

export const TURNSTILE_AT_POWER_ON: TurnstileState = {
  boot: undefined,
  barrier: { name: 'shut' },
  nonces: [],
  sign: undefined,
};

/** The arm counts as turned from here on, and as through from there on (HARDWARE 3). */
const ARM_TURNED_DEGREES = 8;
export const ARM_THROUGH_DEGREES = 120;

/** The turnstile's firmware: pulse mode, single passage (HARDWARE 3). Time comes with the input. */
export function reduceTurnstile(
  state: TurnstileState,
  input: TurnstileInput,
  now: EpochMs,
): TurnstileStep {
  switch (input.kind) {
    case 'command':
      // A broker repeats a retained message to whoever subscribes, however old it is (THREATS T14).
      return input.retained ? stay(state) : onCommand(state, input.command, now);
    case 'arm':
      return onArm(state, input.degrees, now);
    case 'tick':
      return onTick(state, now);
  }
}

function onCommand(state: TurnstileState, command: GateCommand, now: EpochMs): TurnstileStep {
  if (command.action === 'hello') return stay({ ...state, boot: command.boot });
  const result = judge(state, command, now);
  const ack = {
    kind: 'ack',
    ack: { nonce: command.nonce, result },
    order: command,
  } as const;
  if (result !== 'accepted') return { state, outputs: [ack] };
  const nonces = [...state.nonces, command.nonce].slice(-noncesCountMax);
  const taken = { ...state, nonces, sign: command.action };
  if (command.action === 'release') {
    return { state: { ...taken, barrier: { name: 'released' } }, outputs: [ack] };
  }
  if (command.action !== 'open') return { state: taken, outputs: [ack] };
  const until = (now + grantMsMax) as EpochMs;
  return {
    state: { ...taken, barrier: { name: 'granted', passage: command.passage, until } },
    outputs: [ack, { kind: 'wake', at: until }],
  };
}

/** Whether an order may be acted on: of this boot, in time, once, and with the barrier at rest. */
function judge(state: TurnstileState, order: GateOrder, now: EpochMs): GateAck['result'] {
  if (order.boot !== state.boot) return 'foreign-boot';
  if (now >= order.expiresAt) return 'expired';
  if (state.nonces.includes(order.nonce)) return 'repeated';
  if (order.action === 'open' && state.barrier.name !== 'shut') return 'busy';
  return 'accepted';
}

function onArm(state: TurnstileState, degrees: number, now: EpochMs): TurnstileStep {
  const { barrier } = state;
  const turned = degrees >= ARM_TURNED_DEGREES;
  switch (barrier.name) {
    case 'released':
      return stay(state);
    case 'away':
      return stay(turned ? state : { ...state, barrier: { name: 'shut' } });
    case 'shut':
      if (!turned) return stay(state);
      return move(state, { name: 'away' }, { event: 'forced' });
    case 'granted': {
      if (!turned) return stay(state);
      const until = (now + passageMsMax) as EpochMs;
      const { passage } = barrier;
      const step = move(state, { name: 'passing', passage, until }, { event: 'started', passage });
      return { ...step, outputs: [...step.outputs, { kind: 'wake', at: until }] };
    }
    case 'passing': {
      const { passage } = barrier;
      // A tripod is at rest again once it has turned through: the next arm is in its place.
      if (degrees >= ARM_THROUGH_DEGREES) {
        return move(state, { name: 'shut' }, { event: 'completed', passage });
      }
      return turned ? stay(state) : move(state, { name: 'shut' }, { event: 'reversed', passage });
    }
  }
}

function onTick(state: TurnstileState, now: EpochMs): TurnstileStep {
  const { barrier } = state;
  if (barrier.name === 'granted' && now >= barrier.until) {
    return move(state, { name: 'shut' }, { event: 'timed-out', passage: barrier.passage });
  }
  // Somebody or something stands between the arms: a stall, which a person must look at.
  if (barrier.name === 'passing' && now >= barrier.until) {
    return { state, outputs: [{ kind: 'state', state: 'fault' }] };
  }
  return stay(state);
}

function move(state: TurnstileState, barrier: Barrier, passage: TurnstilePassage): TurnstileStep {
  return { state: { ...state, barrier }, outputs: [{ kind: 'passage', passage }] };
}

function stay(state: TurnstileState): TurnstileStep {
  return { state, outputs: [] };
}
