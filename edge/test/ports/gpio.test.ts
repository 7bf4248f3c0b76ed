import { FakeGpio } from '../fakes/fake-gpio.ts';
import { ManualTime } from '../fakes/manual-time.ts';
import { type GpioRig, gpioCase, LINES, type SeenChange } from './gpio.case.ts';

gpioCase('fake', startFake);

async function startFake(): Promise<GpioRig> {
  const time = new ManualTime();
  const gpio = new FakeGpio(time.timers, LINES);
  const changes: SeenChange[] = [];
  const outputs = new Map<number, (active: boolean) => void>();
  const inputs = new Map<number, () => boolean>();
  return {
    openOutput: async (place) => {
      const opened = gpio.openOutput(place);
      if (opened.ok) outputs.set(place.line, opened.value.write);
      return opened;
    },
    openInput: async (place) => {
      const opened = gpio.openInput(place);
      if (!opened.ok) return opened;
      inputs.set(place.line, opened.value.read);
      opened.value.onChange((active, isEdgeLost = false) => {
        changes.push({ line: place.line, active, isEdgeLost });
      });
      return opened;
    },
    write: async (line, active) => outputs.get(line)?.(active),
    read: async (line) => inputs.get(line)?.() ?? false,
    closeLines: async () => gpio.close(),
    levels: (line) => gpio.levels(line),
    drive: (line, level) => gpio.drive(line, level),
    settle: async () => time.advance(2000),
    changes: () => changes,
    faults: {
      busy: (line) => void gpio.busy.add(line),
      broken: (line, isBroken) => void gpio.broken[isBroken ? 'add' : 'delete'](line),
      loseEdges: (count) => {
        gpio.edgesToLose = count;
      },
    },
    close: async () => gpio.close(),
  };
}
