import type { Target } from './target.ts';
import { codeTarget } from './targets/code.ts';
import { configTarget } from './targets/config.ts';
import { demuxTarget } from './targets/demux.ts';
import { mqttTarget } from './targets/mqtt.ts';
import { segmentTarget } from './targets/segment.ts';

export const targets: readonly Target[] = [
  codeTarget,
  configTarget,
  demuxTarget,
  mqttTarget,
  segmentTarget,
];
