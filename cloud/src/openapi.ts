/** The head of /openapi.json. Paths and schemas come from the routes themselves. */
export const documentInfo = {
  openapi: '3.1.0',
  info: {
    title: 'Greengate cloud',
    version: '1',
    description: 'Health-code gates that never wait for the cloud: the cloud.',
  },
} as const;

/** How callers prove who they are: services and holders' phones, people who signed in, gateways. */
export const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer' },
  session: { type: 'apiKey', in: 'cookie', name: '__Host-greengate' },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'Signature-Input',
    description: 'HTTP Message Signatures (RFC 9421), Ed25519, the profile of contracts.',
  },
} as const;
