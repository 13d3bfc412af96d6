#!/usr/bin/env node
import { pino } from 'pino';
import { type Config, loadConfig } from './config/config.ts';
import { helpText } from './config/describe.ts';
import { SettingsError } from './config/start-error.ts';
import { writeCurlConfig } from './process/curl-config.ts';
import { describeStartFailure } from './process/start-failure.ts';
import { startMessage } from './process/start-message.ts';
import { stopOnSignal } from './process/stop-on-signal.ts';
import { createServer, type Server } from './server.ts';

const argv = process.argv.slice(2);
// npm runs scripts in the repository's root and says here where the shell is.
const shellDirectory = process.env['INIT_CWD'] ?? process.cwd();

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

async function main(): Promise<void> {
  let config: Config | undefined;
  let server: Server | undefined;
  stopOnSignal(async () => await server?.close(), say);
  try {
    config = loadConfig(argv, process.env, process.cwd());
    const logger = pino({ level: config.logLevel, errorKey: 'error' });
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => {
        logger.fatal({ error }, `${event}: the process ends, since its state is not known any more`);
        process.exit(1);
      });
    }
    server = await createServer(config, { logger });
    if (config.mode === 'development') writeCurlConfig(config);
    const { url } = await server.listen();
    process.stdout.write(startMessage(config, url, shellDirectory));
  } catch (error) {
    say(error instanceof SettingsError ? error.message : describeStartFailure(error, config));
    process.exit(error instanceof SettingsError ? 2 : 1);
  }
}

if (argv.includes('--help') || argv.includes('-h')) process.stdout.write(helpText());
else await main();
