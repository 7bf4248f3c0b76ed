/** What is wrong with a scanner, for the technician at the panel: part of the registry of reason codes. */
export const SCANNER_REASONS = {
  'scanner-lost': {
    zh: '扫码器失联，请检查线缆和供电（运维）。',
    en: 'The scanner is gone: check its cable and power (for operators).',
  },
  'scanner-port-taken': {
    zh: '扫码器串口被其他程序占用（运维）。',
    en: 'Another program holds the port of the scanner (for operators).',
  },
  'scanner-port-denied': {
    zh: '无权打开扫码器串口（运维）。',
    en: 'The gateway may not open the port of the scanner (for operators).',
  },
  'scanner-garbled': {
    zh: '扫码器数据为乱码，请检查波特率（运维）。',
    en: 'The scanner sends garbage: check its line speed (for operators).',
  },
  'scanner-silent': {
    zh: '扫码器不应答命令，请检查接线（运维）。',
    en: 'The scanner does not answer commands: check the wire to it (for operators).',
  },
  'scanner-settings-refused': {
    zh: '扫码器不接受设置（运维）。',
    en: 'The scanner does not take its settings (for operators).',
  },
} as const;
