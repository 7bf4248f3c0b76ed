import type { Target } from './target.ts';
import { codeTarget } from './targets/code.ts';
import { configTarget } from './targets/config.ts';
import { mqttTarget } from './targets/mqtt.ts';
import { segmentTarget } from './targets/segment.ts';
import { serialTarget } from './targets/serial.ts';

export const targets: readonly Target[] = [
  codeTarget,
  configTarget,
  mqttTarget,
  segmentTarget,
  serialTarget,
];
