/**
 * Version of everything that goes over a wire: messages, codes, segments, manifests. A test pins the shapes
 * behind it (contracts/vectors/wire-history.json): who changes one raises this number and adds a line there.
 */
export const WIRE_VERSION = 1;
