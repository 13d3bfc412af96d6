import { RequestError, type RequestOptions, request } from '../session/request.ts';

/** A text as the virtual phone has it: `in` arrived at the phone, `out` was written on it. */
export interface PhoneMessage {
  /** Grows with every message of the sandbox. */
  id: number;
  direction: 'in' | 'out';
  from: string;
  to: string;
  body: string;
  status: string;
  dateCreated: string | number;
}

export type FaultKind =
  | 'fail'
  | 'temporary'
  | 'throttle'
  | 'credentials'
  | 'unknown'
  | 'undelivered'
  | 'delay'
  | 'drop-receipt';

export interface Fault {
  kind: FaultKind;
  /** How many of the next texts it meets. */
  count: number;
  delayMs?: number;
  errorCode?: number;
}

/** One virtual phone of the sandbox, over REST. */
export interface Sandbox {
  /** Messages with a greater id; with `waitSeconds` the answer is held back until there is one. */
  messages(after: number, waitSeconds: number, signal: AbortSignal): Promise<PhoneMessage[]>;
  send(to: string, body: string): Promise<void>;
  faults(): Promise<Fault[]>;
  addFault(fault: Fault): Promise<Fault[]>;
  clearFaults(): Promise<Fault[]>;
}

/** `renewToken` is called when the server refuses the token; the request is then sent once more. */
export function createSandbox(number: string, firstToken: string, renewToken: () => Promise<string>): Sandbox {
  const base = `/v1/x/sandbox/phones/${encodeURIComponent(number)}`;
  let token = firstToken;

  async function call(path: string, options: RequestOptions = {}): Promise<unknown> {
    try {
      return await request(`${base}${path}`, { ...options, token });
    } catch (error) {
      if (!(error instanceof RequestError) || error.status !== 401) throw error;
      token = await renewToken();
      return await request(`${base}${path}`, { ...options, token });
    }
  }

  const faultsIn = (answer: unknown) => (answer as { faults: Fault[] } | undefined)?.faults ?? [];

  return {
    async messages(after, waitSeconds, signal) {
      const query = new URLSearchParams({ after: String(after) });
      if (waitSeconds > 0) query.set('wait', String(waitSeconds));
      const answer = await call(`/messages?${query}`, { signal });
      return (answer as { messages: PhoneMessage[] }).messages;
    },
    async send(to, body) {
      await call('/messages', { method: 'POST', body: { to, body } });
    },
    faults: async () => faultsIn(await call('/faults')),
    addFault: async (fault) => faultsIn(await call('/faults', { method: 'POST', body: fault })),
    clearFaults: async () => faultsIn(await call('/faults', { method: 'DELETE' })),
  };
}
