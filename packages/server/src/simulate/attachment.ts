import type { Simulated } from './provider.ts';
import type { ServerHere } from './server-here.ts';
import { SimulateError } from './simulate-error.ts';

/** How a sender that the command made is known again. */
const friendlyName = 'Simulator';
const patience = 20_000;

export interface Attachment {
  sender: string;
  /** Removes the sender. @throws SimulateError */
  end(): Promise<void>;
}

interface SenderAnswer {
  sid: string;
  type: string;
  friendlyName: string | null;
  addresses: string[];
  webhookUrl: string;
}

/**
 * Makes a sender for a simulator in a server; one that an earlier run left there becomes it.
 *
 * @throws SimulateError with what is in the way
 */
export async function attach(server: ServerHere, { sender, reportTo }: Simulated): Promise<Attachment> {
  const known = (await call(server, 'GET', '/senders')) as { senders: SenderAnswer[] };
  const left = known.senders.find(
    (one) =>
      one.type === sender.type &&
      one.friendlyName === friendlyName &&
      one.addresses.some((own) => isOneOf(own, sender.addresses)),
  );
  if (left) await call(server, 'DELETE', `/senders/${left.sid}`);
  const made = (await call(server, 'POST', '/senders', { ...sender, friendlyName })) as SenderAnswer;
  const end = async () => {
    await call(server, 'DELETE', `/senders/${made.sid}`);
  };
  try {
    await reportTo(made.webhookUrl);
  } catch (error) {
    await end();
    throw new SimulateError(error instanceof Error ? error.message : String(error));
  }
  return { sender: made.sid, end };
}

function isOneOf(own: string, addresses: readonly string[]): boolean {
  return addresses.some((address) => own === address || own === `mailto:${address}`);
}

async function call(server: ServerHere, method: string, path: string, body?: object): Promise<unknown> {
  const { url, accountSid, authToken, credentialsFile } = server;
  const credentials = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`${url}/v1/x${path}`, {
      method,
      headers: { authorization: `Basic ${credentials}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
    });
    text = await answer.text();
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError';
    throw new SimulateError(`${late ? 'The server does not answer' : 'No server answers'} at ${url}.`);
  }
  if (answer.ok) return text === '' ? undefined : JSON.parse(text);
  if (answer.status === 401) {
    throw new SimulateError(
      `The server at ${url} does not take the credentials in ${credentialsFile}: it is the server of another directory.`,
    );
  }
  throw new SimulateError(`The server at ${url} refuses (${answer.status}): ${messageIn(text)}`);
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Not one of our servers.
  }
  return text.slice(0, 200);
}
