import { request } from './request.ts';

/** What `POST /v1/x/playground/session` answers: one conversation, the people in it, and their keys. */
export interface PlaygroundSession {
  conversationSid: string;
  users: { identity: string; token: string }[];
  /** Both in E.164; the proxy address is the number that the phone writes to. */
  phone: { address: string; proxyAddress: string };
  /** Bearer token for the sandbox's own paths. */
  sandboxToken: string;
}

/** Joins the playground's conversation, or a new one; asked again, it answers with new tokens. */
export async function requestSession(options: { fresh?: boolean } = {}): Promise<PlaygroundSession> {
  const answer = await request('/v1/x/playground/session', {
    method: 'POST',
    body: options.fresh === true ? { fresh: true } : {},
  });
  return answer as PlaygroundSession;
}
