/** The thread that owns SQLite's writing connection. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveCommands } from './serve-commands.ts';

if (parentPort) await serveCommands(parentPort, workerData);
