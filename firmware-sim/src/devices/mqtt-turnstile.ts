import type { EpochMs } from '@greengate/contracts/time';
import { gateCommandSchema } from '@greengate/contracts/wire/gate-command';
import type { Clock, SeenOrder, Timers, Turnstile } from '../ports.ts';
import {
  reduceTurnstile,
  TURNSTILE_AT_POWER_ON,
  type TurnstileInput,
  type TurnstileOutput,
} from '../turnstile-model.ts';
import type { MqttLink, MqttLinkOptions } from './mqtt-link.ts';

/** The turnstile's firmware on a network controller: the model, with MQTT and a clock around it. */
export function createMqttTurnstile(
  openLink: (options: MqttLinkOptions) => MqttLink,
  { clock, timers }: { clock: Clock; timers: Timers },
): Turnstile {
  let state = TURNSTILE_AT_POWER_ON;
  let greeted = false;
  const listeners: ((seen: SeenOrder) => void)[] = [];

  const feed = async (input: TurnstileInput): Promise<void> => {
    const at = clock.mono();
    const step = reduceTurnstile(state, input, clock.now());
    state = step.state;
    await Promise.all(step.outputs.map((output) => put(output, at)));
  };

  const put = async (output: TurnstileOutput, at: SeenOrder['at']): Promise<void> => {
    switch (output.kind) {
      case 'ack':
        for (const tell of listeners) tell({ order: output.order, result: output.ack.result, at });
        await link.publish('ack', JSON.stringify(output.ack));
        return;
      case 'passage':
        await link.publish('passage', JSON.stringify(output.passage));
        return;
      case 'state':
        await link.publish('state', JSON.stringify({ state: output.state }), true);
        return;
      case 'wake':
        wake(output.at);
    }
  };

  const wake = (at: EpochMs) => {
    // One millisecond more: a timer may fire just before the clock says so.
    timers.after(at - clock.now() + 1, () => void feed({ kind: 'tick' }));
  };

  const link = openLink({
    commands: (payload, retained) => {
      const command = parseCommand(payload);
      if (!command) return;
      if (command.action === 'hello' && !retained) greeted = true;
      void feed({ kind: 'command', command, retained });
    },
    onChange: (connected) => {
      if (!connected) greeted = false;
    },
  });

  return {
    ready: () => link.connected() && greeted,
    close: link.close,
    idle: () => state.barrier.name === 'shut',
    onOrder: (listener) => void listeners.push(listener),
    turnArm: (degrees) => feed({ kind: 'arm', degrees }),
  };
}

function parseCommand(payload: string) {
  try {
    return gateCommandSchema.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
