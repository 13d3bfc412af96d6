import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFileDurably } from '../storage/durable-file.ts';
import { settings } from './settings.ts';
import { StartError } from './start-error.ts';

export interface Credentials {
  accountSid: string;
  authToken: string;
  apiKeySid: string;
  apiKeySecret: string;
}

type GivenCredentials = { [K in keyof Credentials]?: string | undefined };

/** 256 bits for what signs tokens, as long as SHA-256's result (RFC 7518, section 3.2); 128 for the rest. */
const make: { [K in keyof Credentials]: () => string } = {
  accountSid: () => `AC${randomBytes(16).toString('hex')}`,
  authToken: () => randomBytes(16).toString('hex'),
  apiKeySid: () => `SK${randomBytes(16).toString('hex')}`,
  apiKeySecret: () => randomBytes(32).toString('base64url'),
};
const keys = Object.keys(make) as (keyof Credentials)[];

const schema = settings.pick({ accountSid: true, authToken: true, apiKeySid: true, apiKeySecret: true }).partial();

/**
 * The credentials given, filled up with those kept in the file. What neither has is made and kept, so that it is the
 * same after every start. What is given is never written.
 *
 * @throws StartError when the file cannot be read, understood or written
 */
export function keepCredentials(file: string, given: GivenCredentials): Credentials {
  let kept = readKeptCredentials(file);
  const missing = keys.filter((key) => given[key] === undefined && kept?.[key] === undefined);
  if (missing.length > 0) {
    const made = Object.fromEntries(missing.map((key) => [key, make[key]()]));
    const text = `${JSON.stringify({ ...kept, ...made }, null, 2)}\n`;
    try {
      // Of two servers that start at once on a new directory, both must end up with the same credentials.
      writeFileDurably(file, text, { mode: 0o600, replace: kept !== undefined });
    } catch (error) {
      throw new StartError(
        `The credentials file ${file} cannot be written (${codeOf(error)}): see that this user may write there, and that the ` +
          'disk has room.',
      );
    }
    kept = readKeptCredentials(file);
  }
  const fromGiven = Object.fromEntries(keys.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]]])));
  return { ...kept, ...fromGiven } as Credentials;
}

/**
 * @returns undefined when there is no such file
 * @throws StartError when it is unreadable or not what it should be
 */
export function readKeptCredentials(file: string): Partial<Credentials> | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new StartError(
      `The credentials file ${file} cannot be read (${codeOf(error)}): see that this user may read it.`,
    );
  }
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return withoutUndefined(parsed.data);
  throw new StartError(
    `The credentials file ${file} is damaged. Restore it, or remove it to have new credentials made; ` +
      'the database belongs to the old account SID, so give that one as COLLOQUY_ACCOUNT_SID then.',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function withoutUndefined(values: GivenCredentials): Partial<Credentials> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
