import { readSettings } from '../config/config.ts';
import { flagOf, givenNames } from '../config/names.ts';
import { didYouMean } from '../config/nearest.ts';
import type { Settings } from '../config/settings.ts';
import { OperateError } from './operate-error.ts';

/** Flag → what stands for its value in the help, or null where it has none; and what it does. */
export type Flags = Readonly<Record<string, readonly [value: string | null, about: string]>>;

export interface Asked<F extends Flags> {
  /** What was given, the empty text for a flag without a value. */
  given: Map<keyof F & string, string>;
  /** What stands beside the flags. */
  words: string[];
  /** Those of the server here, from flags, environment and configuration file. */
  settings: Settings;
}

/**
 * Reads the flags of a command that works on the data of a server: its own, and the server's settings, which say where
 * the data are.
 *
 * @throws OperateError with exit code 2
 * @throws SettingsError
 */
export function readAsked<F extends Flags>(argv: readonly string[], flags: F, cwd: string): Asked<F> {
  const given = new Map<keyof F & string, string>();
  const words: string[] = [];
  const forServer: string[] = [];
  const settingFlags = [...givenNames, 'config' as const].map(flagOf);
  const rest = [...argv];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const [flag = '', ...inline] = argument.split('=');
    const own = Object.hasOwn(flags, flag) ? flags[flag] : undefined;
    if (!argument.startsWith('-')) words.push(argument);
    else if (own) {
      const value = own[0] === null ? '' : inline.length > 0 ? inline.join('=') : rest.shift();
      if (value === undefined) throw new OperateError(`${flag} needs a value.`, 2);
      if (own[0] === null && inline.length > 0) throw new OperateError(`${flag} takes no value.`, 2);
      given.set(flag, value);
    } else if (settingFlags.includes(flag)) {
      forServer.push(argument);
      const value = inline.length > 0 ? undefined : rest.shift();
      if (value !== undefined) forServer.push(value);
    } else {
      const known = [...Object.keys(flags), ...settingFlags];
      throw new OperateError(`${flag} is not a flag${didYouMean(flag, known) || '; --help lists all.'}`, 2);
    }
  }
  return { given, words, settings: readSettings(forServer, process.env, cwd) };
}

const ofTheServer = {
  '--data-dir': ['directory', 'where the data of the server are; by default ./data'],
  '--database-url': ['url', 'the PostgreSQL database of the server, if it has one'],
} as const satisfies Flags;

/**
 * The part of a command's help that lists its flags.
 *
 * @param settings those of the server's settings that it is mostly called with, as flags
 */
export function flagTable(flags: Flags, settings: Flags = ofTheServer): string {
  const rows = Object.entries({ ...flags, ...settings }).map(
    ([flag, [value, about]]) => [value === null ? flag : `${flag} <${value}>`, about] as const,
  );
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return `${rows.map(([name, about]) => `  ${name.padEnd(width)}${about}`).join('\n')}

Other settings of the server are understood as well; \`colloquy start --help\`
lists them. What the environment and colloquy.config.json say holds here, too.
`;
}
