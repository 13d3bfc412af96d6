import { RequestError, type RequestOptions, request } from '../session/request.ts';
import type { Fault, PhoneLine, PhoneMessage } from './phone-line.ts';

/** A virtual phone of the sandbox. `renewToken` is called when the server refuses the token; the request is then sent once more. */
export function createSandbox(number: string, firstToken: string, renewToken: () => Promise<string>): PhoneLine {
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
    faults: {
      list: async () => faultsIn(await call('/faults')),
      add: async (fault) => faultsIn(await call('/faults', { method: 'POST', body: fault })),
      clear: async () => faultsIn(await call('/faults', { method: 'DELETE' })),
    },
  };
}
