import { isIP, type LookupFunction } from 'node:net';
import { addressJudge } from './networks.ts';
import { SendFailure } from './send-failure.ts';

export interface ResolvedAddress {
  address: string;
  family: number;
}

/** All addresses of a host name; rejects when there are none. */
export type Resolve = (hostname: string) => Promise<ResolvedAddress[]>;

/** A URL that may be called, as far as it can be told without asking for the addresses of its name. */
export interface CheckedUrl {
  origin: string;
  /** With the query, without the fragment, which stays here. */
  path: string;
  /** The value of an Authorization header, from the user and password in the URL. */
  authorization: string | undefined;
}

/**
 * Keeps requests to addresses that others gave us away from what only this machine or its network can reach
 * (server-side request forgery). What is checked is what is connected to: an IP address in the URL is checked here,
 * and the addresses of a name in `lookup`, whose answer is what the socket then uses; asking a second time could give
 * another answer.
 */
export class Guard {
  readonly #judge: (address: string) => string | undefined;
  readonly #resolve: Resolve;
  readonly #underWay = new Map<string, Promise<ResolvedAddress[]>>();

  /** @param networks what may be called beyond the public internet, in CIDR form */
  constructor(networks: readonly string[], resolve: Resolve) {
    this.#judge = addressJudge(networks);
    this.#resolve = resolve;
  }

  /** @throws SendFailure `blocked` */
  check(text: string): CheckedUrl {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url) throw new SendFailure('blocked', 'The URL cannot be read.');
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new SendFailure('blocked', `The URL is neither http nor https but ${url.protocol.slice(0, -1)}.`);
    }
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0) this.#require(host);
    return { origin: url.origin, path: url.pathname + url.search, authorization: basic(url) };
  }

  /** In the place of Node's own, for sockets. Refuses a name as soon as one of its addresses must not be called. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#lookUp(hostname).then(
      (found) => {
        const wanted = found.filter(({ family }) => !options.family || options.family === family);
        const [first] = wanted;
        try {
          if (!first) throw new SendFailure('connection', `${hostname} has no address.`);
          for (const { address } of found) this.#require(address, hostname);
        } catch (error) {
          callback(error as SendFailure, '', 0);
          return;
        }
        if (options.all) callback(null, wanted);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };

  /**
   * Whoever wants a name that is being looked up gets the same answer. The system has few threads for it, and a name
   * whose servers are silent would take them all.
   */
  #lookUp(hostname: string): Promise<ResolvedAddress[]> {
    const known = this.#underWay.get(hostname);
    if (known) return known;
    const found = this.#resolve(hostname).finally(() => this.#underWay.delete(hostname));
    this.#underWay.set(hostname, found);
    return found;
  }

  #require(address: string, name?: string): void {
    const reason = this.#judge(address);
    if (reason === undefined) return;
    throw new SendFailure(
      'blocked',
      `${name === undefined ? reason : `${name} leads to ${reason.replace(' is ', ', which is ')}`}.`,
    );
  }
}

/** RFC 7617 by way of the URL, as webhook addresses have it. */
function basic({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${decode(username)}:${decode(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
