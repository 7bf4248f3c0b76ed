/** A whole HTTP/1.1 request as it goes over the wire. */
function requestOf(method: string, path: string, token: string, body?: object): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body);
  const head = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    `authorization: Bearer ${token}`,
    ...(body === undefined
      ? []
      : ['content-type: application/json', `content-length: ${Buffer.byteLength(text)}`]),
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`);
}

export const declaration = {
  division: '330100',
  symptoms: { fever: false, dryCough: false, fatigue: false },
  residenceDays: 400,
  contactOfCase: false,
  highRiskTravel: false,
  temperatureCentiC: 3650,
};

export const statusRequest = (token: string) => requestOf('GET', '/v1/status', token);
export const declarationRequest = (token: string) =>
  requestOf('POST', '/v1/declarations', token, declaration);

/** Registers the person of that number. */
export function registrationRequest(token: string, at: number): Buffer {
  return requestOf('POST', '/v1/holders', token, person(at));
}

export function person(at: number) {
  const idNumber = `${33010019700101000n + BigInt(at)}X`;
  return { name: `Person ${at}`, idNumber, phone: '13800000000' };
}

export function gatewayRequest(token: string, gateway: string, publicKey: string): Buffer {
  return requestOf('POST', '/v1/gateways', token, { gateway, station: 'station-1', publicKey });
}
