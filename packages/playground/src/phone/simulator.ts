import { request } from '../session/request.ts';
import type { PhoneLine, PhoneMessage } from './phone-line.ts';

/** A simulator of a provider, which has phones, too. */
export interface Simulator {
  /** Without a slash at the end. */
  url: string;
  /** Of the provider, for people. */
  title: string;
  /** The address that its phones write to. */
  own: string;
  /** The phone of this page. */
  phone: string;
  /** What is to be known before the first text; null when nothing. */
  note: string | null;
}

/** The origin that somebody typed or that is in this page's address; null where it is none of this machine. */
export function simulatorUrl(typed: string): string | null {
  const text = typed.includes('://') ? typed.trim() : `http://${typed.trim()}`;
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, origin } = new URL(text);
  // No other may be called from this page: see the policy that the server sends with it.
  return protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1') ? origin : null;
}

/** @throws with a sentence for people where there is none */
export async function findSimulator(typed: string): Promise<Simulator> {
  const url = simulatorUrl(typed);
  if (url === null) throw new Error(`${typed} is no address of this machine, such as http://127.0.0.1:8021`);
  const found = await request(`${url}/phones`).catch(() => undefined);
  const { title, own, phones, note } = (found ?? {}) as Record<string, unknown>;
  const [address] = Array.isArray(own) ? own : [];
  const phone: unknown = Array.isArray(phones) ? phones.at(-1) : undefined;
  if (typeof title !== 'string' || typeof address !== 'string' || typeof phone !== 'string') {
    throw new Error(`No simulator answers at ${url}`);
  }
  return { url, title, own: address, phone, note: typeof note === 'string' ? note : null };
}

/** The phone of this page, behind a simulator. */
export function simulatedLine({ url, phone }: Simulator): PhoneLine {
  const path = `${url}/phones/${encodeURIComponent(phone)}/messages`;
  return {
    async messages(after, waitSeconds, signal) {
      const query = new URLSearchParams({ after: String(after), wait: String(waitSeconds) });
      const answer = await request(`${path}?${query}`, { signal });
      return (answer as { messages: PhoneMessage[] }).messages;
    },
    async send(to, body) {
      await request(path, { method: 'POST', body: { to, body } });
    },
    faults: null,
  };
}
