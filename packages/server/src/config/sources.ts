/** Where values come from: flags, the environment and the configuration file. Nothing is checked here but names. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { environmentNameOf, flagOf, type GivenName, givenNames, secretKeys } from './names.ts';
import { didYouMean } from './nearest.ts';
import type { SettingKey } from './settings.ts';

export interface Given {
  value: unknown;
  /** How the person who gave it would name it: `--port`, `COLLOQUY_PORT`, `"port" in colloquy.config.json`. */
  origin: string;
}

export type GivenSettings = Partial<Record<SettingKey, Given>>;
type Source = Map<GivenName | 'config', Given>;

const prefix = 'COLLOQUY_';

export const defaultConfigFile = 'colloquy.config.json';

/**
 * What was given, by precedence: flags, environment, configuration file.
 *
 * @param problems gets a sentence for each name that is unknown and each file that cannot be read
 */
export function collectSettings(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  problems: string[],
): GivenSettings {
  const flags = readFlags(argv, problems);
  const environment = readEnvironment(env, problems);
  const file = readConfigFile(flags.get('config') ?? environment.get('config'), cwd, problems);
  return Object.assign({}, ...[file, environment, flags].map((source) => withSecretFiles(source, cwd, problems)));
}

function readFlags(argv: readonly string[], problems: string[]): Source {
  const names = new Map([...givenNames, 'config' as const].map((name) => [flagOf(name), name]));
  const source: Source = new Map();
  const rest = [...argv];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const [flag = '', ...inline] = argument.split('=');
    const name = names.get(flag);
    if (!name) {
      if (argument.startsWith('-')) {
        problems.push(
          `${flag} is not a flag${didYouMean(flag, [...names.keys(), '--help', '--version']) || '; --help lists all.'}`,
        );
        // What follows is most likely its value: a second complaint would help nobody.
        if (inline.length === 0 && !rest[0]?.startsWith('-')) rest.shift();
      } else {
        problems.push(`"${argument}" is not expected; settings are given as flags, which --help lists.`);
      }
      continue;
    }
    const value = inline.length > 0 ? inline.join('=') : rest.shift();
    if (value === undefined) problems.push(`${flag} needs a value.`);
    else source.set(name, { value, origin: flag });
  }
  return source;
}

/** An empty value counts as none: that is how compose files and unit files leave a variable out. */
function readEnvironment(env: NodeJS.ProcessEnv, problems: string[]): Source {
  const names = new Map([...givenNames, 'config' as const].map((name) => [environmentNameOf(name), name]));
  const source: Source = new Map();
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || !value) continue;
    const isMade = isMadeByKubernetes(variable, value);
    const name = names.get(variable);
    if (name) {
      source.set(name, { value, origin: isMade ? `${variable}, ${madeByKubernetes},` : variable });
      continue;
    }
    if (isMade) continue;
    // Others may use the prefix too; a name that is nearly one of ours is most likely a mistake.
    const meant = didYouMean(variable, [...names.keys()]);
    if (meant) problems.push(`${variable} is not a setting${meant}`);
  }
  return source;
}

/** Names in the environment with our prefix that are no settings. Those that Kubernetes makes are nobody's mistake. */
export function strangeNames(env: NodeJS.ProcessEnv): string[] {
  const names = new Set([...givenNames, 'config' as const].map(environmentNameOf));
  return Object.entries(env)
    .filter(([variable, value]) => variable.startsWith(prefix) && value && !names.has(variable))
    .filter(([variable, value]) => !isMadeByKubernetes(variable, value ?? ''))
    .map(([variable]) => variable)
    .toSorted();
}

const madeByKubernetes =
  'which Kubernetes has made for a Service named colloquy (enableServiceLinks: false in the pod keeps it from that)';

/**
 * A container gets the address of each Service of its namespace in several names, unless its pod does without them. Of one
 * that is named `colloquy` they begin as our own.
 */
function isMadeByKubernetes(variable: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_\w+)?)$/.test(variable) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(variable) ||
    (variable.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}

function readConfigFile(given: Given | undefined, cwd: string, problems: string[]): Source {
  const source: Source = new Map();
  const path = String(given?.value ?? defaultConfigFile);
  if (!given && !existsSync(resolve(cwd, path))) return source;
  const text = readText(resolve(cwd, path), given?.origin ?? path, problems);
  if (text === undefined) return source;

  const content = parseObject(text);
  if (!content) {
    problems.push(`${path} is not a JSON object; expected something like {"port": 8010}.`);
    return source;
  }
  for (const [key, value] of Object.entries(content)) {
    const name = givenNames.find((known) => known === key);
    if (name) source.set(name, { value, origin: `"${key}" in ${path}` });
    else problems.push(`"${key}" in ${path} is not a setting${didYouMean(key, givenNames) || '.'}`);
  }
  return source;
}

/** Puts the secrets' contents in the place of their files' paths. */
function withSecretFiles(source: Source, cwd: string, problems: string[]): GivenSettings {
  for (const key of secretKeys) {
    const file = source.get(`${key}File`);
    if (!file) continue;
    const itself = source.get(key);
    if (itself) problems.push(`${itself.origin} and ${file.origin} exclude each other; give one of them.`);
    const text = readText(resolve(cwd, String(file.value)), file.origin, problems);
    if (text !== undefined) source.set(key, { value: text.trim(), origin: `The content of ${file.origin}` });
  }
  return Object.fromEntries([...source].filter(([name]) => name !== 'config' && !name.endsWith('File')));
}

function readText(path: string, origin: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    problems.push(`${origin} names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`);
    return undefined;
  }
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
