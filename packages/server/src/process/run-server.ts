import { type Config, forgetMade, loadConfig, readSettings } from '../config/config.ts';
import { helpText } from '../config/describe.ts';
import { strangeNames } from '../config/sources.ts';
import { SettingsError } from '../config/start-error.ts';
import { serverVersion } from '../config/version.ts';
import { KeysRefused } from '../same-keys.ts';
import { createServer, type Server } from '../server.ts';
import { isOfOthers } from '../telemetry/logs/error-in-line.ts';
import { makeLogger } from '../telemetry/logs/logger.ts';
import { writeCurlConfig } from './curl-config.ts';
import { shellDirectory } from './shell-directory.ts';
import { describeStartFailure } from './start-failure.ts';
import { startMessage } from './start-message.ts';
import { stopOnSignal } from './stop-on-signal.ts';

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/**
 * Runs the server in this process, until a signal ends both.
 *
 * @param argv the settings that are given as flags, or --help, or --version
 */
export async function runServer(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(helpText());
    return;
  }
  if (argv.includes('--version')) {
    process.stdout.write(`colloquy ${serverVersion()}\n`);
    return;
  }
  let databaseUrl: string | undefined;
  let config: Config | undefined;
  let server: Server | undefined;
  // What follows the delay takes as long as ever.
  const drainLimit = () => 10_000 + (config?.drainDelay ?? 0);
  stopOnSignal(async () => await server?.close(), say, drainLimit);
  try {
    // A start that is refused leaves nothing behind: what the database says is known before anything is made.
    ({ databaseUrl } = readSettings(argv, process.env, process.cwd()));
    if (databaseUrl !== undefined) await requireDatabase(databaseUrl);
    config = loadConfig(argv, process.env, process.cwd());
    const logger = makeLogger(config);
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => {
        // Where nobody caught it is what is to be known of it.
        const stack = error instanceof Error && isOfOthers(error) ? error.stack : undefined;
        logger.fatal({ error, stack }, `${event}: the process ends, since its state is not known any more`);
        process.exit(1);
      });
    }
    const names = strangeNames(process.env);
    if (names.length > 0) logger.warn({ names }, 'the environment has names that are no settings');
    server = await createServer(config, { logger, say });
    if (config.mode === 'development') writeCurlConfig(config);
    const { url } = await server.listen();
    process.stdout.write(startMessage(config, url, shellDirectory));
  } catch (error) {
    if (config && error instanceof KeysRefused) forgetMade(config);
    say(error instanceof SettingsError ? error.message : describeStartFailure(error, config, databaseUrl));
    process.exit(error instanceof SettingsError ? 2 : 1);
  }
}

/** Loaded only where it is used. */
async function requireDatabase(url: string): Promise<void> {
  const { requireReachable } = await import('../storage/postgres/reach.ts');
  await requireReachable(url);
}
