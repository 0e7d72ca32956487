// Free ports on this machine.

import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Starts a server on a free port of the loopback interface, and returns the port.
 *
 * @param {import('node:net').Server} server
 */
export async function listen(server) {
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
}

/** A port that is free now, for a program that needs a port number. */
export async function freePort() {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}
