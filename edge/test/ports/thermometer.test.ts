import { deviceIdSchema } from '@greengate/contracts/ids';
import { createMlx90614 as mlx90614Model } from '../../../firmware-sim/src/i2c/mlx90614.ts';
import { createMlx90632 as mlx90632Model } from '../../../firmware-sim/src/i2c/mlx90632.ts';
import { createMlx90614 } from '../../src/devices/mlx90614.ts';
import { createMlx90632 } from '../../src/devices/mlx90632.ts';
import {
  createMqttThermometer,
  createProfiledMqttThermometer,
} from '../../src/devices/mqtt-thermometer.ts';
import { plainProfile, startI2cLane } from '../fakes/i2c-lane.ts';
import { ManualThermometer } from '../fakes/manual-thermometer.ts';
import { MqttStation, topicOf } from '../fakes/mqtt-station.ts';
import { realClock } from '../fakes/real-time.ts';
import { overMlx90614, overMlx90632, settled } from './i2c-thermometer.ts';
import { type ThermometerRig, thermometerCase } from './thermometer.case.ts';

interface TextRig extends ThermometerRig {
  /** Sends a reading as `text` says it: a number, or what a broken sensor makes of one. */
  say(text: string): void;
}

const unreadable = ['NaN', 'null', '"36.6"', 'Infinity', '', '36.6.1', '1e999'].map((text) => ({
  name: `'${text}'`,
  reason: 'temperature-invalid' as const,
  begin: (rig: TextRig) => rig.say(text),
}));

const overText = {
  toleranceCentiC: 0,
  isSilentAtNobody: false,
  faults: unreadable,
  repair: () => undefined,
};

thermometerCase('fake', async () => new ManualThermometer(), overText);

thermometerCase('MQTT, on a real broker', () => startMqtt(false), overText);

thermometerCase('MQTT with a site profile', () => startMqtt(true), overText);

async function startMqtt(isProfiled: boolean): Promise<TextRig> {
  const station = await MqttStation.start(['thermometer-1']);
  const client = await station.connect('thermometer-1');
  const device = deviceIdSchema.parse('thermometer-1');
  const { broker } = station;
  const gate = { samples: 1, spreadCentiC: 20 };
  const say = (text: string) => {
    const ambient = isProfiled ? ',"ambientCelsius":22' : '';
    client.publish(topicOf('thermometer-1', 'temperature'), `{"celsius":${text}${ambient}}`);
  };
  return {
    thermometer: isProfiled
      ? createProfiledMqttThermometer(
          broker,
          device,
          { ...plainProfile, gate },
          { ...realClock, upMs: () => 0 },
        )
      : createMqttThermometer(broker, device),
    say,
    measure: (celsius) => say(String(celsius)),
    mono: () => realClock.mono(),
    close: () => station.close(),
  };
}

thermometerCase(
  'MLX90614, register simulator',
  () => settled(startI2cLane(0x5a, mlx90614Model, createMlx90614)),
  overMlx90614,
);

thermometerCase(
  'MLX90632, register simulator',
  () => settled(startI2cLane(0x3a, mlx90632Model, createMlx90632)),
  overMlx90632,
);
