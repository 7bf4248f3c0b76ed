import { deviceIdSchema } from '@greengate/contracts/ids';
import { createMqttThermometer } from '../../src/devices/mqtt-thermometer.ts';
import { MqttStation, topicOf } from '../fakes/mqtt-station.ts';
import { thermometerCase } from './thermometer.case.ts';

thermometerCase('MQTT, on a real broker', async () => {
  const station = await MqttStation.start(['thermometer-1']);
  const client = await station.connect('thermometer-1');
  return {
    thermometer: createMqttThermometer(station.broker, deviceIdSchema.parse('thermometer-1')),
    measure: (text) =>
      client.publish(topicOf('thermometer-1', 'temperature'), `{"celsius":${text}}`),
    close: () => station.close(),
  };
});
