import type { ReasonCode } from '@greengate/contracts/refusals';
import type { SensorFaults } from '../../../firmware-sim/src/i2c/scene.ts';
import type { ThermometerRig, ThermometerTraits } from './thermometer.case.ts';

/** A sensor model behind a thermometer, wherever its driver runs. */
interface SensorRig<F> extends ThermometerRig {
  readonly target: { readonly faults: F };
}

/** Faults of a model: each stands or does not. */
type Faults<Name extends string> = Record<Name, boolean>;

const everywhere: readonly (readonly [name: keyof SensorFaults, reason: ReasonCode])[] = [
  ['absent', 'thermometer-absent'],
  ['stuckSda', 'thermometer-bus-stuck'],
  ['deadBus', 'thermometer-bus-dead'],
];

export const overMlx90614 = traitsOf([
  ...everywhere,
  ['pecWrong', 'thermometer-pec-wrong'],
  ['errorFlag', 'thermometer-sensor-error'],
  ['frozen', 'thermometer-stuck'],
]);

export const overMlx90632 = traitsOf([
  ...everywhere,
  ['eepromBusy', 'thermometer-busy'],
  ['frozen', 'thermometer-no-data'],
]);

export async function settled<T extends { settled(): Promise<void> }>(lane: T): Promise<T> {
  await lane.settled();
  return lane;
}

function traitsOf<Name extends string>(
  faults: readonly (readonly [name: Name, reason: ReasonCode])[],
): ThermometerTraits<SensorRig<Faults<Name>>> {
  return {
    toleranceCentiC: 4,
    isSilentAtNobody: true,
    faults: faults.map(([name, reason]) => ({
      name,
      reason,
      begin: (rig) => {
        rig.target.faults[name] = true;
      },
    })),
    repair: ({ target }) => {
      const all = target.faults;
      for (const name of Object.keys(all) as Name[]) all[name] = false;
    },
  };
}
