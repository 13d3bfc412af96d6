/** The server in a process that can be killed. Arguments: a folder for its data, and what its clock is made from. */
import { createServer, loadConfig } from '@colloquy/server';
import { hastenedClock } from './hastened-clock.ts';

const [folder = '', since, speed] = process.argv.slice(2);
const environment = {
  COLLOQUY_PORT: '0',
  COLLOQUY_LOG_LEVEL: 'fatal',
  COLLOQUY_SANDBOX: 'off',
  COLLOQUY_OUTGOING_NETWORKS: '127.0.0.0/8',
};
const config = loadConfig([], environment, folder);
const server = await createServer(config, { clock: hastenedClock(Number(since), Number(speed)) });
const { url } = await server.listen();
process.send?.({ url, credentials: config.credentials });
