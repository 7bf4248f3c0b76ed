/** What people are told of a thermometer and its readings: part of the registry of reason codes. */
export const THERMOMETER_REASONS = {
  'temperature-fever': {
    zh: '体温偏高，请到人工通道复测。',
    en: 'Temperature is high. Please go to the staffed lane.',
  },
  'temperature-missing': {
    zh: '未测到体温，请到人工通道。',
    en: 'No temperature was taken. Please use the staffed lane.',
  },
  'temperature-invalid': {
    zh: '测温设备故障，请到人工通道。',
    en: 'The thermometer sent no valid number. Please use the staffed lane.',
  },
  'temperature-out-of-range': {
    zh: '测温读数异常，请到人工通道。',
    en: 'The thermometer reading is not possible. Please use the staffed lane.',
  },
  'temperature-too-low': {
    zh: '额温偏低，可能刚从室外进入，请到人工通道。',
    en: 'Your forehead is still cold, or too far off. Please use the staffed lane.',
  },
  'temperature-jump': {
    zh: '测温读数突变，请到人工通道。',
    en: 'The thermometer reading jumped. Please use the staffed lane.',
  },
  'temperature-unsteady': {
    zh: '体温读数不稳定，请到人工通道。',
    en: 'The temperature did not settle. Please use the staffed lane.',
  },
  'ambient-out-of-range': {
    zh: '环境温度超出测温范围，请到人工通道。',
    en: 'It is too cold or too warm here to take temperatures. Please use the staffed lane.',
  },
  'ambient-unknown': {
    zh: '环境温度未知，请到人工通道。',
    en: 'The air temperature is not known. Please use the staffed lane.',
  },
  'thermometer-uncalibrated': {
    zh: '测温设备无有效校准证书，请到人工通道。',
    en: 'The thermometer has no valid calibration. Please use the staffed lane.',
  },
  'thermometer-warming-up': {
    zh: '测温设备正在预热，请到人工通道。',
    en: 'The thermometer is warming up. Please use the staffed lane.',
  },
  'thermometer-settling': {
    zh: '测温设备刚上电，请到人工通道。',
    en: 'The thermometer has just been switched on. Please use the staffed lane.',
  },
  'thermometer-absent': {
    zh: '测温设备未连接，请到人工通道。',
    en: 'The thermometer does not answer. Please use the staffed lane.',
  },
  'thermometer-bus-dead': {
    zh: '测温总线无数据，请到人工通道。',
    en: 'The thermometer sends nothing but ones. Please use the staffed lane.',
  },
  'thermometer-bus-stuck': {
    zh: '测温总线故障，请到人工通道。',
    en: 'The bus of the thermometer is stuck. Please use the staffed lane.',
  },
  'thermometer-pec-wrong': {
    zh: '测温数据校验错误，请到人工通道。',
    en: 'What the thermometer sent was garbled. Please use the staffed lane.',
  },
  'thermometer-sensor-error': {
    zh: '测温传感器报错，请到人工通道。',
    en: 'The thermometer reports an error. Please use the staffed lane.',
  },
  'thermometer-busy': {
    zh: '测温传感器忙，请到人工通道。',
    en: 'The thermometer is busy. Please use the staffed lane.',
  },
  'thermometer-no-data': {
    zh: '测温传感器无新数据，请到人工通道。',
    en: 'The thermometer measures nothing new. Please use the staffed lane.',
  },
  'thermometer-stuck': {
    zh: '测温传感器读数卡死，请到人工通道。',
    en: 'The thermometer hangs at one value. Please use the staffed lane.',
  },
  'thermometer-unsuitable': {
    zh: '测温传感器型号或校准数据不符，请到人工通道。',
    en: 'The thermometer is not the one expected. Please use the staffed lane.',
  },
} as const;
