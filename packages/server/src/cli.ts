#!/usr/bin/env node
import { didYouMean } from './config/nearest.ts';
import { serverVersion } from './config/version.ts';

const usage = `Usage: colloquy [command] [flags]

  start     runs the server; the command when there is none
  doctor    looks whether everything in the database agrees, while it is in use
  backup    writes all that is stored into a directory, while it is in use
  restore   puts a backup in the place of a server that has no data yet
  migrate   moves the data from SQLite to PostgreSQL, while they are in use
  simulate  runs a simulator of a provider, attached to the server here

Each has a --help of its own. --version says which version this is.
`;

/** Loaded when called, so that neither waits for what only the other needs. */
const commands: Readonly<Record<string, (argv: readonly string[]) => Promise<void>>> = {
  start: async (argv) => (await import('./process/run-server.ts')).runServer(argv),
  doctor: async (argv) => (await import('./doctor/command.ts')).doctor(argv),
  backup: async (argv) => (await import('./backup/backup-command.ts')).backup(argv),
  restore: async (argv) => (await import('./backup/restore-command.ts')).restore(argv),
  migrate: async (argv) => (await import('./move/command.ts')).migrateCommand(argv),
  simulate: async (argv) => (await import('./simulate/command.ts')).simulate(argv),
};

const [word, ...rest] = process.argv.slice(2);
const command = word === undefined || word.startsWith('-') ? undefined : word;

if (word === '--help' || word === '-h' || word === 'help') {
  process.stdout.write(usage);
} else if (word === '--version' || word === 'version') {
  process.stdout.write(`colloquy ${serverVersion()}\n`);
} else if (command === undefined) {
  await commands['start']?.(process.argv.slice(2));
} else if (Object.hasOwn(commands, command)) {
  await commands[command]?.(rest);
} else {
  const meant = didYouMean(command, [...Object.keys(commands), 'help', 'version']);
  process.stderr.write(`"${command}" is not a command${meant || '; --help lists all.'}\n`);
  process.exitCode = 2;
}
