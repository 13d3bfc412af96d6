import { didYouMean } from '../config/nearest.ts';
import type { Provider } from './provider.ts';
import { providers } from './providers/providers.ts';
import { SimulateError } from './simulate-error.ts';

export interface Arguments {
  provider: Provider;
  port: number;
  own: string;
  /** Undefined: where the settings say that the server of this directory is. */
  server: string | undefined;
  dataDir: string | undefined;
  attach: boolean;
  keep: boolean;
}

/** Flag → what stands for its value in the help, or null where it has none; and what it does. */
const flags = {
  '--port': ['number', 'where the simulator listens; 0 takes any free port'],
  '--address': ['address', 'the own address: what people write to'],
  '--server': ['url', 'the server to attach to; by default the one here'],
  '--data-dir': ['directory', 'where its credentials are; by default ./data'],
  '--keep': [null, 'leave the sender in the server at the end'],
  '--no-attach': [null, 'leave the server alone'],
} as const satisfies Record<string, readonly [string | null, string]>;

type Flag = keyof typeof flags;

export function simulateHelp(): string {
  const table = (rows: readonly (readonly [string, string])[]) => {
    const width = Math.max(...rows.map(([name]) => name.length)) + 2;
    return rows.map(([name, about]) => `  ${name.padEnd(width)}${about}`).join('\n');
  };
  return `Usage: colloquy simulate <provider> [flags]

Runs a simulator of a provider on this machine. It refuses what the provider
refuses and fails on demand. Unless told otherwise it makes a sender for itself
in the server of this directory, and removes it at the end.

${table(providers.map(({ name, about }) => [name, about]))}

${table(Object.entries(flags).map(([flag, [value, about]]) => [value === null ? flag : `${flag} <${value}>`, about]))}
`;
}

/** @throws SimulateError with exit code 2 */
export function readArguments(argv: readonly string[]): Arguments {
  const given = new Map<Flag, string>();
  const words: string[] = [];
  const rest = [...argv];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (!argument.startsWith('-')) {
      words.push(argument);
      continue;
    }
    const [flag = '', ...inline] = argument.split('=');
    if (!Object.hasOwn(flags, flag)) {
      throw new SimulateError(
        `${flag} is not a flag${didYouMean(flag, Object.keys(flags)) || '; --help lists all.'}`,
        2,
      );
    }
    const [takes] = flags[flag as Flag];
    const value = takes === null ? '' : inline.length > 0 ? inline.join('=') : rest.shift();
    if (value === undefined) throw new SimulateError(`${flag} needs a value.`, 2);
    if (takes === null && inline.length > 0) throw new SimulateError(`${flag} takes no value.`, 2);
    given.set(flag as Flag, value);
  }
  const provider = readProvider(words);
  return {
    provider,
    port: readPort(given.get('--port') ?? String(provider.port)),
    own: given.get('--address') ?? provider.own,
    server: readServer(given.get('--server')),
    dataDir: given.get('--data-dir'),
    attach: !given.has('--no-attach'),
    keep: given.has('--keep'),
  };
}

function readProvider([name, extra]: readonly string[]): Provider {
  const names = providers.map((provider) => provider.name);
  if (name === undefined) throw new SimulateError(`Which provider? One of ${names.join(', ')}.`, 2);
  const provider = providers.find((one) => one.name === name.toLowerCase());
  if (!provider) {
    const meant = didYouMean(name, names) || `; there are ${names.join(', ')}.`;
    throw new SimulateError(`"${name}" is no provider that can be simulated${meant}`, 2);
  }
  if (extra !== undefined) throw new SimulateError(`"${extra}" is not expected; --help says what is.`, 2);
  return provider;
}

function readPort(text: string): number {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new SimulateError(`--port is "${text}"; expected a whole number from 0 to 65535.`, 2);
}

function readServer(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/\/+$/, '');
  throw new SimulateError(`--server is "${text}"; expected an address such as http://127.0.0.1:8010.`, 2);
}
