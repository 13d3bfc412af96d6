import type { Scope } from './api-client.ts';
import type { RunningServer } from './running-server.ts';

/** Where each operation is, twice: on the short paths of the default service and below a service. */
export const scopeNames = ['the default service', 'a named service'] as const;

export interface OpenScope {
  scope: Scope;
  serviceSid: string;
  /** What the URLs of its resources begin with. */
  url: string;
}

export async function openScope({ api, url }: RunningServer, name: (typeof scopeNames)[number]): Promise<OpenScope> {
  if (name === 'the default service') {
    const { defaultChatServiceSid } = await api.v1.configuration().fetch();
    return { scope: api.v1, serviceSid: defaultChatServiceSid, url: `${url}/v1` };
  }
  const { sid } = await api.v1.services.create({ friendlyName: 'named' });
  return { scope: api.service(sid), serviceSid: sid, url: `${url}/v1/Services/${sid}` };
}

/** Paths of both kinds that end in a given way: text in which only parentheses and `?` mean more than themselves. */
export function below(end: string): RegExp {
  return new RegExp(`^/v1(/Services/\\{ChatServiceSid\\})?${end.replace(/[{}]/g, '\\$&')}$`);
}

/** What a promise that the API refuses is rejected with. */
export function refusal(code: number, status = 400): object {
  return { code, status, moreInfo: `https://www.twilio.com/docs/errors/${code}` };
}
